#!/bin/sh
# Builds and runs main.cpp with nothing but a compiler and pkg-config:
#   with_pkg_config.sh shared|static PREFIX PROGRAM COMPILER
set -eu
kind=$1 prefix=$2 program=$3 compiler=$4
here=$(dirname "$0")

pc=$(find "$prefix" -name customtensor.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir customtensor)
if [ "$kind" = static ]; then
  flags=$(pkg-config --static --cflags --libs customtensor)
else
  flags="$(pkg-config --cflags --libs customtensor) -Wl,-rpath,$libdir"
fi

# shellcheck disable=SC2086  # flags are several words
"$compiler" -std=c++20 "$here/main.cpp" -o "$program" $flags
"$program"
