// Printing a tensor as NumPy's str() does: columns aligned, floats with as many of at most 8
// decimals as they need, powers of ten when sizes differ much, lines of at most 75 characters, and
// more than 1000 elements shortened to three at each end of an axis. Only what is shown is read
// from the device.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <complex>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/tensor_impl.hpp"

namespace ct {
namespace {

constexpr int64_t kShortenAbove = 1000;
constexpr int64_t kEdge = 3;
constexpr int kPrecision = 8;
constexpr size_t kLineWidth = 75;

// --- Floating point numbers ---------------------------------------------------------------------

double parse(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

template <class T>
std::string shortest(T value, std::chars_format format) {
  std::array<char, 400> buffer;  // 1e308 without an exponent
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  return {buffer.data(), end};
}

/// The double whose shortest text is also the shortest that names `value` in `dtype`: 0.1 for the
/// float32 that is 0.100000001490116.
double shortest_double(double value, DType dtype) {
  if (!std::isfinite(value) || dtype == DType::float64) return value;
  if (dtype == DType::float32) {
    return parse(shortest(static_cast<float>(value), std::chars_format::scientific));
  }
  const auto stored = [&](double x) {
    const auto narrow = static_cast<float>(x);
    return dtype == DType::float16 ? static_cast<float>(Half(narrow))
                                   : static_cast<float>(BFloat16(narrow));
  };
  for (int digits = 1; digits < 9; ++digits) {
    const double candidate = parse(fmt::format("{:.{}g}", value, digits));
    if (stored(candidate) == static_cast<float>(value)) return candidate;
  }
  return value;
}

void trim_zeros(std::string& text) { text.erase(text.find_last_not_of('0') + 1); }

/// "-12.5", "3.": at most kPrecision decimals, always a point.
std::string positional(double value) {
  std::string text = shortest(value, std::chars_format::fixed);
  const size_t point = text.find('.');
  if (point == std::string::npos) return text + '.';
  if (text.size() - point - 1 > static_cast<size_t>(kPrecision)) {
    text = fmt::format("{:.{}f}", value, kPrecision);
    trim_zeros(text);
  }
  return text;
}

/// Decimals of the mantissa in the shortest form with an exponent.
int mantissa_decimals(double value) {
  const std::string text = shortest(value, std::chars_format::scientific);
  const size_t point = text.find('.');
  if (point == std::string::npos) return 0;
  return std::min(static_cast<int>(text.find('e') - point) - 1, kPrecision);
}

/// "1.50e-03": exactly `decimals` of them, always a point, at least that many exponent digits.
std::string scientific(double value, int decimals, size_t exponent_digits) {
  std::string text = fmt::format("{:.{}e}", value, decimals);
  if (decimals == 0) text.insert(text.find('e'), 1, '.');
  const size_t digits = text.find('e') + 2;  // after the sign
  text.insert(digits, exponent_digits - std::min(exponent_digits, text.size() - digits), '0');
  return text;
}

std::string not_finite(double value) {
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

bool needs_exponent(const std::vector<double>& values) {
  double largest = 0, smallest = std::numeric_limits<double>::infinity();
  for (double value : values) {
    const double size = std::abs(value);
    if (!std::isfinite(value) || size == 0) continue;
    largest = std::max(largest, size);
    smallest = std::min(smallest, size);
  }
  return largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
}

/// The numbers with their points in one column; `plus`: a sign before every one.
std::vector<std::string> float_words(std::vector<double> values, DType dtype, bool plus = false) {
  for (double& value : values) value = shortest_double(value, dtype);
  const bool exponent = needs_exponent(values);
  int decimals = 0;
  size_t exponent_digits = 2;
  for (double value : values) {
    if (!exponent || !std::isfinite(value)) continue;
    decimals = std::max(decimals, mantissa_decimals(value));
    const double size = std::abs(value);
    if (size >= 1e100 || (size != 0 && size < 1e-99)) exponent_digits = 3;
  }
  std::vector<std::string> words;
  size_t before = 0, after = 0;  // longest parts on both sides of the point, which counts as after
  for (double value : values) {
    words.push_back(!std::isfinite(value) ? not_finite(value)
                    : exponent            ? scientific(value, decimals, exponent_digits)
                                          : positional(value));
    if (plus && words.back().front() != '-') words.back().insert(0, 1, '+');
    if (!std::isfinite(value)) continue;
    const size_t point = words.back().find('.');
    before = std::max(before, point);
    after = std::max(after, words.back().size() - point);
  }
  size_t width = before + after;
  for (const std::string& word : words) width = std::max(width, word.size());
  for (std::string& word : words) {
    const size_t point = word.find('.');
    if (point != std::string::npos) word.append(after - (word.size() - point), ' ');
    word.insert(0, width - word.size(), ' ');
  }
  return words;
}

/// A number alone: "1.0", "0.1", "1e-05".
std::string float_word(double value, DType dtype) {
  if (!std::isfinite(value)) return not_finite(value);
  value = shortest_double(value, dtype);
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e16)) {
    return shortest(value, std::chars_format::scientific);
  }
  std::string text = shortest(value, std::chars_format::fixed);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

/// A part of a complex number alone: "1", "-0.5", "1e-05".
std::string part_word(double value, DType dtype, bool plus) {
  std::string text = float_word(value, dtype);
  if (text.ends_with(".0")) text.erase(text.size() - 2);
  return plus && text.front() != '-' ? '+' + text : text;
}

/// A complex number alone, as NumPy and Python write it: "(1-2j)", "2j".
std::string complex_word(double re, double im, DType dtype) {
  if (re == 0 && !std::signbit(re)) return part_word(im, dtype, false) + 'j';
  return fmt::format("({}{}j)", part_word(re, dtype, false), part_word(im, dtype, true));
}

/// Of numbers that alternate between real and imaginary parts.
std::vector<std::string> complex_words(const std::vector<double>& pairs, DType dtype) {
  std::vector<double> re, im;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    re.push_back(pairs[i]);
    im.push_back(pairs[i + 1]);
  }
  std::vector<std::string> words = float_words(std::move(re), dtype);
  const std::vector<std::string> others = float_words(std::move(im), dtype, true);
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t end = others[i].find_last_not_of(' ') + 1;
    words[i] += others[i].substr(0, end) + 'j' + others[i].substr(end);
  }
  return words;
}

// --- What is shown ------------------------------------------------------------------------------

/// uint64 comes here by its bits.
std::string whole_word(int64_t value, DType dtype) {
  if (dtype == DType::bool_) return value != 0 ? "True" : "False";
  return dtype == DType::uint64 ? fmt::format("{}", static_cast<uint64_t>(value))
                                : fmt::format("{}", value);
}

/// Sizes of what is shown: at most two edges of a shortened axis.
Shape shown_shape(const Shape& shape, bool shorten) {
  Shape shown = shape;
  for (int64_t& size : shown) {
    if (shorten) size = std::min(size, 2 * kEdge);
  }
  return shown;
}

/// The shown elements in row-major order, read in as few pieces as there are pairs of edges.
template <class T>
std::vector<T> read_shown(const Tensor& tensor, const Shape& shown) {
  const int rank = shown.rank();
  uint32_t cut = 0;  // axes of which only the edges are shown
  for (int axis = 0; axis < rank; ++axis) {
    if (shown[axis] < tensor.shape()[axis]) cut |= 1U << axis;
  }
  if (cut == 0) return tensor.to_vector<T>();
  std::vector<T> result(static_cast<size_t>(numel(shown)));
  const Strides steps = contiguous_strides(shown);
  // Each subset of the cut axes is the piece at the far edge of those.
  for (uint32_t far = 0; far < 1U << rank; ++far) {
    if ((far & ~cut) != 0) continue;
    Tensor piece = tensor;
    int64_t start = 0;
    for (int axis = 0; axis < rank; ++axis) {
      if ((cut >> axis & 1U) == 0) continue;
      const bool at_end = (far >> axis & 1U) != 0;
      piece = piece.narrow(axis, at_end ? tensor.shape()[axis] - kEdge : 0, kEdge);
      start += at_end ? kEdge * steps[axis] : 0;
    }
    Dims place = Dims::filled(rank, 0);
    for (const T& value : piece.to_vector<T>()) {
      int64_t at = start;
      for (int axis = 0; axis < rank; ++axis) at += place[axis] * steps[axis];
      result[static_cast<size_t>(at)] = value;
      for (int axis = rank - 1; axis >= 0 && ++place[axis] == piece.shape()[axis]; --axis) {
        place[axis] = 0;
      }
    }
  }
  return result;
}

/// Sets words of equal width in nested brackets.
class Layout {
 public:
  Layout(const std::vector<std::string>& words, const Shape& shape, const Shape& shown)
      : words_(words), shape_(shape), shown_(shown), steps_(contiguous_strides(shown)) {}

