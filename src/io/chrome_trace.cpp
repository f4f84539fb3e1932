// Profile::write_chrome_trace. The format: the "Trace Event Format" of Chrome's trace viewer, which
// ui.perfetto.dev reads too. Complete events ("X"), times in microseconds; the host is process 0
// with a track for each thread, device d process d + 1.
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "customtensor/io/atomic_file.hpp"
#include "customtensor/profile.hpp"

namespace ct {
namespace {

using Json = nlohmann::ordered_json;

Json track_name(const char* what, int process, int thread, const std::string& name) {
  return {
      {"name", what}, {"ph", "M"}, {"pid", process}, {"tid", thread}, {"args", {{"name", name}}}};
}

}  // namespace

void Profile::write_chrome_trace(const std::filesystem::path& path) const {
  constexpr size_t kChunk = 1 << 20;
  io::AtomicFile file(path);
  std::string text;
  const auto line = [&](const Json& json, const char* before) {
    text += before;
    text += json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() < kChunk) return;
    file.write(text);
    text.clear();
  };
  text += "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n";
  line(track_name("process_name", 0, 0, "host"), "");
  std::set<int> threads;
  for (const ProfileEvent& event : events) {
    if (event.thread >= 0) threads.insert(event.thread);
  }
  for (const int thread : threads) {
    line(track_name("thread_name", 0, thread, "thread " + std::to_string(thread)), ",\n");
  }
  for (size_t d = 0; d < devices.size(); ++d) {
    if (!devices[d].measured) continue;
    line(track_name("process_name", static_cast<int>(d) + 1, 0, devices[d].device), ",\n");
    line(track_name("thread_name", static_cast<int>(d) + 1, 0, "kernels"), ",\n");
  }
  for (const ProfileEvent& event : events) {
    const bool host = event.thread >= 0;
    Json json{{"name", names[static_cast<size_t>(event.name)]},
              {"cat", names[static_cast<size_t>(event.family)]},
              {"ph", "X"},
              {"pid", host ? 0 : event.device + 1},
              {"tid", host ? event.thread : 0},
              {"ts", 1e6 * event.start},
              {"dur", 1e6 * event.seconds}};
    if (host && event.device >= 0) {
      json["args"] = {{"device", devices[static_cast<size_t>(event.device)].device}};
    }
    line(json, ",\n");
  }
  file.write(text + "\n]}\n");
  file.commit();
}

}  // namespace ct
