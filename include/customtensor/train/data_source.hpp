// The pictures that a --data word stands for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customtensor/data.hpp"
#include "customtensor/export.hpp"
#include "customtensor/train/models.hpp"

namespace ct::train {

struct ClassificationData {
  data::DatasetPtr train, test;
  ImageShape image;
  std::vector<std::string> classes;  ///< image.classes names
};

/// How the files of a data set are read.
struct DataOptions {
  bool linear_light = false;                 ///< see data::ImageOptions
  int64_t max_pixels = int64_t{1} << 28;     ///< of a picture file, likewise
  int64_t max_idx_bytes = int64_t{4} << 30;  ///< of an IDX file: see data::IdxOptions
};

/// "fashion-mnist": the IDX files in $CT_DATA_DIR/fashion-mnist if that variable is set, else where
/// Debian's package dataset-fashion-mnist puts them.
/// "images:DIR": pictures in DIR/train/CLASS/ and DIR/test/CLASS/, scaled to 32x32 RGB.
/// A folder: MNIST's four IDX files; as many classes as the largest label says.
/// With `limit` > 0: that many pictures of each split, evenly spaced.
///
/// Errors: UsageError for a word that is none of these; IoError for files that are missing, damaged
/// or do not fit together, with what to install where that is known
CT_API ClassificationData open_classification_data(const std::string& word, int64_t limit = 0,
                                                   const DataOptions& options = {});

/// Its `image`, without reading pictures. Errors: as above.
CT_API ImageShape classification_image(const std::string& word);

}  // namespace ct::train
