// einsum: every operand becomes a tensor whose axes are the distinct letters it names; pairs of
// them are contracted by one batched matrix product each, cheapest first; what is left is put in
// order.
#include "customtensor/ops/einsum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/matmul.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

namespace {

// Axes are named by small numbers: letters as below, the axes of "..." from 52 on, counted from the
// last one, so that they align as broadcasting does.
constexpr int kFirstDot = 52;
constexpr int kLabels = kFirstDot + kMaxRank;
using Labels = std::vector<int>;

int label_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return 26 + c - 'a';
  return -1;
}

std::string text_of(int label) {
  if (label >= kFirstDot) return "...";
  return {static_cast<char>(label < 26 ? 'A' + label : 'a' + label - 26)};
}

/// A tensor with a name for each axis.
struct Term {
  Tensor tensor;
  Labels labels;
};

int place(const Labels& labels, int label) {
  const auto at = std::find(labels.begin(), labels.end(), label);
  return at == labels.end() ? -1 : static_cast<int>(at - labels.begin());
}

class Equation {
 public:
  Equation(std::string_view text, std::span<const Tensor> operands) : text_(text) {
    const size_t arrow = text.find("->");
    std::string_view inputs = text.substr(0, arrow);
    sizes_.fill(1);
    for (size_t i = 0; i < operands.size(); ++i) {
      const size_t comma = inputs.find(',');
      const bool last = i + 1 == operands.size();
      if (last != (comma == std::string_view::npos)) {
        fail(fmt::format("it names {} operands: {} were given",
                         std::count(text.begin(), text.end(), ',') + 1, operands.size()));
      }
      add_operand(i, inputs.substr(0, comma), operands[i]);
      inputs = last ? "" : inputs.substr(comma + 1);
    }
    if (arrow == std::string_view::npos) {
      implicit_result();
    } else {
      explicit_result(text.substr(arrow + 2));
    }
  }

  std::vector<Term>& terms() { return terms_; }
  const Labels& result() const { return result_; }
  int64_t size(int label) const { return sizes_[static_cast<size_t>(label)]; }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw ValueError(fmt::format("einsum: cannot read the equation \"{}\": {}", text_, why));
  }

  /// Labels of one operand's part; -1 stands for the ellipsis.
  Labels letters(std::string_view part) const {
    Labels found;
    for (size_t i = 0; i < part.size(); ++i) {
      if (part[i] == ' ') continue;
      if (part.substr(i, 3) == "...") {
        if (place(found, -1) >= 0) fail("two ellipses in one operand");
        found.push_back(-1);
        i += 2;
      } else if (label_of(part[i]) >= 0) {
        found.push_back(label_of(part[i]));
      } else {
        fail(fmt::format("'{}' is neither a letter nor part of \"...\"", part[i]));
      }
    }
    return found;
  }

  void add_operand(size_t i, std::string_view part, const Tensor& t) {
    const Labels named = letters(part);
    const bool dots = place(named, -1) >= 0;
    const auto rank = static_cast<int>(t.dim());
    const int extra = rank - static_cast<int>(named.size()) + (dots ? 1 : 0);
    if (extra < 0 || (!dots && extra > 0)) {
      throw ShapeError(fmt::format("einsum: operand {} has shape {}: \"{}\" names {} axes{}", i,
                                   to_string(t.shape()), part, named.size() - (dots ? 1 : 0),
                                   dots ? "" : "; write \"...\" for the others"));
    }
    Labels all;
    for (const int label : named) {
      if (label >= 0) all.push_back(label);
      for (int k = extra; label < 0 && k-- > 0;) all.push_back(kFirstDot + k);
    }
    dots_ = std::max(dots_, dots ? extra : 0);
    for (int axis = 0; axis < rank; ++axis) {
      const auto label = static_cast<size_t>(all[static_cast<size_t>(axis)]);
      const int64_t size = t.shape()[axis];
      if (size != 1 && sizes_[label] != 1 && sizes_[label] != size) {
        throw ShapeError(fmt::format(
            "einsum: '{}' has size {} in operand {} of shape {}: it had size {} before",
            text_of(static_cast<int>(label)), size, i, to_string(t.shape()), sizes_[label]));
      }
      if (size != 1) sizes_[label] = size;
      ++counts_[label];
    }
    terms_.push_back({t, std::move(all)});
  }

  void implicit_result() {
    add_dots();
    for (int label = 0; label < kFirstDot; ++label) {
      if (counts_[static_cast<size_t>(label)] == 1) result_.push_back(label);
    }
  }

  void explicit_result(std::string_view part) {
    for (const int label : letters(part)) {
      if (label < 0) {
        add_dots();
        continue;
      }
      if (place(result_, label) >= 0) {
        fail(fmt::format("the result names '{}' twice", text_of(label)));
      }
      if (counts_[static_cast<size_t>(label)] == 0) {
        fail(fmt::format("the result names '{}', no operand does", text_of(label)));
      }
      result_.push_back(label);
    }
  }
  void add_dots() {
    for (int k = dots_; k-- > 0;) result_.push_back(kFirstDot + k);
  }

  std::string_view text_;
  std::vector<Term> terms_;
  Labels result_;
  std::array<int64_t, kLabels> sizes_{};
  std::array<int, kLabels> counts_{};
  int dots_ = 0;
};

