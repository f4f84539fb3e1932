#!/usr/bin/env bash
# clang-tidy (see .clang-tidy) over the files changed since HEAD, or over all of them:
#   lint.sh BUILD_DIR [--all | FILE...]
# A changed header is seen through the sources that are linted: after changing one, use --all.
set -euo pipefail
build=$1
shift
cd "$(dirname "$0")/.."
version=14

case ${1:-} in
  --all) mapfile -t files < <(find src apps -name '*.cpp' | sort) ;;
  "") mapfile -t files < <(
        { git diff --name-only --diff-filter=d HEAD 2> /dev/null || true
          git ls-files --others --exclude-standard; } |
          grep -E '^(src|apps)/.*\.cpp$' | sort -u || true) ;;
  *) files=("$@") ;;
esac
if [ ${#files[@]} -eq 0 ]; then
  echo "lint: nothing changed under src/ and apps/; ./dev lint --all checks everything"
  exit 0
fi

# clang has its own intrinsics, but no omp.h: that is taken from the compiler that builds.
omp=$(dirname "$(g++ -print-file-name=include/omp.h)")
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "$(nproc)" "clang-tidy-$version" -p "$build" --quiet --warnings-as-errors='*' \
    --extra-arg=-idirafter"$omp" --extra-arg=-Wno-unknown-warning-option
echo "lint: ${#files[@]} files are clean"
