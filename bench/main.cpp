// The benchmark program, built once for each library: lists the cases, or runs one of them on a
// number of threads, or on another device, and prints one JSON line with the median time and a
// summary of the outputs. compare.py starts it, in a fresh process for every measurement.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "case.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Timing {
  double median_us = 0;
  double fastest_us = 0;  // what is left when other programs disturb
  int64_t iterations = 0;
};

// Short cases are timed in batches of `batch_seconds`, so that the clock, and waiting for a device,
// cost nothing; the median is over batches.
Timing measure(const std::function<void()>& run, double seconds, double batch_seconds) {
  auto start = Clock::now();
  run();
  lib::synchronize();
  const double first = seconds_since(start);
  if (first < 0.1) {  // the first run fills caches and pools; go on until it is warm
    start = Clock::now();
    do {
      run();
      lib::synchronize();
    } while (seconds_since(start) < std::min(0.03, seconds / 5));
  }
  start = Clock::now();
  run();
  lib::synchronize();
  const double once = std::max(seconds_since(start), 1e-8);
  const auto batch = static_cast<int64_t>(std::clamp(batch_seconds / once, 1.0, 1e5));
  std::vector<double> samples;
  Timing timing;
  const auto begin = Clock::now();
  do {
    const auto t = Clock::now();
    for (int64_t i = 0; i < batch; ++i) run();
    lib::synchronize();
    samples.push_back(seconds_since(t) / static_cast<double>(batch));
    timing.iterations += batch;
  } while (samples.size() < 3 || seconds_since(begin) < seconds);
  std::nth_element(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(samples.size() / 2),
                   samples.end());
  timing.median_us = samples[samples.size() / 2] * 1e6;
  timing.fastest_us = *std::min_element(samples.begin(), samples.end()) * 1e6;
  return timing;
}

// Sums in double, the same for both libraries, and some elements spread over the tensor.
void print_summary(const Tensor& tensor, Agreement agreement) {
  const std::vector<float> values = lib::to_host(tensor);
  double sum = 0, sum_abs = 0, sum_sq = 0;
  for (float v : values) {
    sum += v;
    sum_abs += std::abs(v);
    sum_sq += double{v} * v;
  }
  std::printf("{\"count\":%zu,\"sum\":%.9g,\"sum_abs\":%.9g,\"sum_sq\":%.9g,\"elements\":[",
              values.size(), sum, sum_abs, sum_sq);
  if (agreement == Agreement::elements) {
    const size_t n = std::min<size_t>(values.size(), 8);
    for (size_t i = 0; i < n; ++i) {
      const size_t at = n == 1 ? 0 : i * (values.size() - 1) / (n - 1);
      std::printf("%s%.9g", i == 0 ? "" : ",", double{values[at]});
    }
  }
  std::printf("]}");
}

struct Arguments {
  std::string name;
  std::string device = "cpu";
  int threads = 1;
  double seconds = 0.3;
  bool list = false;
  bool check = true;
};

Arguments parse(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    auto value = [&]() -> const char* {
      if (++i < argc) return argv[i];
      std::fprintf(stderr, "%s: needs a value\n", flag.c_str());
      std::exit(2);
    };
    if (flag == "--list") {
      a.list = true;
    } else if (flag == "--no-check") {
      a.check = false;
    } else if (flag == "--case") {
      a.name = value();
    } else if (flag == "--device") {
      a.device = value();
    } else if (flag == "--threads") {
      a.threads = std::max(1, std::atoi(value()));
    } else if (flag == "--seconds") {
      a.seconds = std::atof(value());
    } else {
      std::fprintf(stderr,
                   "usage: %s --list | --case NAME [--device D] [--threads N] [--seconds S] "
                   "[--no-check]\n",
                   argv[0]);
      std::exit(2);
    }
  }
  return a;
}

Cases all_cases() {
  Cases cases;
  add_step_cases(cases);
  add_pointwise_cases(cases);
  add_reduce_cases(cases);
  add_order_cases(cases);
  add_matmul_cases(cases);
  add_conv_cases(cases);
  add_layer_cases(cases);
  add_sequence_cases(cases);
  add_autograd_cases(cases);
  add_optimizer_cases(cases);
  return cases;
}

int run_case(const Case& c, const Arguments& a) {
  lib::set_threads(a.threads);
  const Prepared prepared = c.prepare();
  Tensors outputs;
  if (a.check) outputs = prepared.outputs();
  std::printf("{\"case\":\"%s\",\"library\":\"%s\",\"threads\":%d,\"outputs\":[", c.name.c_str(),
              lib::version().c_str(), a.threads);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (i != 0) std::printf(",");
    print_summary(outputs[i], c.agreement);
  }
  outputs.clear();
  const Timing timing = measure(prepared.run, a.seconds, a.device == "cpu" ? 1e-4 : 2e-3);
  std::printf("],\"median_us\":%.4f,\"fastest_us\":%.4f,\"iterations\":%lld}\n", timing.median_us,
              timing.fastest_us, static_cast<long long>(timing.iterations));
  return 0;
}

}  // namespace

int run_main(int argc, char** argv) {
  const Arguments a = parse(argc, argv);
  lib::use_device(a.device);
  const Cases cases = all_cases();
  if (a.list) {
    for (const Case& c : cases) {
      std::printf(
          "{\"case\":\"%s\",\"what\":\"%s\",\"flops\":%.0f,\"bytes\":%.0f,\"tolerance\":%g}\n",
          c.name.c_str(), c.what.c_str(), c.flops, c.bytes, c.tolerance);
    }
    return 0;
  }
  for (const Case& c : cases) {
    if (c.name == a.name) return run_case(c, a);
  }
  std::fprintf(stderr, "no case '%s'; --list names them\n", a.name.c_str());
  return 2;
}

}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run_main(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