/// Leaves each label once: a repeated one takes the diagonal.
void take_diagonals(Term& term) {
  for (size_t i = 0; i < term.labels.size();) {
    const auto again = std::find(term.labels.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                 term.labels.end(), term.labels[i]);
    if (again == term.labels.end()) {
      ++i;
      continue;
    }
    const auto a = static_cast<int>(i);
    const auto b = static_cast<int>(again - term.labels.begin());
    const int64_t size = std::max(term.tensor.size(a), term.tensor.size(b));
    Dims order;
    Shape square = Shape::filled(static_cast<int>(term.labels.size()), -1);
    square[a] = square[b] = size;  // one of them may be 1
    for (int axis = 0; axis < square.rank(); ++axis) {
      if (axis != a && axis != b) order.push_back(axis);
    }
    order.push_back(a);
    order.push_back(b);
    term.tensor = term.tensor.expand(square).permute(order).diagonal(0, -2, -1);
    const int label = term.labels[i];
    term.labels.erase(again);
    term.labels.erase(term.labels.begin() + a);
    term.labels.push_back(label);
    i = 0;
  }
}

bool wanted_by(const std::vector<Term>& terms, int label) {
  return std::any_of(terms.begin(), terms.end(),
                     [label](const Term& t) { return place(t.labels, label) >= 0; });
}

/// Sums over what neither the result nor another term names.
void sum_out(Term& term, const std::vector<Term>& others, const Labels& result) {
  Axes axes;
  Labels left;
  for (size_t i = 0; i < term.labels.size(); ++i) {
    const int label = term.labels[i];
    if (place(result, label) >= 0 || wanted_by(others, label)) {
      left.push_back(label);
    } else {
      axes.push_back(static_cast<int64_t>(i));
    }
  }
  if (axes.empty()) return;
  // One dtype for all, so that products go on; einsum of integers does not widen.
  term.tensor = term.tensor.sum(axes).to(term.tensor.dtype());
  term.labels = std::move(left);
}

/// The term's axes in the order of the groups, each group in one axis.
Tensor grouped(const Term& term, std::initializer_list<const Labels*> groups) {
  Dims order;
  Shape merged;
  for (const Labels* group : groups) {
    int64_t size = 1;
    for (const int label : *group) {
      order.push_back(place(term.labels, label));
      size *= term.tensor.size(order.back());
    }
    merged.push_back(size);
  }
  return term.tensor.permute(order).reshape(merged);
}

/// Makes each label that both terms have equally long in them.
void broadcast_shared(Term& a, Term& b) {
  Shape sa = a.tensor.shape();
  Shape sb = b.tensor.shape();
  for (size_t i = 0; i < a.labels.size(); ++i) {
    const int j = place(b.labels, a.labels[i]);
    if (j < 0) continue;
    const auto at = static_cast<int>(i);
    const int64_t size = sa[at] == 1 ? sb[j] : sa[at];
    sa[at] = sb[j] = size;
  }
  a.tensor = a.tensor.expand(sa);
  b.tensor = b.tensor.expand(sb);
}

