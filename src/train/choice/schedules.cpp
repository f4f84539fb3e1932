// The schedules of the learning rate by name.
#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/optim/lr_scheduler.hpp"
#include "customtensor/train/choices.hpp"
#include "train/choice/table.hpp"

namespace ct::train {

namespace {

using Rate = double (*)(double lr, int64_t step, int64_t steps);

double constant(double lr, int64_t, int64_t) { return lr; }
double cosine(double lr, int64_t step, int64_t steps) { return optim::cosine_lr(lr, step, steps); }

constexpr Choice<Rate> kSchedules[] = {{"constant", constant}, {"cosine", cosine}};

}  // namespace

std::vector<std::string> schedule_names() { return names_of(kSchedules); }

Schedule make_schedule(std::string_view name) {
  const Rate* rate = find_choice(kSchedules, name);
  if (rate == nullptr) {
    throw ValueError(fmt::format("schedule: unknown '{}'; use {}", name, any_of(schedule_names())));
  }
  return *rate;
}

}  // namespace ct::train
