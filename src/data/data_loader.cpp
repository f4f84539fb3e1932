// The order of an epoch, and the threads that prepare its batches ahead of the caller.
#include "customtensor/data/data_loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <span>
#include <thread>

#include "customtensor/error.hpp"
#include "customtensor/random.hpp"

namespace ct::data {
namespace {

uint64_t draw(uint64_t key, uint64_t counter) {
  const auto words = philox4x32(key, counter);
  return uint64_t{words[1]} << 32 | words[0];
}

// A stream of its own for each epoch, apart from the one that weights are drawn from.
uint64_t epoch_key(uint64_t seed, int64_t epoch) {
  return draw(~seed, ~static_cast<uint64_t>(epoch));
}

}  // namespace

// One pass over the data. Batch b is prepared in slot b % slots; a worker takes the next batch when
// its slot is free, so that at most that many are in memory.
struct DataLoader::Iterator::Epoch {
  struct Slot {
    Batch batch;
    std::exception_ptr error;
    bool ready = false;
  };

  Epoch(DatasetPtr dataset_, std::vector<int64_t> order_, const DataLoaderOptions& options,
        uint64_t key_, int64_t first, int64_t end_)
      : dataset(std::move(dataset_)),
        order(std::move(order_)),
        batch_size(options.batch_size),
        key(key_),
        position(first),
        claimed(first),
        consumed_to(first),
        end(end_) {
    const int64_t workers = std::min(options.workers, end - first);
    if (workers == 0) return;
    slots.resize(static_cast<size_t>(2 * workers));
    threads.reserve(static_cast<size_t>(workers));
  }

  ~Epoch() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    slot_free.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void start() {
    for (size_t i = 0; i < slots.size() / 2; ++i) threads.emplace_back([this] { work(); });
  }

  /// Makes batch `position` the current one.
  void fetch() {
    current = Batch();
    if (position == end) return;
    if (threads.empty()) {
      current = make(position);
      return;
    }
    std::unique_lock lock(mutex);
    Slot& slot = slot_of(position);
    batch_ready.wait(lock, [&] { return slot.ready; });
    Slot taken = std::exchange(slot, Slot());
    consumed_to = position + 1;
    lock.unlock();
    slot_free.notify_one();
    if (taken.error) std::rethrow_exception(taken.error);
    current = std::move(taken.batch);
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      slot_free.wait(lock, [&] { return stop || claimed == end || has_free_slot(); });
      if (stop || claimed == end) return;
      const int64_t b = claimed++;
      lock.unlock();
      Slot made;
      try {
        made.batch = make(b);
      } catch (...) {
        made.error = std::current_exception();
      }
      made.ready = true;
      lock.lock();
      slot_of(b) = std::move(made);
      batch_ready.notify_one();
    }
  }

  // Random changes that a data set makes to its pictures depend on the batch alone, not on the
  // thread.
  Batch make(int64_t b) const {
    const StreamGuard guard(draw(key, ~static_cast<uint64_t>(b)));
    const auto all = std::span(order);
    const auto first = static_cast<size_t>(b * batch_size);
    return dataset->get(
        all.subspan(first, std::min(static_cast<size_t>(batch_size), all.size() - first)));
  }

  Slot& slot_of(int64_t b) { return slots[static_cast<size_t>(b) % slots.size()]; }
  bool has_free_slot() const { return claimed < consumed_to + static_cast<int64_t>(slots.size()); }

  const DatasetPtr dataset;
  const std::vector<int64_t> order;
  const int64_t batch_size;
  const uint64_t key;

  Batch current;     // the caller's
  int64_t position;  // of the caller

  std::mutex mutex;  // guards what follows
  std::condition_variable slot_free, batch_ready;
  std::vector<Slot> slots;
  int64_t claimed;      // the next batch that no worker has
  int64_t consumed_to;  // batches before this one have left their slots
  const int64_t end;
  bool stop = false;
  std::vector<std::thread> threads;
};

DataLoader::DataLoader(DatasetPtr dataset, const DataLoaderOptions& options)
    : dataset_(std::move(dataset)), options_(options) {
  if (dataset_ == nullptr) throw ValueError("DataLoader: no dataset was given");
  constexpr int64_t kMostWorkers = 256;
  if (options.batch_size < 1 || options.workers < 0 || options.workers > kMostWorkers) {
    throw ValueError(fmt::format(
        "DataLoader: batch_size must be at least 1 and workers 0 to {}: batch_size {}, workers {}",
        kMostWorkers, options.batch_size, options.workers));
  }
}

int64_t DataLoader::batches() const {
  const int64_t n = dataset_->size();
  const int64_t whole = n / options_.batch_size;
  return whole + (!options_.drop_last && n % options_.batch_size != 0 ? 1 : 0);
}

void DataLoader::skip(int64_t batches) {
  if (batches < 0 || batches > this->batches()) {
    throw ValueError(fmt::format("DataLoader::skip: {} batches are not possible: an epoch has {}",
                                 batches, this->batches()));
  }
  skip_ = batches;
}

std::vector<int64_t> DataLoader::order(int64_t epoch) const {
  std::vector<int64_t> order(static_cast<size_t>(dataset_->size()));
  std::iota(order.begin(), order.end(), int64_t{0});
  if (!options_.shuffle) return order;
  // Fisher and Yates. The remainder's bias is below n / 2^64.
  const uint64_t key = epoch_key(options_.seed, epoch);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw(key, i) % i]);
  return order;
}

DataLoader::Iterator DataLoader::begin() {
  const int64_t epoch = epoch_++;
  const int64_t first = std::exchange(skip_, 0);
  return Iterator(std::make_shared<Iterator::Epoch>(
      dataset_, order(epoch), options_, epoch_key(options_.seed, epoch), first, batches()));
}

DataLoader::Iterator::Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) {
  epoch_->start();
  epoch_->fetch();
}

Batch& DataLoader::Iterator::operator*() const { return epoch_->current; }

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  ++epoch_->position;
  epoch_->fetch();
  return *this;
}

bool DataLoader::Iterator::done() const { return epoch_->position == epoch_->end; }

}  // namespace ct::data