  std::string text() const { return block(0, 0, 1); }

 private:
  /// The part from word `first` on along `axis`; lines after the first start with `indent` spaces.
  std::string block(int axis, int64_t first, size_t indent) const {
    const std::string margin(indent, ' ');
    const bool last_axis = axis == shown_.rank() - 1;
    const bool cut = shown_[axis] < shape_[axis];
    const std::string between(static_cast<size_t>(shown_.rank() - 1 - axis), '\n');
    std::string text = "[";
    size_t line = indent;  // width so far
    for (int64_t i = 0; i < shown_[axis]; ++i) {
      const int64_t at = first + i * steps_[axis];
      const auto append = [&](const std::string& part) {
        if (!last_axis) {
          if (text.size() > 1) text.append(between).append(margin);
          text += part;
          return;
        }
        const size_t space = text.size() > 1 ? 1 : 0;
        // A bracket for each axis must find room behind the words.
        if (space != 0 && line + space + part.size() > kLineWidth - indent) {
          text.erase(text.find_last_not_of(' ') + 1);
          text.append(1, '\n').append(margin).append(part);
          line = indent + part.size();
        } else {
          text.append(space, ' ') += part;
          line += space + part.size();
        }
      };
      if (cut && i == kEdge) append("...");
      append(last_axis ? words_[static_cast<size_t>(at)] : block(axis + 1, at, indent + 1));
    }
    return text + ']';
  }

