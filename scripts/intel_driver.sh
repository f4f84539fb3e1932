#!/usr/bin/env bash
# Intel's OpenCL runtime for CPUs, from Python's package index, into a folder of its own: nothing is installed on
# the system. The folder that OCL_ICD_VENDORS wants is the only line on standard output.
# Usage: intel_driver.sh [FOLDER]
set -euo pipefail
folder=$(realpath -m "${1:-$(dirname "$0")/../build/drivers/intel}")
missing() {
  printf '\n*** DRIVER MISSING: %s: nothing is tested on Intel'"'"'s OpenCL runtime\n\n' "$*" >&2
  exit 1
}
if [ ! -e "$folder/vendors/intel.icd" ]; then
  mkdir -p "$folder"
  python3 -m venv "$folder/python" > "$folder/log" 2>&1 ||
    missing "python3 has no venv (Debian package python3-venv; $folder/log)"
  "$folder/python/bin/pip" install --quiet --disable-pip-version-check intel-opencl-rt intel-cmplr-lib-rt \
    >> "$folder/log" 2>&1 || missing "pip cannot get intel-opencl-rt ($folder/log)"
  library=$folder/python/lib/libintelocl.so
  [ -e "$library" ] || missing "the package has no lib/libintelocl.so"
  mkdir -p "$folder/vendors"
  printf '%s\n' "$library" > "$folder/vendors/intel.icd"
fi
printf '%s\n' "$folder/vendors"
