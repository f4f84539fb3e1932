// Ops that the reference data names: reductions, scans, order.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;
using Two = std::pair<Tensor, Tensor>;

Tensors both(const Two& two) { return {two.first, two.second}; }

Tensors results_of(const UniqueResult& r) { return {r.values, r.inverse, r.counts}; }

void add_order_ops(DataOps& ops) {
  ops["sort"] = [](In x, A a) { return both(sort(x[0], a.integer("dim"), a.flag("descending"))); };
  ops["argsort"] = [](In x, A a) {
    return Tensors{argsort(x[0], a.integer("dim"), a.flag("descending"))};
  };
  ops["topk"] = [](In x, A a) {
    return both(topk(x[0], a.integer("k"), a.integer("dim"), a.flag("largest")));
  };
  ops["kthvalue"] = [](In x, A a) {
    return both(kthvalue(x[0], a.integer("k"), a.integer("dim"), a.flag("keepdim")));
  };
  ops["unique"] = [](In x, A a) {
    return results_of(unique(x[0], {a.maybe_integer("dim"), true, true}));
  };
  ops["unique_consecutive"] = [](In x, A) {
    return results_of(unique_consecutive(x[0], {.inverse = true, .counts = true}));
  };
  ops["bincount"] = [](In x, A a) {
    return Tensors{bincount(x[0], x.size() > 1 ? x[1] : Tensor(), a.integer("minlength"))};
  };
  ops["histc"] = [](In x, A a) {
    return Tensors{histc(x[0], a.integer("bins"), a.real("min"), a.real("max"))};
  };
  ops["searchsorted"] = [](In x, A a) {
    return Tensors{searchsorted(sort(x[0]).first, x[1], {.right = a.flag("right")})};
  };
  ops["bucketize"] = [](In x, A a) {
    return Tensors{bucketize(x[0], sort(x[1]).first, a.flag("right"))};
  };
}

}  // namespace

void add_reduce_ops(DataOps& ops) {
  using OverAxes = Tensor (*)(const Tensor&, const Axes&, bool);
  for (const auto& [name, op] :
       std::initializer_list<std::pair<const char*, OverAxes>>{{"sum", sum},
                                                               {"mean", mean},
                                                               {"nansum", nansum},
                                                               {"nanmean", nanmean},
                                                               {"prod", prod},
                                                               {"amax", amax},
                                                               {"amin", amin},
                                                               {"logsumexp", logsumexp},
                                                               {"any", any},
                                                               {"all", all}}) {
    ops[name] = [op = op](In x, A a) {
      return Tensors{op(x[0], a.dims("dim"), a.flag("keepdim"))};
    };
  }
  ops["var"] = [](In x, A a) {
    return Tensors{var(x[0], a.dims("dim"), a.integer("correction"), a.flag("keepdim"))};
  };
  ops["std"] = [](In x, A a) {
    return Tensors{ct::std(x[0], a.dims("dim"), a.integer("correction"), a.flag("keepdim"))};
  };
  ops["var_mean"] = [](In x, A a) {
    return both(var_mean(x[0], a.dims("dim"), a.integer("correction"), a.flag("keepdim")));
  };
  ops["std_mean"] = [](In x, A a) {
    return both(std_mean(x[0], a.dims("dim"), a.integer("correction"), a.flag("keepdim")));
  };
  ops["norm"] = [](In x, A a) {
    return Tensors{norm(x[0], a.real("p"), a.dims("dim"), a.flag("keepdim"))};
  };
  ops["aminmax"] = [](In x, A a) { return both(aminmax(x[0], a.dims("dim"), a.flag("keepdim"))); };
  ops["count_nonzero"] = [](In x, A a) { return Tensors{count_nonzero(x[0], a.dims("dim"))}; };
  using Whole = Tensor (*)(const Tensor&);
  using Along = Two (*)(const Tensor&, int64_t, bool);
  for (const auto& [name, whole, along] :
       std::initializer_list<std::tuple<const char*, Whole, Along>>{
           {"max", max, max},
           {"min", min, min},
           {"median", median, median},
           {"nanmedian", nanmedian, nanmedian}}) {
    ops[name] = [whole = whole, along = along](In x, A a) {
      return a.has("dim") ? both(along(x[0], a.integer("dim"), a.flag("keepdim")))
                          : Tensors{whole(x[0])};
    };
  }
  using Place = Tensor (*)(const Tensor&, int64_t, bool);
  for (const auto& [name, whole, along] :
       std::initializer_list<std::tuple<const char*, Whole, Place>>{{"argmax", argmax, argmax},
                                                                    {"argmin", argmin, argmin}}) {
    ops[name] = [whole = whole, along = along](In x, A a) {
      return Tensors{a.has("dim") ? along(x[0], a.integer("dim"), a.flag("keepdim")) : whole(x[0])};
    };
  }
  ops["cumsum"] = [](In x, A a) { return Tensors{cumsum(x[0], a.integer("dim"))}; };
  ops["cumprod"] = [](In x, A a) { return Tensors{cumprod(x[0], a.integer("dim"))}; };
  ops["logcumsumexp"] = [](In x, A a) { return Tensors{logcumsumexp(x[0], a.integer("dim"))}; };
  ops["cummax"] = [](In x, A a) { return both(cummax(x[0], a.integer("dim"))); };
  ops["cummin"] = [](In x, A a) { return both(cummin(x[0], a.integer("dim"))); };
  add_order_ops(ops);
}

}  // namespace ct::test
