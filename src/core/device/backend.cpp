// Backend's defaults. A family that a device does not have runs on the "cpu" device, on the
// device's memory where it can be mapped, else inputs are copied there and outputs back; counted
// and said once, so that nobody trains slowly without knowing.
#include "customtensor/backend.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <list>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "core/device/mapping.hpp"
#include "customtensor/device.hpp"
#include "customtensor/error.hpp"

namespace ct {

namespace {

struct FallbackLog {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, uint64_t> counts;
  std::map<std::pair<std::string, std::string>, bool> said;
  static FallbackLog& instance() {
    static auto& log = *new FallbackLog;  // leaked: devices may be used until the very end
    return log;
  }
};

void count_fallback(const Backend& device, const char* family) {
  auto& log = FallbackLog::instance();
  const std::lock_guard lock(log.mutex);
  const std::pair<std::string, std::string> key(device.registered_name(), family);
  ++log.counts[key];
  if (!std::exchange(log.said[key], true)) {
    fmt::print(stderr, "customtensor: {} has no '{}' kernels: computing on the host, slowly\n",
               key.first, key.second);
  }
}

/// One call of a family on the host: on the device's memory itself where the host shares it, else
/// on copies, of which the outputs are written back.
class HostCall {
 public:
  HostCall(Backend& device, const char* family) : device_(device), host_(Device("cpu").backend()) {
    if (&device == &host_) {
      throw BackendError(fmt::format("cpu: family '{}' has no kernel", family));
    }
    count_fallback(device, family);
  }
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;
  ~HostCall() {
    for (const Copy& c : copies_) host_.deallocate(c.host, c.bytes);
  }

  Backend& host() { return host_; }

  void input(TensorView& v) { move(v.buffer, v.offset, v.dtype, v.shape, v.strides, false); }
  void output(TensorView& v) { move(v.buffer, v.offset, v.dtype, v.shape, v.strides, true); }
  void input(Operand& o, const Shape& s) { move(o.buffer, o.offset, o.dtype, s, o.strides, false); }
  void output(Operand& o, const Shape& s) { move(o.buffer, o.offset, o.dtype, s, o.strides, true); }

  std::vector<TensorView> inputs(std::span<const TensorView> views) {
    std::vector<TensorView> moved(views.begin(), views.end());
    for (TensorView& v : moved) input(v);
    return moved;
  }
  std::vector<Operand> operands(std::span<const Operand> list, const Shape& shape, bool outputs) {
    std::vector<Operand> moved(list.begin(), list.end());
    for (Operand& o : moved) move(o.buffer, o.offset, o.dtype, shape, o.strides, outputs);
    return moved;
  }

  /// After the host ran: its results go back to the device.
  void finish() {
    host_.synchronize();
    for (const Copy& c : copies_) {
      if (c.output) device_.copy_from_host(c.device, c.start, c.host, c.bytes);
    }
    for (Mapping& m : mapped_) m.end();
  }

 private:
  struct Copy {
    void* device;
    void* host;
    size_t start, bytes;
    bool output;
  };

  /// The buffer as host memory, or null.
  char* map(void* buffer) {
    for (const Mapping& m : mapped_) {
      if (m.buffer() == buffer) return m.start();
    }
    return mapped_.emplace_back(device_, buffer).start();
  }

  /// Copies the bytes that the view spans, gaps included: an output's gaps must come back as they
  /// were.
  void move(void*& buffer, int64_t& offset, DType dtype, const Shape& shape, const Strides& strides,
            bool output) {
    if (buffer == nullptr) return;
    if (char* mapped = map(buffer)) {
      buffer = mapped;
      return;
    }
    int64_t low = offset;
    int64_t high = offset;
    for (int i = 0; i < shape.rank(); ++i) {
      if (shape[i] == 0) high = low = offset;
      if (shape[i] == 0) break;
      (strides[i] < 0 ? low : high) += strides[i] * (shape[i] - 1);
    }
    const size_t item = item_size(dtype);
    const bool none = numel(shape) == 0;
    const size_t start = none ? 0 : static_cast<size_t>(low) * item;
    const size_t bytes = none ? 0 : static_cast<size_t>(high - low + 1) * item;
    void* host = host_.allocate(bytes == 0 ? 1 : bytes);
    if (bytes > 0) device_.copy_to_host(host, buffer, start, bytes);
    copies_.push_back({buffer, host, start, bytes == 0 ? 1 : bytes, output && bytes > 0});
    buffer = host;
    offset -= none ? offset : low;
  }

