#!/bin/sh
# Formats every C++ file in place, or with --check names the places that are not formatted.
# One version for all: others place breaks differently. CLANG_FORMAT names another binary.
set -eu
cd "$(dirname "$0")/.."
version=14
clang_format=${CLANG_FORMAT:-clang-format-$version}
command -v "$clang_format" > /dev/null || clang_format=clang-format
case $("$clang_format" --version 2>&1) in
  *"version $version."*) ;;
  *) echo "format: needs clang-format $version (Debian: clang-format-$version)" >&2; exit 1 ;;
esac

mode=-i
[ "${1:-}" = --check ] && mode="--dry-run --Werror"
# shellcheck disable=SC2086  # mode is two words
find include src apps bench tests examples \( -name '*.hpp' -o -name '*.cpp' \) -print0 |
  xargs -0 "$clang_format" $mode
