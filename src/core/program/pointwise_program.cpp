// PointwiseProgram: slots for interpreters, the structural key, the text form, the cache of
// derivatives, and the constant programs of one instruction.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "core/program/pointwise_internal.hpp"

namespace ct {
namespace pointwise {
namespace {

std::span<const uint8_t> operands_of(const Instruction& step) {
  return std::span(step.operand).first(static_cast<size_t>(info(step.op).arity));
}

/// FNV-1a over bytes in a fixed order: the same on every machine, so that it can name a file.
class Hash {
 public:
  void add(uint64_t word) {
    for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<uint8_t>(word >> shift));
  }
  void add(std::string_view text) {
    for (char c : text) add_byte(static_cast<uint8_t>(c));
    add_byte(0);
  }
  /// Spreads the last bytes over the whole word.
  uint64_t value() const {
    uint64_t h = state_;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
    return h ^ (h >> 31);
  }

 private:
  void add_byte(uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3U; }
  uint64_t state_ = 0xcbf29ce484222325U;
};

}  // namespace

// Instructions go in by name, so that a new opcode leaves the keys of older programs as they were.
uint64_t structural_key(const PointwiseProgram& program) {
  Hash hash;
  hash.add(static_cast<uint64_t>(program.inputs()));
  hash.add(static_cast<uint64_t>(program.scalars()));
  hash.add(program.constants().size());
  for (double value : program.constants()) hash.add(std::bit_cast<uint64_t>(value));
  hash.add(program.code().size());
  for (const Instruction& step : program.code()) {
    hash.add(info(step.op).name);
    for (uint8_t operand : operands_of(step)) hash.add(operand);
  }
  for (uint8_t output : program.outputs()) hash.add(output);
  return hash.value();
}

// Linear scan: a result may take the slot of an operand that is used for the last time, since
// interpreters go element by element. Outputs keep their slots to the end.
std::vector<uint8_t> allocate_slots(const PointwiseProgram& program, int* count) {
  const auto code = program.code();
  const int first = program.first_result();
  const int end = static_cast<int>(code.size());
  std::vector<int> last_use(code.size());
  for (int i = 0; i < end; ++i) {
    for (uint8_t operand : operands_of(code[static_cast<size_t>(i)])) {
      if (operand >= first) last_use[static_cast<size_t>(operand - first)] = i;
    }
  }
  for (uint8_t output : program.outputs()) last_use[static_cast<size_t>(output - first)] = end;

  std::vector<uint8_t> slots(code.size());
  std::vector<bool> taken;
  for (int i = 0; i < end; ++i) {
    for (uint8_t operand : operands_of(code[static_cast<size_t>(i)])) {
      if (operand >= first && last_use[static_cast<size_t>(operand - first)] == i) {
        taken[slots[static_cast<size_t>(operand - first)]] = false;
      }
    }
    const auto free = std::ranges::find(taken, false);
    const auto slot = static_cast<size_t>(free - taken.begin());
    if (free == taken.end()) taken.push_back(false);
    taken[slot] = true;
    slots[static_cast<size_t>(i)] = static_cast<uint8_t>(slot);
  }
  *count = static_cast<int>(taken.size());
  return slots;
}

}  // namespace pointwise

PointwiseProgram::Gradients::~Gradients() {
  Entry* entry = head.load(std::memory_order_acquire);
  while (entry != nullptr) delete std::exchange(entry, entry->next);
}

PointwiseProgram::~PointwiseProgram() = default;

const PointwiseGradient& PointwiseProgram::gradient(const InputSet& wanted) const {
  if (const PointwiseGradient* known = gradients_->find(wanted)) return *known;
  const std::lock_guard lock(gradients_->building);
  if (const PointwiseGradient* known = gradients_->find(wanted)) return *known;
  auto entry = std::make_unique<Gradients::Entry>(
      Gradients::Entry{wanted, pointwise::differentiate(*this, wanted),
                       gradients_->head.load(std::memory_order_relaxed)});
  const PointwiseGradient& result = entry->gradient;
  gradients_->head.store(entry.release(), std::memory_order_release);
  return result;
}

std::string PointwiseProgram::to_string() const {
  const auto value_name = [&](int value) {
    if (value < first_scalar()) return fmt::format("x{}", value);
    if (value < first_constant()) return fmt::format("s{}", value - first_scalar());
    if (value < first_result()) {
      return fmt::format("{}", constants_[static_cast<size_t>(value - first_constant())]);
    }
    return fmt::format("v{}", value - first_result());
  };
  const auto list = [&](auto values) {
    std::string text;
    for (uint8_t value : values) text += (text.empty() ? "" : ", ") + value_name(value);
    return text;
  };
  std::string text =
      fmt::format("{}: {} inputs, {} scalars, {} slots\n", name_, inputs_, scalars_, slot_count_);
  for (size_t i = 0; i < code_.size(); ++i) {
    text += fmt::format("  v{} = {}({})\n", i, info(code_[i].op).name,
                        list(pointwise::operands_of(code_[i])));
  }
  return text + fmt::format("  -> {}\n", list(std::span<const uint8_t>(outputs_)));
}

const ProgramPtr& program_of(Opcode op) {
  // Never destroyed: ops may still run from the destructors of other statics.
  static const auto& programs = *new auto([] {
    std::array<ProgramPtr, kOpcodeCount> all;
    for (int i = 0; i < kOpcodeCount; ++i) {
      const auto opcode = static_cast<Opcode>(i);
      const int arity = info(opcode).arity;
      PointwiseBuilder b(std::string(info(opcode).name), arity);
      const auto operand = [&](int k) { return k < arity ? b.input(k) : PointwiseValue(0.0); };
      b.output(b.apply(opcode, operand(0), operand(1), operand(2)));
      b.rule(info(opcode).rule);
      all[static_cast<size_t>(i)] = b.build();
    }
    return all;
  }());
  return programs[static_cast<size_t>(op)];
}

}  // namespace ct
