// See probe.hpp.
#include "backend_opencl/device/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

namespace ct::opencl {
namespace {

struct Features {
  bool fp64 = false, fp16 = false, sub_groups = false;
};

struct Findings {
  Features features;
  double launch_seconds = 0;
};

constexpr const char* kSource = R"(
#ifdef TRY_FP64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
kernel void use_fp64(global double* x) { x[0] = sqrt(x[1]) + convert_double4((float4)(1.0f)).x; }
#endif
#ifdef TRY_FP16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
kernel void use_fp16(global half* x) { x[0] = x[1] * x[2] + sqrt(x[3]); }
#endif
#ifdef TRY_SUB_GROUPS
#ifdef cl_khr_subgroups
#pragma OPENCL EXTENSION cl_khr_subgroups : enable
#endif
kernel void use_sub_groups(global int* x) {
  x[get_global_id(0)] = (int)get_sub_group_size() + sub_group_broadcast(x[0], 0);
}
#endif
kernel void nothing(global int* x) {
  if (get_global_id(0) == 1) x[0] = 1;
}
)";

cl::Program compiled(Calls& calls, const Features& with) {
  cl::Program program;
  if (!calls.succeeded(calls.make_program(kSource, program), CallKind::program)) return {};
  const std::string options = std::string("-cl-std=CL1.2") + (with.fp64 ? " -DTRY_FP64" : "") +
                              (with.fp16 ? " -DTRY_FP16" : "") +
                              (with.sub_groups ? " -DTRY_SUB_GROUPS" : "");
  return calls.succeeded(calls.build(program, options), CallKind::build) ? program : cl::Program();
}

/// Seconds of one more launch in a queue of them; none if the device does not do that either.
std::optional<double> launch_cost(Calls& calls, const cl::Program& program) {
  constexpr int kTimedRounds = 5;
  constexpr int kLaunches = 200;
  cl::Kernel kernel;
  if (!calls.succeeded(calls.make_kernel(program, "nothing", kernel), CallKind::kernel)) return {};
  const cl_mem memory = calls.allocate(64);
  if (memory == nullptr) return {};
  const cl::Buffer buffer(memory);
  if (!calls.succeeded(calls.set_argument(kernel, 0, sizeof(cl_mem), &memory),
                       CallKind::argument)) {
    return {};
  }
  double best = 0;
  for (int round = 0; round <= kTimedRounds; ++round) {  // the first warms up
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kLaunches; ++i) {
      const cl_int code = calls.enqueue(kernel, "nothing", cl::NDRange(1), cl::NDRange(1));
      if (!calls.succeeded(code, CallKind::enqueue)) return {};
    }
    if (!calls.succeeded(calls.finish(), CallKind::finish)) return {};
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / kLaunches;
    if (round > 0) best = round == 1 ? seconds : std::min(best, seconds);
  }
  return best;
}

std::optional<Findings> try_out(const Features& claimed, Calls& calls) {
  Findings found{claimed, 0};
  cl::Program program = compiled(calls, claimed);
  if (program() == nullptr) {  // a claim is wrong: which?
    found.features = {};
    for (bool Features::*feature : {&Features::fp64, &Features::fp16, &Features::sub_groups}) {
      if (!(claimed.*feature)) continue;
      Features one;
      one.*feature = true;
      found.features.*feature = compiled(calls, one)() != nullptr;
    }
    program = compiled(calls, {});
  }
  if (program() == nullptr) return {};
  const auto cost = launch_cost(calls, program);
  if (!cost) return {};
  found.launch_seconds = *cost;
  return found;
}

std::string text_of(const Findings& f) {
  return fmt::format("device profile 1\nfp64 {:d} fp16 {:d} sub_groups {:d} launch {:.9f}\n",
                     f.features.fp64, f.features.fp16, f.features.sub_groups, f.launch_seconds);
}

std::optional<Findings> findings_of(const std::string& text) {
  int fp64 = 0;
  int fp16 = 0;
  int sub_groups = 0;
  Findings f;
  if (std::sscanf(text.c_str(), "device profile 1\nfp64 %d fp16 %d sub_groups %d launch %lf", &fp64,
                  &fp16, &sub_groups, &f.launch_seconds) != 4 ||
      !(f.launch_seconds > 0)) {
    return {};
  }
  f.features = {fp64 != 0, fp16 != 0, sub_groups != 0};
  return f;
}

}  // namespace

void probe(Profile& profile, Calls& calls, const BinaryCache& kept) {
  const Features claimed{profile.fp64, profile.fp16, profile.sub_groups};
  const CacheKey key = cache_key(
      {kSource, profile.platform_name, profile.name, profile.driver, text_of({claimed, 0})});
  std::optional<Findings> found;
  if (const auto text = kept.load(key)) found = findings_of(*text);
  if (!found) {
    found = try_out(claimed, calls);
    if (!found) return;  // as claimed; the first real kernel says what is wrong
    kept.store(key, text_of(*found));
  }
  profile.fp64 = found->features.fp64;
  profile.fp16 = found->features.fp16;
  profile.sub_groups = found->features.sub_groups;
  profile.launch_seconds = found->launch_seconds;
}

}  // namespace ct::opencl
