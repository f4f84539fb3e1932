// The step is that of adam.cpp.
#include "customtensor/optim/adamw.hpp"

#include "optim/adam_rule.hpp"

namespace ct::optim {

AdamW::AdamW(Tensors parameters, const AdamWOptions& options) : ElementwiseOptimizer("AdamW") {
  add_param_group({std::move(parameters), options});
}
AdamW::AdamW(std::vector<ParamGroup<AdamWOptions>> groups) : ElementwiseOptimizer("AdamW") {
  add_param_groups(std::move(groups));
}

void AdamW::hyper_parameters(AdamWOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("betas", &o.betas);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("amsgrad", &o.amsgrad);
  visit("maximize", &o.maximize);
}

void AdamW::check(const AdamWOptions& o) const {
  check_lr(o.lr);
  check_betas(o.betas);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States AdamW::states(const AdamWOptions& o, const Shape&) const {
  States states{.tensors = {State{"exp_avg"}, State{"exp_avg_sq"}}};
  if (o.amsgrad) states.tensors.push_back({"max_exp_avg_sq"});
  return states;
}

const ProgramPtr& AdamW::program(const AdamWOptions& o) const {
  return adam_program(o.weight_decay != 0, true, o.amsgrad, o.maximize);
}

void AdamW::scalars(const AdamWOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  adam_scalars(o, true, turn.step, scalars);
}

}  // namespace ct::optim
