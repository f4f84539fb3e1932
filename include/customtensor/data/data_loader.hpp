// DataLoader: batches of a dataset, shuffled, prepared ahead by threads.
//
// Order is a function of (seed, epoch) alone, whatever the number of workers, so a run can be
// repeated, and resumed in the middle of an epoch.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "customtensor/data/dataset.hpp"
#include "customtensor/export.hpp"

namespace ct::data {

struct DataLoaderOptions {
  int64_t batch_size = 1;  ///< >= 1
  bool shuffle = false;
  uint64_t seed = 0;
  bool drop_last = false;  ///< leave out a last batch that is not full
  int64_t workers = 0;     ///< threads that prepare batches ahead; 0: the caller's thread
};

///   for (auto& [images, labels] : loader) …
/// Each loop is the next epoch. Several loops may run at once; the loader itself is used by one
/// thread at a time.
class CT_API DataLoader {
 public:
  class Iterator;

  /// Errors: ValueError for options out of range.
  DataLoader(DatasetPtr dataset, const DataLoaderOptions& options = {});
  template <std::derived_from<Dataset> D>
  explicit DataLoader(D dataset, const DataLoaderOptions& options = {})
      : DataLoader(DatasetPtr(std::make_shared<const D>(std::move(dataset))), options) {}

  /// Batches of a whole epoch.
  int64_t batches() const;
  const DataLoaderOptions& options() const { return options_; }
  const Dataset& dataset() const { return *dataset_; }

  /// The number of the epoch that begin() starts next, from 0.
  int64_t epoch() const { return epoch_; }
  void set_epoch(int64_t epoch) { epoch_ = epoch; }
  /// Lets the next loop, and only that, leave out its first `batches`: to resume within an epoch.
  /// Errors: ValueError unless 0 <= batches <= batches().
  void skip(int64_t batches);

  /// The numbers of the samples in the order of `epoch`.
  std::vector<int64_t> order(int64_t epoch) const;

  /// Starts the next epoch. Errors of the dataset arise where the batch is reached, here or in ++.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

 private:
  DatasetPtr dataset_;
  DataLoaderOptions options_;
  int64_t epoch_ = 0, skip_ = 0;
};

/// Input iterator over one epoch. The batch is its own until ++; copies share their place.
class CT_API DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;

  Batch& operator*() const;
  Batch* operator->() const { return &**this; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& a, std::default_sentinel_t) { return a.done(); }

 private:
  friend class DataLoader;
  struct Epoch;
  explicit Iterator(std::shared_ptr<Epoch> epoch);
  bool done() const;

  std::shared_ptr<Epoch> epoch_;
};

}  // namespace ct::data
