// Bags of embeddings: the family "bag" forward; derivatives are public ops on the rows, which are
// known by the bag that each index is in.
#include "customtensor/ops/embedding_bag.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/shape.hpp"
#include "customtensor/ops/sort.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace {

constexpr const char* kOp = "embedding_bag";

/// Bags as a flat index and where each begins, and ends.
struct Bags {
  Tensor index;    ///< (n), dense
  Tensor offsets;  ///< (count + 1), or undefined: all of one length
  int64_t count = 0, length = 0;
};

/// What a derivative needs of them.
struct SavedBags {
  autograd::SavedTensor index, offsets;
  int64_t count, length;

  SavedBags(const Recording& r, const Bags& bags)
      : index(r.save_extra(bags.index)), count(bags.count), length(bags.length) {
    if (bags.offsets.defined()) offsets = r.save_extra(bags.offsets);
  }
  Bags get() const { return {index.get(), offsets.get(), count, length}; }
};

void check_shapes(const Tensor& input, const Tensor& weight, const Tensor& offsets) {
  detail::check_defined(input, kOp, "input");
  detail::check_defined(weight, kOp, "weight");
  detail::check_same_device(weight, input, kOp);
  if (offsets.defined()) detail::check_same_device(weight, offsets, kOp);
  if (!is_floating(weight.dtype())) {
    throw DTypeError(
        fmt::format("embedding_bag: the weight is {}: it must be floating", name(weight.dtype())));
  }
  if (weight.dim() != 2) {
    throw ShapeError(fmt::format("embedding_bag: the weight has shape {}: it must have two axes",
                                 to_string(weight.shape())));
  }
  const bool fits = offsets.defined() ? input.dim() == 1 && offsets.dim() == 1 : input.dim() == 2;
  if (!fits) {
    throw ShapeError(fmt::format(
        "embedding_bag: input {} and offsets {} do not fit: they must be (n) and (bags), or (bags, "
        "n) and none",
        to_string(input.shape()), offsets.defined() ? to_string(offsets.shape()) : "none"));
  }
}

void check_options(const Tensor& input, const Tensor& weight, const EmbeddingBagOptions& o) {
  const Tensor& factors = o.per_sample_weights;
  if (factors.defined()) {
    if (o.mode != EmbeddingBagMode::sum) {
      throw ValueError("embedding_bag: per_sample_weights are for the mode sum alone");
    }
    detail::check_same_device(weight, factors, kOp);
    if (factors.shape() != input.shape()) {
      throw ShapeError(
          fmt::format("embedding_bag: per_sample_weights {} must have the shape of the input {}",
                      to_string(factors.shape()), to_string(input.shape())));
    }
    if (factors.dtype() != weight.dtype()) {
      throw DTypeError(
          fmt::format("embedding_bag: per_sample_weights are {} and the weight is {}: they must "
                      "be of one dtype",
                      name(factors.dtype()), name(weight.dtype())));
    }
  }
  if (o.scale_grad_by_freq && o.mode == EmbeddingBagMode::max) {
    throw ValueError("embedding_bag: scale_grad_by_freq is not for the mode max");
  }
}

/// The row that counts as not asked for; -1: none.
int64_t padding_row(const Tensor& weight, std::optional<int64_t> padding_idx) {
  if (!padding_idx) return -1;
  const int64_t rows = weight.size(0);
  if (*padding_idx < -rows || *padding_idx >= rows) {
    throw IndexError(fmt::format("embedding_bag: padding_idx {} is out of range for {} rows",
                                 *padding_idx, rows));
  }
  return *padding_idx < 0 ? *padding_idx + rows : *padding_idx;
}

