#!/bin/sh
# ccache as a compiler launcher, with what it asks for before it caches files that use a precompiled
# header (with GCC also -fpch-preprocess, see cmake/TopLevel.cmake).
CCACHE_SLOPPINESS=pch_defines,time_macros
export CCACHE_SLOPPINESS
exec ccache "$@"
