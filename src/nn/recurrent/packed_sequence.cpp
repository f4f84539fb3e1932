// Packing is a choice of rows: of a padded tensor, seen as rows, those that are there, step after
// step; unpacking the other way round, with one more row that holds the padding.
#include "customtensor/nn/recurrent/packed_sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {
namespace {

Tensor indices(const std::vector<int64_t>& values, Device device) {
  return tensor(std::span<const int64_t>(values), {.device = device});
}

/// x (N, L, …) or (L, N, …) with lengths that fit it: how many steps it has.
int64_t checked_steps(const char* op, const Tensor& x, std::span<const int64_t> lengths,
                      bool batch_first) {
  if (!x.defined() || x.dim() < 2 ||
      x.size(batch_first ? 0 : 1) != static_cast<int64_t>(lengths.size())) {
    throw ShapeError(fmt::format("{}: x {} does not fit {} lengths: it must be {}", op,
                                 x.defined() ? to_string(x.shape()) : "undefined", lengths.size(),
                                 batch_first ? "(N, L, ...)" : "(L, N, ...)"));
  }
  const int64_t steps = x.size(batch_first ? 1 : 0);
  if (lengths.empty())
    throw ValueError(fmt::format("{}: there are no sequences: x is {}", op, to_string(x.shape())));
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 1 || lengths[i] > steps) {
      throw ValueError(
          fmt::format("{}: length {} of sequence {} is out of range: it must be in "
                      "1 ... {}",
                      op, lengths[i], i, steps));
    }
  }
  return steps;
}

void check_packed(const char* op, const PackedSequence& p) {
  if (p.data.defined() && !p.batch_sizes.empty()) return;
  throw ValueError(fmt::format("{}: the sequence is empty: {} steps", op, p.batch_sizes.size()));
}

/// By packed place.
std::vector<int64_t> lengths_of(const PackedSequence& p) {
  std::vector<int64_t> lengths(static_cast<size_t>(p.size()), 0);
  for (const int64_t size : p.batch_sizes) {
    for (int64_t i = 0; i < size; ++i) ++lengths[static_cast<size_t>(i)];
  }
  return lengths;
}

/// By the place that each sequence had.
std::vector<int64_t> unsorted(const std::vector<int64_t>& values, const PackedSequence& p) {
  if (p.unsorted_indices.empty()) return values;
  std::vector<int64_t> result;
  for (const int64_t i : p.unsorted_indices) result.push_back(values[static_cast<size_t>(i)]);
  return result;
}

}  // namespace

PackedSequence pack_padded_sequence(const Tensor& x, std::span<const int64_t> lengths,
                                    const PackOptions& options) {
  constexpr const char* kName = "pack_padded_sequence";
  const int64_t steps = checked_steps(kName, x, lengths, options.batch_first);
  const size_t count = lengths.size();
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  const auto length = [&](int64_t i) { return lengths[static_cast<size_t>(i)]; };
  for (size_t i = 1; options.enforce_sorted && i < count; ++i) {
    if (lengths[i] > lengths[i - 1]) {
      throw ValueError(
          fmt::format("{}: lengths grow from {} to {} at sequence {}: longer ones must stand "
                      "first; pass enforce_sorted = false",
                      kName, lengths[i - 1], lengths[i], i));
    }
  }
  PackedSequence result;
  if (!options.enforce_sorted) {
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return length(a) > length(b); });
    result.sorted_indices = order;
    result.unsorted_indices.resize(count);
    for (size_t i = 0; i < count; ++i) {
      result.unsorted_indices[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
    }
  }
  std::vector<int64_t> rows;
  for (int64_t t = 0; t < length(order[0]); ++t) {
    int64_t size = 0;
    for (const int64_t i : order) {
      if (length(i) <= t) break;
      rows.push_back(options.batch_first ? i * steps + t : t * static_cast<int64_t>(count) + i);
      ++size;
    }
    result.batch_sizes.push_back(size);
  }
  result.data = index_select(x.flatten(0, 1), 0, indices(rows, x.device()));
  return result;
}