/// Offsets that the host sees; those of other devices are forced into the range by the kernel.
void check_offsets(const Tensor& offsets, int64_t n, bool with_last) {
  if (offsets.dtype() != int64) {
    throw DTypeError(
        fmt::format("embedding_bag: the offsets are {}: they must be int64; convert with "
                    ".to(ct::int64)",
                    name(offsets.dtype())));
  }
  if (with_last && offsets.numel() == 0) {
    throw ShapeError("embedding_bag: offsets with a last one must not be empty");
  }
  if (impl(offsets).backend().host_pointer(impl(offsets).buffer()) == nullptr) return;
  const NoGradGuard off;
  const Tensor dense = offsets.contiguous();
  const auto* values = dense.data<int64_t>();
  int64_t before = 0;
  for (int64_t i = 0; i < dense.numel(); ++i) {
    if (values[i] < 0 || values[i] > n) {
      throw IndexError(
          fmt::format("embedding_bag: offset {} at position {} is out of range for {} indices",
                      values[i], i, n));
    }
    if ((i == 0 && values[0] != 0) || values[i] < before) {
      throw ValueError(
          fmt::format("embedding_bag: offsets must begin with 0 and not fall: {} at position {}, "
                      "after {}",
                      values[i], i, before));
    }
    before = values[i];
  }
  if (with_last && before != n) {
    throw ValueError(fmt::format(
        "embedding_bag: the last offset must be the number of indices {}: it is {}", n, before));
  }
}

Bags bags_of(const Tensor& input, const Tensor& offsets, bool with_last) {
  const NoGradGuard off;
  Bags bags;
  bags.index = input.reshape({-1}).contiguous();
  const int64_t n = bags.index.numel();
  if (!offsets.defined()) {
    bags.count = input.size(0);
    bags.length = input.size(1);
    return bags;
  }
  check_offsets(offsets, n, with_last);
  bags.count = offsets.numel() - (with_last ? 1 : 0);
  if (with_last) {
    bags.offsets = offsets;
  } else {
    const Tensor parts[] = {offsets, full({1}, n, {.dtype = int64, .device = offsets.device()})};
    bags.offsets = cat(parts, 0);
  }
  return bags;
}

/// Which bag each index is in, (n).
Tensor bag_numbers(const Bags& bags) {
  const NoGradGuard off;
  const TensorOptions as{.dtype = int64, .device = bags.index.device()};
  const int64_t n = bags.index.numel();
  if (bags.offsets.defined()) {
    const Tensor found = searchsorted(bags.offsets, arange(n, as), {.right = true}) - 1;
    return clamp(found, Scalar(0), Scalar(bags.count - 1));
  }
  return arange(bags.count, as).unsqueeze(1).expand({bags.count, bags.length}).reshape({-1});
}

/// (n): what each row counts in its bag, the factors that one may differentiate by apart. Not
/// recorded.
Tensor shares_of(const Bags& bags, const Tensor& numbers, int64_t padding, bool mean,
                 const Tensor& like) {
  const NoGradGuard off;
  const TensorOptions as{.dtype = like.dtype(), .device = like.device()};
  Tensor counts =
      padding < 0 ? ones({bags.index.numel()}, as) : (bags.index != padding).to(like.dtype());
  if (!mean) return counts;
  const Tensor sizes = index_add(zeros({bags.count}, as), 0, numbers, counts);
  return counts / index_select(sizes, 0, numbers).clamp(Scalar(1.0), std::nullopt);
}

}  // namespace

namespace detail {

void shorten_rows(const Tensor& weight, const Tensor& index, double longest, double order) {
  const NoGradGuard off;
  const Tensor flat = index.reshape({-1});
  const Tensor rows = index_select(weight.detach(), 0, flat);
  const Tensor length = linalg::vector_norm(rows, order, {-1}, true);
  const Tensor factor = clamp(Scalar(longest) / (length + 1e-7), std::nullopt, Scalar(1.0));
  Tensor target = weight.detach();
  target.copy_(index_copy(target, 0, flat, rows * factor));
}

Tensor inverse_counts(const Tensor& index, int64_t rows, const Tensor& like) {
  const NoGradGuard off;
  const Tensor flat = index.reshape({-1});
  const TensorOptions as{.dtype = like.dtype(), .device = like.device()};
  const Tensor counts = index_add(zeros({rows}, as), 0, flat, ones({flat.numel()}, as));
  return reciprocal(index_select(counts, 0, flat)).reshape(index.shape());
}

}  // namespace detail

