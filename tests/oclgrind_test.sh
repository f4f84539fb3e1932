#!/usr/bin/env bash
# Kernels in a simulator of OpenCL devices that reports accesses outside of buffers, data races and
# wrong calls of the API: its log must stay empty. It is some thousand times as slow as a driver, so
# only small tests run in it. Exit code 77: the simulator is not installed.
# Usage: oclgrind_test.sh PATH/TO/ct_tests cpu|gpu FILTER
set -u
tests=$(realpath "$1") style=$2 filter=$3
if ! command -v oclgrind > /dev/null; then
  echo "TOOL MISSING: oclgrind (Debian package oclgrind); nothing was tested"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Without the compiler's optimisations, some of whose instructions it does not know. Not
# --uninitialized: of some buffers it does not see that they were written. Whether a kernel reads what
# nothing has written, memory full of NaN shows (CT_CHECK_MEMORY=1): the results stay right.
CT_OPENCL_STYLE=$style CT_OPENCL_TRUST=1 CT_TEST_DEVICES=custom_gpu CT_CACHE_DIR=$folder CT_OPENCL_DEVICE=oclgrind \
  oclgrind --data-races --check-api --num-threads 1 --build-options -cl-opt-disable --log "$folder/log" \
  "$tests" --gtest_filter="$filter" --gtest_brief=1 > "$folder/out" 2>&1
code=$?
tail -n 5 "$folder/out"
if [ "$code" -ne 0 ]; then
  echo "FAIL  the tests themselves"
  grep -E '^\[  FAILED|Failure' "$folder/out" | head -20
  exit 1
fi
if ! grep -qE '^\[  PASSED  \] [1-9]' "$folder/out"; then
  echo "FAIL  no test ran"
  exit 1
fi
if [ -s "$folder/log" ]; then
  echo "FAIL  $(wc -l < "$folder/log") lines in the simulator's log; the first:"
  head -n 40 "$folder/log"
  exit 1
fi
echo "all passed, nothing reported"