std::pair<Tensor, std::vector<int64_t>> pad_packed_sequence(const PackedSequence& p,
                                                            const PadOptions& options) {
  constexpr const char* kName = "pad_packed_sequence";
  check_packed(kName, p);
  const int64_t longest = static_cast<int64_t>(p.batch_sizes.size()), count = p.size();
  const int64_t steps = options.total_length < 0 ? longest : options.total_length;
  if (steps < longest) {
    throw ValueError(fmt::format("{}: total_length {} is too short: the longest sequence has {}",
                                 kName, steps, longest));
  }
  const int64_t padding = p.data.size(0);  // the row behind the last
  std::vector<int64_t> rows(static_cast<size_t>(steps * count), padding);
  int64_t row = 0;
  for (int64_t t = 0; t < longest; ++t) {
    for (int64_t i = 0; i < p.batch_sizes[static_cast<size_t>(t)]; ++i) {
      const int64_t at = p.sorted_indices.empty() ? i : p.sorted_indices[static_cast<size_t>(i)];
      rows[static_cast<size_t>(options.batch_first ? at * steps + t : t * count + at)] = row++;
    }
  }
  Shape one = p.data.shape();
  one[0] = 1;
  const std::vector<Tensor> parts{
      p.data,
      full(one, options.padding_value, {.dtype = p.data.dtype(), .device = p.data.device()})};
  Shape shape{options.batch_first ? count : steps, options.batch_first ? steps : count};
  for (int i = 1; i < one.rank(); ++i) shape.push_back(one[i]);
  const Tensor all = index_select(cat(parts), 0, indices(rows, p.data.device()));
  return {all.reshape(shape), unsorted(lengths_of(p), p)};
}

Tensor pad_sequence(std::span<const Tensor> sequences, bool batch_first, double padding_value) {
  constexpr const char* kName = "pad_sequence";
  if (sequences.empty()) throw ValueError("pad_sequence: there are no sequences: got 0");
  int64_t steps = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const Tensor& s = sequences[i];
    bool fits = s.defined() && s.dim() >= 1 && s.dim() == sequences[0].dim();
    for (int64_t axis = 1; fits && axis < s.dim(); ++axis) {
      fits = s.size(axis) == sequences[0].size(axis);
    }
    if (!fits) {
      throw ShapeError(
          fmt::format("{}: sequence {} {} does not fit sequence 0: all must be "
                      "(L, ...), equal behind L",
                      kName, i, s.defined() ? to_string(s.shape()) : "undefined"));
    }
    steps = std::max(steps, s.size(0));
  }
  Tensors padded;
  for (const Tensor& s : sequences) {
    Shape rest = s.shape();
    rest[0] = steps - s.size(0);
    if (rest[0] == 0) {
      padded.push_back(s);
      continue;
    }
    const std::vector<Tensor> parts{
        s, full(rest, padding_value, {.dtype = s.dtype(), .device = s.device()})};
    padded.push_back(cat(parts));
  }
  return stack(padded, batch_first ? 0 : 1);
}

PackedSequence pack_sequence(std::span<const Tensor> sequences, bool enforce_sorted) {
  const Tensor padded = pad_sequence(sequences);
  std::vector<int64_t> lengths;
  for (const Tensor& s : sequences) lengths.push_back(s.size(0));
  return pack_padded_sequence(padded, lengths, {.enforce_sorted = enforce_sorted});
}

Tensors unpad_sequence(const Tensor& padded, std::span<const int64_t> lengths, bool batch_first) {
  checked_steps("unpad_sequence", padded, lengths, batch_first);
  Tensors result;
  for (size_t i = 0; i < lengths.size(); ++i) {
    result.push_back(
        padded.select(batch_first ? 0 : 1, static_cast<int64_t>(i)).narrow(0, 0, lengths[i]));
  }
  return result;
}

Tensors unpack_sequence(const PackedSequence& sequence) {
  check_packed("unpack_sequence", sequence);
  const auto [padded, lengths] = pad_packed_sequence(sequence);
  return unpad_sequence(padded, lengths);
}

}  // namespace ct::nn
