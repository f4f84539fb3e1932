// See result.hpp.
#include "train/classify/result.hpp"

#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "customtensor/backend.hpp"

namespace ct::train {

namespace {

uint64_t fallback_calls(const Device& device) {
  uint64_t calls = 0;
  for (const auto& count : fallbacks()) {
    if (count.device == device.name()) calls += count.calls;
  }
  return calls;
}

int64_t parameter_count(const nn::Module& model) {
  int64_t count = 0;
  for (const Tensor& p : model.parameters()) count += p.numel();
  return count;
}

}  // namespace

DeviceUse::DeviceUse(const Device& device)
    : device_(device),
      fallbacks_before_(fallback_calls(device)),
      waits_before_(device.backend().counts().host_waits) {}

uint64_t DeviceUse::fallbacks() const { return fallback_calls(device_) - fallbacks_before_; }

uint64_t DeviceUse::host_waits() const {
  return device_.backend().counts().host_waits - waits_before_;
}

ClassifyResult result_of(const ClassifySetup& setup, const DeviceUse& use) {
  const LoopState state = setup.loop().state();
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto images =
      static_cast<double>(state.epoch) * static_cast<double>(setup.data.train->size()) +
      state.epoch_figures.samples() + state.window_figures.samples();
  return {.test_accuracy = state.last_test.mean("accuracy", 0),
          .test_loss = state.last_test.mean("loss", 0),
          .train_accuracy = state.last_train.mean("accuracy", 0),
          .train_loss = state.last_train.mean("loss", 0),
          .epochs = state.epoch,
          .steps = state.total_steps,
          .images_per_second = state.train_seconds > 0 ? images / state.train_seconds : 0,
          .seconds = state.seconds,
          .device = setup.device.name(),
          .model = setup.config.model,
          .parameters = parameter_count(*setup.model),
          .fallbacks = use.fallbacks(),
          .host_waits = use.host_waits(),
          .peak_memory_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024,
          .device_memory_bytes = setup.device.backend().memory_stats().peak};
}

std::string to_json(const ClassifyResult& r) {
  return nlohmann::ordered_json{{"test_accuracy", r.test_accuracy},
                                {"test_loss", r.test_loss},
                                {"train_accuracy", r.train_accuracy},
                                {"train_loss", r.train_loss},
                                {"epochs", r.epochs},
                                {"steps", r.steps},
                                {"images_per_second", r.images_per_second},
                                {"seconds", r.seconds},
                                {"device", r.device},
                                {"model", r.model},
                                {"parameters", r.parameters},
                                {"fallbacks", r.fallbacks},
                                {"host_waits", r.host_waits},
                                {"peak_memory_bytes", r.peak_memory_bytes},
                                {"device_memory_bytes", r.device_memory_bytes},
                                {"out", r.out}}
      .dump();
}

}  // namespace ct::train