  Backend& device_;
  Backend& host_;
  std::list<Mapping> mapped_;
  std::vector<Copy> copies_;
};

}  // namespace

std::vector<FallbackCount> fallbacks() {
  auto& log = FallbackLog::instance();
  const std::lock_guard lock(log.mutex);
  std::vector<FallbackCount> result;
  for (const auto& [key, calls] : log.counts) result.push_back({key.first, key.second, calls});
  return result;
}

void reset_fallbacks() {
  auto& log = FallbackLog::instance();
  const std::lock_guard lock(log.mutex);
  log.counts.clear();
}

Backend::Backend() = default;
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
void Backend::tune(const std::function<void(std::string_view)>&) {}
std::string Backend::description() const { return registered_name_; }

DeviceCounts Backend::counts() const { return {}; }
bool Backend::measure_kernels(bool /*on*/) { return false; }
std::vector<KernelTime> Backend::kernel_times(bool /*wait*/) { return {}; }

void Backend::pointwise(const PointwiseArgs& args) {
  HostCall call(*this, "pointwise");
  PointwiseArgs a = args;
  const auto in = call.operands(args.inputs, args.shape, false);
  const auto out = call.operands(args.outputs, args.shape, true);
  a.inputs = in;
  a.outputs = out;
  call.host().pointwise(a);
  call.finish();
}

void Backend::reduce(const ReduceArgs& args) {
  HostCall call(*this, "reduce");
  ReduceArgs a = args;
  const auto in = call.operands(args.inputs, args.shape, false);
  a.inputs = in;
  // The results' own shape: a reduced axis of no elements still has a result.
  Shape kept = args.shape;
  for (int i = 0; i < kept.rank(); ++i) {
    if ((args.reduced >> i & 1U) != 0) kept[i] = 1;
  }
  call.output(a.output, kept);
  call.host().reduce(a);
  call.finish();
}

void Backend::arg_reduce(const ArgReduceArgs& args) {
  HostCall call(*this, "arg_reduce");
  ArgReduceArgs a = args;
  call.input(a.input);
  call.output(a.values);
  call.output(a.indices);
  call.host().arg_reduce(a);
  call.finish();
}

void Backend::matmul(const MatmulArgs& args) {
  HostCall call(*this, "matmul");
  MatmulArgs a = args;
  call.input(a.a);
  call.input(a.b);
  call.input(a.bias);
  const auto extra = call.inputs(args.epilogue.inputs);
  a.epilogue.inputs = extra;
  call.output(a.out);
  call.host().matmul(a);
  call.finish();
}

void Backend::conv_forward(const ConvArgs& args) {
  HostCall call(*this, "conv");
  ConvArgs a = args;
  call.input(a.x);
  call.input(a.w);
  call.input(a.bias);
  const auto extra = call.inputs(args.epilogue.inputs);
  a.epilogue.inputs = extra;
  call.output(a.y);
  call.host().conv_forward(a);
  call.finish();
}

void Backend::conv_grad_input(const ConvArgs& args) {
  HostCall call(*this, "conv");
  ConvArgs a = args;
  call.output(a.x);
  call.input(a.w);
  call.input(a.y);
  call.host().conv_grad_input(a);
  call.finish();
}

void Backend::conv_grad_weight(const ConvArgs& args) {
  HostCall call(*this, "conv");
  ConvArgs a = args;
  call.input(a.x);
  call.output(a.w);
  call.input(a.y);
  call.host().conv_grad_weight(a);
  call.finish();
}

void Backend::pool_forward(const PoolArgs& args) {
  HostCall call(*this, "pool");
  PoolArgs a = args;
  call.input(a.x);
  call.output(a.y);
  call.output(a.indices);
  call.host().pool_forward(a);
  call.finish();
}

void Backend::pool_backward(const PoolArgs& args) {
  HostCall call(*this, "pool");
  PoolArgs a = args;
  call.output(a.x);
  call.input(a.y);
  call.input(a.indices);
  call.host().pool_backward(a);
  call.finish();
}

void Backend::norm_forward(const NormArgs& args) {
  HostCall call(*this, "norm");
  NormArgs a = args;
  call.input(a.x);
  call.input(a.weight);
  call.input(a.bias);
  call.output(a.y);
  call.output(a.mean);
  call.output(a.rstd);
  call.host().norm_forward(a);
  call.finish();
}

void Backend::norm_backward(const NormBackwardArgs& args) {
  HostCall call(*this, "norm");
  NormBackwardArgs a = args;
  for (TensorView* v : {&a.grad_y, &a.x, &a.weight, &a.mean, &a.rstd}) call.input(*v);
  for (TensorView* v : {&a.grad_x, &a.grad_weight, &a.grad_bias}) call.output(*v);
  call.host().norm_backward(a);
  call.finish();
}

void Backend::softmax_forward(const SoftmaxArgs& args) {
  HostCall call(*this, "softmax");
  SoftmaxArgs a = args;
  call.input(a.x);
  call.output(a.y);
  call.host().softmax_forward(a);
  call.finish();
}

void Backend::softmax_backward(const SoftmaxBackwardArgs& args) {
  HostCall call(*this, "softmax");
  SoftmaxBackwardArgs a = args;
  call.input(a.y);
  call.input(a.grad_y);
  call.output(a.grad_x);
  call.host().softmax_backward(a);
  call.finish();
}

void Backend::cross_entropy_forward(const CrossEntropyArgs& args) {
  HostCall call(*this, "cross_entropy");
  CrossEntropyArgs a = args;
  call.input(a.logits);
  call.input(a.targets);
  call.output(a.losses);
  call.output(a.lse);
  call.host().cross_entropy_forward(a);
  call.finish();
}

void Backend::cross_entropy_backward(const CrossEntropyBackwardArgs& args) {
  HostCall call(*this, "cross_entropy");
  CrossEntropyBackwardArgs a = args;
  for (TensorView* v : {&a.logits, &a.targets, &a.lse, &a.grad_losses}) call.input(*v);
  call.output(a.grad_logits);
  call.host().cross_entropy_backward(a);
  call.finish();
}

void Backend::gather(const GatherArgs& args) {
  HostCall call(*this, "gather");
  GatherArgs a = args;
  call.input(a.src);
  call.input(a.index);
  call.output(a.out);
  call.host().gather(a);
  call.finish();
}

void Backend::scatter(const ScatterArgs& args) {
  HostCall call(*this, "scatter");
  ScatterArgs a = args;
  call.input(a.src);
  call.input(a.index);
  call.output(a.out);
  call.host().scatter(a);
  call.finish();
}

void Backend::scan(const ScanArgs& args) {
  HostCall call(*this, "scan");
  ScanArgs a = args;
  call.input(a.input);
  call.input(a.factor);
  call.output(a.output);
  call.output(a.indices);
  call.host().scan(a);
  call.finish();
}

void Backend::sort(const SortArgs& args) {
  HostCall call(*this, "sort");
  SortArgs a = args;
  call.input(a.input);
  call.output(a.values);
  call.output(a.indices);
  call.host().sort(a);
  call.finish();
}

void Backend::search(const SearchArgs& args) {
  HostCall call(*this, "search");
  SearchArgs a = args;
  call.input(a.sorted);
  call.input(a.values);
  call.output(a.indices);
  call.host().search(a);
  call.finish();
}

void Backend::linalg(const LinalgArgs& args) {
  HostCall call(*this, "linalg");
  LinalgArgs a = args;
  call.input(a.a);
  call.input(a.b);
  for (TensorView& v : a.out) call.output(v);
  call.output(a.info);
  call.host().linalg(a);
  call.finish();
}

void Backend::multinomial(const MultinomialArgs& args) {
  HostCall call(*this, "multinomial");
  MultinomialArgs a = args;
  call.input(a.weights);
  call.output(a.out);
  call.host().multinomial(a);
  call.finish();
}

int64_t Backend::nonzero(const NonzeroArgs& args) {
  HostCall call(*this, "nonzero");
  NonzeroArgs a = args;
  call.input(a.input);
  call.output(a.positions);
  const int64_t count = call.host().nonzero(a);
  call.finish();
  return count;
}

}  // namespace ct
