// Backend's defaults. A family that a device does not have runs on the "cpu" device.
#include "customtensor/backend.hpp"

#include <fmt/format.h>

#include "core/device/host_call.hpp"
#include "core/memory/memory_use.hpp"
#include "customtensor/error.hpp"

namespace ct {

Backend::Backend() : memory_use_(std::make_unique<detail::MemoryUse>()) {}
Backend::~Backend() = default;

void Backend::copy(void* target, size_t target_offset, const void* source, size_t source_offset,
                   size_t bytes) {
  std::vector<char> host(bytes);
  copy_to_host(host.data(), source, source_offset, bytes);
  copy_from_host(target, target_offset, host.data(), bytes);
}
void* Backend::host_pointer(void* /*buffer*/) { return nullptr; }
void* Backend::map(void* buffer) {
  void* host = host_pointer(buffer);
  if (host != nullptr) synchronize();
  return host;
}
void Backend::unmap(void* /*buffer*/, void* /*start*/) {}
MemoryStats Backend::memory_stats() const { return {}; }
void Backend::trim() {}
void Backend::set_memory_limit(size_t bytes) {
  throw BackendError(
      fmt::format("set_memory_limit: this device cannot limit its memory: {}, asked for {} bytes",
                  registered_name_.empty() ? name() : registered_name_, bytes));
}
bool Backend::is_fast(DType /*dtype*/) const { return true; }
void Backend::tune(const std::function<void(std::string_view)>&) {}
std::string Backend::description() const { return registered_name_; }
bool Backend::holds_values() const { return true; }

DeviceCounts Backend::counts() const { return {}; }
bool Backend::measure_kernels(bool /*on*/) { return false; }
std::vector<KernelTime> Backend::kernel_times(bool /*wait*/) { return {}; }

namespace {
/// Callers of a kernel need not say what its name says.
template <class Args>
Args with(Args args, Pass pass) {
  args.pass = pass;
  return args;
}
}  // namespace

void Backend::pointwise(const PointwiseArgs& a) {
  run_on_host(*this, "pointwise", a, &Backend::pointwise);
}
void Backend::pointwise_each(const PointwiseEachArgs& a) {
  for (size_t i = 0; i < a.parts.size(); ++i) pointwise(a.call(i));
}
void Backend::reduce(const ReduceArgs& a) { run_on_host(*this, "reduce", a, &Backend::reduce); }
void Backend::arg_reduce(const ArgReduceArgs& a) {
  run_on_host(*this, "arg_reduce", a, &Backend::arg_reduce);
}
void Backend::matmul(const MatmulArgs& a) { run_on_host(*this, "matmul", a, &Backend::matmul); }
void Backend::conv_forward(const ConvArgs& a) {
  run_on_host(*this, "conv", with(a, Pass::forward), &Backend::conv_forward);
}
void Backend::conv_grad_input(const ConvArgs& a) {
  run_on_host(*this, "conv", with(a, Pass::grad_input), &Backend::conv_grad_input);
}
void Backend::conv_grad_weight(const ConvArgs& a) {
  run_on_host(*this, "conv", with(a, Pass::grad_weight), &Backend::conv_grad_weight);
}
void Backend::pool_forward(const PoolArgs& a) {
  run_on_host(*this, "pool", with(a, Pass::forward), &Backend::pool_forward);
}
void Backend::pool_backward(const PoolArgs& a) {
  run_on_host(*this, "pool", with(a, Pass::grad_input), &Backend::pool_backward);
}
void Backend::resample(const ResampleArgs& a) {
  run_on_host(*this, "resample", a, &Backend::resample);
}
void Backend::grid_sample(const GridSampleArgs& a) {
  run_on_host(*this, "grid_sample", a, &Backend::grid_sample);
}
void Backend::norm_forward(const NormArgs& a) {
  run_on_host(*this, "norm", a, &Backend::norm_forward);
}
void Backend::norm_backward(const NormBackwardArgs& a) {
  run_on_host(*this, "norm", a, &Backend::norm_backward);
}
void Backend::softmax_forward(const SoftmaxArgs& a) {
  run_on_host(*this, "softmax", a, &Backend::softmax_forward);
}
void Backend::softmax_backward(const SoftmaxBackwardArgs& a) {
  run_on_host(*this, "softmax", a, &Backend::softmax_backward);
}
void Backend::cross_entropy_forward(const CrossEntropyArgs& a) {
  run_on_host(*this, "cross_entropy", a, &Backend::cross_entropy_forward);
}
void Backend::cross_entropy_backward(const CrossEntropyBackwardArgs& a) {
  run_on_host(*this, "cross_entropy", a, &Backend::cross_entropy_backward);
}
void Backend::gather(const GatherArgs& a) { run_on_host(*this, "gather", a, &Backend::gather); }
void Backend::scatter(const ScatterArgs& a) { run_on_host(*this, "scatter", a, &Backend::scatter); }
void Backend::bag(const BagArgs& a) { run_on_host(*this, "bag", a, &Backend::bag); }
void Backend::scan(const ScanArgs& a) { run_on_host(*this, "scan", a, &Backend::scan); }
void Backend::sort(const SortArgs& a) { run_on_host(*this, "sort", a, &Backend::sort); }
void Backend::search(const SearchArgs& a) { run_on_host(*this, "search", a, &Backend::search); }
void Backend::linalg(const LinalgArgs& a) { run_on_host(*this, "linalg", a, &Backend::linalg); }
void Backend::multinomial(const MultinomialArgs& a) {
  run_on_host(*this, "multinomial", a, &Backend::multinomial);
}
void Backend::fft(const FftArgs& a) { run_on_host(*this, "fft", a, &Backend::fft); }
int64_t Backend::nonzero(const NonzeroArgs& a) {
  return run_on_host(*this, "nonzero", a, &Backend::nonzero);
}

}  // namespace ct
