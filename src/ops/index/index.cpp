// Tensor::index and index_put_: what stands in the list is applied from left to right. Numbers,
// slices, None and Ellipsis make a view; tensors then pick from that view, or place into it.
#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "ops/autocast.hpp"
#include "ops/index/picks.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/pointwise/in_place.hpp"
#include "ops/shape/view.hpp"

namespace ct {

namespace {

/// An index list in its two parts.
struct Parsed {
  std::vector<Index> basic;  ///< tensors replaced by whole slices
  Tensors tensors;           ///< by axis of the view; undefined where there is none
  bool any_tensor = false;
  int64_t rest = 0;  ///< axes that Ellipsis stands for
};

Parsed parse(const char* op, const Tensor& x, std::span<const Index> indices) {
  Parsed parsed;
  int64_t named = 0;
  int ellipses = 0;
  for (const Index& i : indices) {
    const auto& value = i.value();
    if (std::holds_alternative<EllipsisType>(value)) ++ellipses;
    if (std::holds_alternative<int64_t>(value) || std::holds_alternative<Slice>(value)) ++named;
    if (const auto* t = std::get_if<Tensor>(&value)) {
      detail::check_defined(*t, op, "indices");
      named += t->dtype() == bool_ ? t->dim() : 1;
    }
  }
  if (ellipses > 1) {
    throw IndexError(fmt::format("{}: {} ellipses: only one is possible", op, ellipses));
  }
  if (named > x.dim()) {
    throw IndexError(fmt::format("{}: {} indices for {} axes: shape {}", op, named, x.dim(),
                                 to_string(x.shape())));
  }
  parsed.rest = x.dim() - named;
  for (const Index& i : indices) {
    const auto* tensor = std::get_if<Tensor>(&i.value());
    if (tensor == nullptr) {
      parsed.basic.push_back(i);
      const bool gone = std::holds_alternative<int64_t>(i.value());
      const bool ellipsis = std::holds_alternative<EllipsisType>(i.value());
      for (int64_t k = gone ? 0 : ellipsis ? parsed.rest : 1; k-- > 0;) {
        parsed.tensors.emplace_back();
      }
      continue;
    }
    parsed.any_tensor = true;
    const bool mask = tensor->dtype() == bool_;
    if (mask && tensor->dim() == 0) {  // a mask of a new axis of size 1
      parsed.basic.emplace_back(None);
      parsed.tensors.push_back(tensor->unsqueeze(0));
      continue;
    }
    for (int64_t k = 0; k < (mask ? tensor->dim() : 1); ++k) {
      parsed.basic.emplace_back(Slice());
      parsed.tensors.push_back(k == 0 ? *tensor : Tensor());
    }
  }
  return parsed;
}

bool is_whole(const Index& i) {
  const auto* s = std::get_if<Slice>(&i.value());
  return std::holds_alternative<EllipsisType>(i.value()) ||
         (s != nullptr && !s->start && !s->stop && s->step == 1);
}

/// The view that the basic part makes; x itself if it says nothing.
Tensor basic_view(const Tensor& x, const Parsed& parsed) {
  if (std::all_of(parsed.basic.begin(), parsed.basic.end(), is_whole)) return x;
  const auto apply = [list = parsed.basic, rest = parsed.rest](const Tensor& from) {
    Tensor out = from;
    int64_t axis = 0;
    for (const Index& i : list) {
      if (const auto* at = std::get_if<int64_t>(&i.value())) {
        out = out.select(axis, *at);
      } else if (const auto* s = std::get_if<Slice>(&i.value())) {
        out = is_whole(i) ? out : out.slice(axis, *s);
        ++axis;
      } else if (std::holds_alternative<NoneType>(i.value())) {
        out = out.unsqueeze(axis++);
      } else {
        axis += rest;
      }
    }
    return out;
  };
  // One node for the whole index, not one for each part.
  Tensor out;
  {
    const NoGradGuard off;
    out = apply(x);
  }
  return ops::record_part("index", x, std::move(out), apply);
}

/// The same of the pairs of complex numbers: their last axis is whole.
Tensors of_pairs(const Parsed& parsed) {
  Tensors tensors = parsed.tensors;
  tensors.emplace_back();
  return tensors;
}

}  // namespace

Tensor Tensor::index(std::span<const Index> indices) const {
  detail::check_defined(*this, "index", "self");
  const Parsed parsed = parse("index", *this, indices);
  Tensor view = basic_view(*this, parsed);
  if (!parsed.any_tensor) return view;
  if (is_complex(dtype())) {
    return ops::by_pairs(view, [&](const Tensor& pairs) {
      return ops::take_picks("index", pairs, ops::picks_of("index", pairs, of_pairs(parsed)));
    });
  }
  return ops::take_picks("index", view, ops::picks_of("index", view, parsed.tensors));
}

Tensor& Tensor::index_put_(std::span<const Index> indices, const Tensor& value, bool accumulate) {
  detail::check_defined(*this, "index_put_", "self");
  detail::check_defined(value, "index_put_", "value");
  detail::check_same_device(*this, value, "index_put_");
  if (value.dtype() != dtype()) {
    throw DTypeError(
        fmt::format("index_put_: the value is {} and the tensor {}; convert one with "
                    ".to(dtype)",
                    name(value.dtype()), name(dtype())));
  }
  const Parsed parsed = parse("index_put_", *this, indices);
  ops::check_in_place("index_put", *this, {&value});
  Tensor view = basic_view(*this, parsed);
  if (parsed.any_tensor && is_complex(dtype())) {
    Tensor pairs = view_as_real(view);
    ops::put_picks("index_put", pairs, ops::picks_of("index_put_", pairs, of_pairs(parsed)),
                   view_as_real(value), accumulate);
  } else if (parsed.any_tensor) {
    ops::put_picks("index_put", view, ops::picks_of("index_put_", view, parsed.tensors), value,
                   accumulate);
  } else if (accumulate) {
    view.add_(value);
  } else {
    view.copy_(value);
  }
  return *this;
}

Tensor& Tensor::index_put_(std::initializer_list<Index> indices, const Scalar& value,
                           bool accumulate) {
  detail::check_defined(*this, "index_put_", "self");
  if (value.is_floating() && !is_differentiable(dtype())) {
    throw DTypeError(fmt::format("index_put_: the value is a float: it cannot be stored in {} {}",
                                 name(dtype()), ct::to_string(shape())));
  }
  return index_put_(indices, full({}, value, {.dtype = dtype(), .device = device()}), accumulate);
}

Tensor Tensor::index_put(std::span<const Index> indices, const Tensor& value,
                         bool accumulate) const {
  if (const ops::Autocast cast{"index_put", {this, &value}}) {
    return cast(*this).index_put(indices, cast(value), accumulate);
  }
  return clone().index_put_(indices, value, accumulate);
}

}  // namespace ct