Tensor embedding_bag(const Tensor& input, const Tensor& weight, const Tensor& offsets,
                     const EmbeddingBagOptions& o) {
  check_shapes(input, weight, offsets);
  check_options(input, weight, o);
  const int64_t padding = padding_row(weight, o.padding_idx);
  const Bags bags = bags_of(input, offsets, o.include_last_offset);
  const ops::IndexFacts facts = ops::check_index(kOp, bags.index, weight.size(0), 0);
  if (o.max_norm) detail::shorten_rows(weight, bags.index, *o.max_norm, o.norm_type);

  const bool is_max = o.mode == EmbeddingBagMode::max;
  const bool is_mean = o.mode == EmbeddingBagMode::mean;
  const Tensor& given = o.per_sample_weights;
  const Tensor factors = given.defined() ? given.reshape({-1}) : Tensor();
  Backend& backend = impl(weight).backend();
  Tensor out = detail::make_tensor({bags.count, weight.size(1)}, weight.dtype(), backend);
  Tensor which;
  BagArgs args;
  args.mode = is_max ? BagMode::maximum : is_mean ? BagMode::mean : BagMode::sum;
  args.ignored = padding;
  args.length = bags.length;
  args.table = detail::view_of(weight);
  args.index = detail::view_of(bags.index);
  if (bags.offsets.defined()) args.offsets = detail::view_of(bags.offsets);
  if (factors.defined()) args.scale = detail::view_of(factors);
  args.out = detail::view_of(out);
  if (is_max) {
    which = detail::make_tensor(out.shape(), int64, backend);
    args.which = detail::view_of(which);
  }
  args.check = facts.unseen();
  if (out.numel() > 0) impl(weight).kernels().bag(args);

  if (is_max) {
    autograd::record(kOp, {&out}, {&weight}, [&](const Recording& r) {
      return [saved = SavedBags(r, bags), at = r.save_extra(which), padding,
              shape = weight.shape()](std::span<const Tensor> g, Gradients& d) {
        const Bags bags = saved.get();
        // A bag without rows has a result of no row.
        const Tensor wide = ops::wide(g[0]);
        const Tensor numbers = bag_numbers(bags);
        const Tensor shares = shares_of(bags, numbers, padding, false, wide.detach());
        const Tensor sizes =
            index_add(zeros({bags.count}, {.dtype = wide.dtype(), .device = wide.device()}), 0,
                      numbers, shares);
        const Tensor full = (sizes > 0).to(wide.dtype()).unsqueeze(1);
        d[0] = ops::scatter_add(wide * full, 0, at.get(), shape);
      };
    });
    return out;
  }
  autograd::record(kOp, {&out}, {&weight, &factors}, [&](const Recording& r) {
    return [saved = SavedBags(r, bags), table = r.save_if(r.wanted(1), 0),
            by = r.save_if(r.wanted(0), 1), padding, is_mean, by_frequency = o.scale_grad_by_freq,
            shape = weight.shape()](std::span<const Tensor> g, Gradients& d) {
      const Bags bags = saved.get();
      const Tensor wide = ops::wide(g[0]);
      const Tensor numbers = bag_numbers(bags);
      const Tensor shares = shares_of(bags, numbers, padding, is_mean, wide.detach());
      const Tensor of_bags = index_select(wide, 0, numbers);
      if (d.needed(0)) {
        Tensor each = shares;
        if (by_frequency) each = each * detail::inverse_counts(bags.index, shape[0], each);
        if (by.get().defined()) each = each * ops::wide(by.get());
        const Tensor along = ops::index_along(bags.index, shape, 0);
        d[0] = ops::scatter_add(of_bags * each.unsqueeze(1), 0, along, shape);
      }
      if (d.needed(1)) {
        const Tensor rows = ops::wide(index_select(table.get(), 0, bags.index));
        d[1] = (of_bags * rows).sum({-1}) * shares;
      }
    };
  });
  return out;
}

}  // namespace ct
