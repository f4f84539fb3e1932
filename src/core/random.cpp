// Streams: a seed is Philox's key, a position its counter's lower 64 bits. Words 2 and 3 of the
// counter are 0 in every draw; the seeds of threads come from where they are not.
#include "customtensor/random.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "core/philox.hpp"

namespace ct {

namespace {

std::array<uint32_t, 4> words(uint64_t seed, uint64_t counter, uint32_t domain) {
  return philox::block(
      {static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32), domain, 0},
      {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

/// The seed of all default streams, and how many were handed out under it.
struct Family {
  std::mutex mutex;
  uint64_t seed = 0;
  uint64_t next = 0;
  std::atomic<uint64_t> seeded{1};  ///< counts manual_seed
};

Family& family() {
  static auto& instance = *new Family;  // leaked: threads may draw until the very end
  return instance;
}

/// A thread's default stream.
struct Own {
  Generator generator;
  std::optional<uint64_t> given;  ///< the seed it was given; if it has another, somebody chose that
  uint64_t seeded = 0;            ///< family().seeded when that was; 0: not yet
};

Own& own() {
  static thread_local Own instance;
  return instance;
}

}  // namespace

std::array<uint32_t, 4> philox4x32(uint64_t seed, uint64_t counter) {
  return words(seed, counter, 0);
}

// A block gives two values in float64 and four in the other types. Two are reckoned for all, so
// that the stream goes on at the same place whatever was drawn.
RandomState Generator::take(int64_t count) {
  const RandomState start = state_;
  state_.offset += (static_cast<uint64_t>(std::max<int64_t>(count, 0)) + 1) / 2;
  return start;
}

uint64_t stream_seed(uint64_t seed, uint64_t number) {
  if (number == 0) return seed;
  const auto drawn = words(seed, number, 1);
  return uint64_t{drawn[1]} << 32 | drawn[0];
}

Generator& default_generator() {
  Own& mine = own();
  Family& all = family();
  if (mine.seeded == all.seeded.load(std::memory_order_acquire)) return mine.generator;
  const std::lock_guard lock(all.mutex);
  const bool by_hand = mine.seeded != 0 && mine.generator.state().seed != mine.given;
  mine.seeded = all.seeded.load(std::memory_order_relaxed);
  if (by_hand) return mine.generator;
  mine.given = stream_seed(all.seed, all.next++);
  mine.generator.manual_seed(*mine.given);
  return mine.generator;
}

void manual_seed(uint64_t seed) {
  Own& mine = own();
  Family& all = family();
  const std::lock_guard lock(all.mutex);
  all.seed = seed;
  all.next = 1;
  mine = {Generator(seed), std::nullopt, all.seeded.fetch_add(1, std::memory_order_acq_rel) + 1};
}

StreamGuard::StreamGuard(uint64_t seed) {
  Own& mine = own();
  generator_ = mine.generator;
  given_ = mine.given;
  seeded_ = mine.seeded;
  mine = {Generator(seed), std::nullopt, family().seeded.load(std::memory_order_acquire)};
}

StreamGuard::~StreamGuard() { own() = {generator_, given_, seeded_}; }

}  // namespace ct
