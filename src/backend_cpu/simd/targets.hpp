// Which instruction sets are compiled and which one runs. Every file that includes Highway includes
// this header first, so that all of them agree on the set.
//
// Compiled on x86-64: SSE4, AVX2 and AVX-512 (AVX3). Left out are SSSE3, the slow scalar fall-back
// (every x86-64 since 2011 has SSE4.2) and AVX3_DL, which gives these kernels nothing.
#pragma once

#if defined(HWY_HIGHWAY_INCLUDED)
#error "include backend_cpu/simd/targets.hpp before any header of Highway"
#endif

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#endif
#if defined(__x86_64__) || defined(_M_X64)
#define HWY_WANT_SSE4 1
#endif

namespace ct::cpu {

/// Applies the environment variable CT_SIMD (sse4, avx2 or avx3: the best set that may run) on its
/// first call; later calls cost one load. Called by CpuBackend's constructor, before any dispatch.
/// Errors: ValueError when the variable holds anything else.
void apply_simd_environment();

/// The instruction set in use: "SSE4", "AVX2", "AVX3", "NEON".
const char* simd_name();

}  // namespace ct::cpu
