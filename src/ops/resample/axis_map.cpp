// See axis_map.hpp. The family `resample` takes the maps as tables on the device.
#include "ops/resample/axis_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "autograd/record.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::ops {

namespace {

/// What each element of a result is made of, one after the other: line o ends before ends[o].
struct Lines {
  AxisMap::Entries entries;
  std::vector<size_t> ends;
};

/// Lines as a table, in which each is as long as the longest.
AxisMap table_of(int64_t in, const Lines& lines) {
  const size_t out = lines.ends.size();
  size_t taps = 1;
  bool ones = true;
  for (size_t o = 0; o < out; ++o) {
    taps = std::max(taps, lines.ends[o] - (o == 0 ? 0 : lines.ends[o - 1]));
  }
  for (const auto& [place, weight] : lines.entries) ones = ones && weight == 1;
  AxisMap map{in, static_cast<int64_t>(out), static_cast<int64_t>(taps), {}, {}};
  map.index.assign(taps * out, -1);
  if (!ones) map.weight.assign(taps * out, 0);
  for (size_t o = 0, at = 0; o < out; ++o) {
    for (size_t k = o; at < lines.ends[o]; ++at, k += out) {
      map.index[k] = static_cast<int32_t>(lines.entries[at].first);
      if (!ones) map.weight[k] = lines.entries[at].second;
    }
  }
  return map;
}

}  // namespace

AxisMap AxisMap::of(int64_t in, int64_t out, const std::function<void(int64_t, Entries&)>& fill) {
  Lines lines;
  lines.ends.reserve(static_cast<size_t>(out));
  Entries raw;
  for (int64_t o = 0; o < out; ++o) {
    raw.clear();
    fill(o, raw);
    for (size_t i = 0; i < raw.size(); ++i) {
      // Equal places follow one another: they come of clipping at an end.
      while (i + 1 < raw.size() && raw[i + 1].first == raw[i].first) {
        raw[i + 1].second += raw[i].second;
        ++i;
      }
      if (raw[i].second != 0) lines.entries.push_back(raw[i]);
    }
    lines.ends.push_back(lines.entries.size());
  }
  return table_of(in, lines);
}

AxisMap AxisMap::transposed() const {
  // A counting sort by place, in the order of o.
  Lines lines;
  lines.ends.assign(static_cast<size_t>(in) + 1, 0);
  for (const int32_t place : index) {
    if (place >= 0) ++lines.ends[static_cast<size_t>(place) + 1];
  }
  for (size_t i = 0; i < static_cast<size_t>(in); ++i) lines.ends[i + 1] += lines.ends[i];
  lines.entries.resize(lines.ends.back());
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t k = 0; k < taps; ++k) {
      const auto at = static_cast<size_t>(k * out + o);
      if (index[at] < 0) continue;
      lines.entries[lines.ends[static_cast<size_t>(index[at])]++] = {
          o, weight.empty() ? 1.0 : weight[at]};
    }
  }
  lines.ends.pop_back();  // each begin has moved to its end
  return table_of(out, lines);
}

bool AxisMap::is_identity() const {
  if (in != out || taps != 1 || !weight.empty()) return false;
  for (int64_t o = 0; o < out; ++o) {
    if (index[static_cast<size_t>(o)] != o) return false;
  }
  return true;
}

void check_axis_length(const char* op, int64_t in, int64_t out) {
  if (std::max(in, out) > std::numeric_limits<int32_t>::max()) {
    throw ValueError(fmt::format("{}: an axis is longer than {}: from {} to {}", op,
                                 std::numeric_limits<int32_t>::max(), in, out));
  }
}

namespace {

/// A map's tables on the device, for the time of a call.
struct Tables {
  Tensor index, weight;

  Tables(const AxisMap& map, DType compute, Device device) {
    if (map.is_identity()) return;
    const Shape shape{map.taps, map.out};
    index = from_values(map.index.data(), int32, shape, {.device = device});
    if (map.weight.empty()) return;
    weight = from_values(map.weight.data(), float64, shape, {.dtype = compute, .device = device});
  }
};

using MapsPtr = std::shared_ptr<const AxisMaps>;

AxisMaps transposed(const AxisMaps& maps) {
  AxisMaps result;
  for (const AxisMap& map : maps) result.push_back(map.transposed());
  return result;
}

void run(const Tensor& x, const Tensor& y, const AxisMaps& maps) {
  const NoGradGuard off;
  std::vector<Tables> tables;
  for (const AxisMap& map : maps) tables.emplace_back(map, compute_type(x.dtype()), x.device());
  ResampleArgs args;
  args.input = detail::view_of(x);
  args.output = detail::view_of(y);
  args.count = static_cast<int>(maps.size());
  for (size_t i = 0; i < maps.size(); ++i) {
    if (tables[i].index.defined()) args.axes[i].index = detail::view_of(tables[i].index);
    if (tables[i].weight.defined()) args.axes[i].weight = detail::view_of(tables[i].weight);
  }
  detail::impl(x).kernels().resample(args);
}

}  // namespace

Tensor resample(const char* name, const Tensor& x, const Shape& shape,
                const std::function<AxisMaps()>& make) {
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  MapsPtr maps;
  if (detail::has_values(x) && (x.numel() > 0 || y.numel() > 0)) {
    maps = std::make_shared<const AxisMaps>(make());
    if (y.numel() > 0) run(x, y, *maps);
  }
  autograd::record(name, {&y}, {&x}, [&](const autograd::Recording&) {
    return [name, maps, sx = x.shape()](std::span<const Tensor> g, autograd::Gradients& d) {
      d[0] = resample(name, g[0], sx, [&] { return transposed(*maps); });
    };
  });
  return y;
}

}  // namespace ct::ops