/// One batched product. Shared labels that are wanted later are the batch, other shared ones are
/// summed over, the rest are rows and columns.
Term contract(Term a, Term b, const std::vector<Term>& others, const Labels& result) {
  const auto with = [&others](const Term& other) {
    std::vector<Term> all = others;
    all.push_back(other);
    return all;
  };
  sum_out(a, with(b), result);
  sum_out(b, with(a), result);
  Labels batch;
  Labels summed;
  Labels rows;
  Labels columns;
  for (const int label : a.labels) {
    if (place(b.labels, label) < 0) {
      rows.push_back(label);
    } else if (place(result, label) >= 0 || wanted_by(others, label)) {
      batch.push_back(label);
    } else {
      summed.push_back(label);
    }
  }
  for (const int label : b.labels) {
    if (place(a.labels, label) < 0) columns.push_back(label);
  }
  broadcast_shared(a, b);
  Labels labels = batch;
  labels.insert(labels.end(), rows.begin(), rows.end());
  labels.insert(labels.end(), columns.begin(), columns.end());
  Shape shape;
  for (const int label : labels) {
    const int in_a = place(a.labels, label);
    shape.push_back(in_a >= 0 ? a.tensor.size(in_a) : b.tensor.size(place(b.labels, label)));
  }
  const Tensor left = grouped(a, {&batch, &rows, &summed});
  const Tensor right = grouped(b, {&batch, &summed, &columns});
  // Nothing to sum: one pass over the result instead of many small products.
  const Tensor out = summed.empty() ? left * right : matmul(left, right);
  return {out.reshape(shape), std::move(labels)};
}

/// Multiplications of the contraction: the product of all labels' sizes.
double cost(const Term& a, const Term& b, const Equation& eq) {
  double product = 1;
  for (const int label : a.labels) product *= static_cast<double>(eq.size(label));
  for (const int label : b.labels) {
    if (place(a.labels, label) < 0) product *= static_cast<double>(eq.size(label));
  }
  return product;
}

}  // namespace

Tensor einsum(std::string_view equation, std::span<const Tensor> operands) {
  if (const ops::Autocast cast{"einsum"}) return einsum(equation, cast(operands));
  if (operands.empty()) throw ValueError("einsum: no operands; pass at least one tensor");
  detail::check_all_defined(operands, "einsum");
  for (const Tensor& t : operands) {
    detail::check_same_device(operands[0], t, "einsum");
    if (t.dtype() != operands[0].dtype()) {
      throw DTypeError(
          fmt::format("einsum: operands are {} {} and {} {}; convert one with "
                      ".to(dtype)",
                      name(operands[0].dtype()), to_string(operands[0].shape()), name(t.dtype()),
                      to_string(t.shape())));
    }
  }
  Equation eq(equation, operands);
  if (operands.size() > 1 && ops::is_narrow(operands[0])) {
    Tensors wide;
    for (const Tensor& t : operands) wide.push_back(ops::wide(t));
    return einsum(equation, wide).to(operands[0].dtype());
  }
  std::vector<Term> terms = std::move(eq.terms());
  for (Term& term : terms) take_diagonals(term);
  while (terms.size() > 1) {
    size_t first = 0;
    size_t second = 1;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < terms.size(); ++i) {
      for (size_t j = i + 1; j < terms.size(); ++j) {
        const double c = cost(terms[i], terms[j], eq);
        if (c < least) {
          least = c;
          first = i;
          second = j;
        }
      }
    }
    Term a = std::move(terms[first]);
    Term b = std::move(terms[second]);
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(second));
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(first));
    terms.push_back(contract(std::move(a), std::move(b), terms, eq.result()));
  }
  Term last = std::move(terms[0]);
  sum_out(last, {}, eq.result());
  Dims order;
  Shape shape;
  for (const int label : eq.result()) {
    order.push_back(place(last.labels, label));
    shape.push_back(eq.size(label));
  }
  return last.tensor.permute(order).expand(shape);
}

}  // namespace ct