  const std::vector<std::string>& words_;
  const Shape& shape_;
  const Shape& shown_;
  Strides steps_;
};

}  // namespace

std::string Tensor::to_string() const {
  if (!defined()) return "undefined tensor";
  if (!detail::has_values(*this)) {
    return fmt::format("tensor {} {} on {}", ct::to_string(shape()), name(dtype()),
                       device().name());
  }
  if (numel() == 0) return "[]";
  const Tensor plain = detach();  // so that no view is recorded
  const Shape shown = shown_shape(shape(), numel() > kShortenAbove);
  std::vector<std::string> words;
  if (is_complex(dtype())) {
    std::vector<double> pairs;
    for (const std::complex<double>& z : read_shown<std::complex<double>>(plain, shown)) {
      pairs.insert(pairs.end(), {z.real(), z.imag()});
    }
    if (dim() == 0) return complex_word(pairs[0], pairs[1], real_type(dtype()));
    words = complex_words(pairs, real_type(dtype()));
  } else if (is_floating(dtype())) {
    auto values = read_shown<double>(plain, shown);
    if (dim() == 0) return float_word(values[0], dtype());
    words = float_words(std::move(values), dtype());
  } else {
    size_t width = 0;
    for (int64_t value : read_shown<int64_t>(plain, shown)) {
      words.push_back(whole_word(value, dtype()));
      width = std::max(width, words.back().size());
    }
    if (dim() == 0) return words[0];
    for (std::string& word : words) word.insert(0, width - word.size(), ' ');
  }
  return Layout(words, shape(), shown).text();
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << tensor.to_string();
}

}  // namespace ct
