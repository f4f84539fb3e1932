// What `ct-train classify` is told, as data: kept in config.json and in the checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/export.hpp"

namespace ct::train {

/// What was asked for cannot be: a bad value, an unknown name. ct-train exits with 2.
class CT_API UsageError : public Error {
 public:
  using Error::Error;
  ~UsageError() override;
};

struct ClassifyConfig {
  std::string data = {};              ///< "fashion-mnist", "images:DIR" or a folder of IDX files
  std::string model = "cnn";          ///< one of classifier_names()
  int64_t epochs = 3;                 ///< 1 to 10^9
  int64_t batch_size = 64;            ///< 1 to 2^31 - 1
  double lr = 1e-3;                   ///< > 0
  std::string optimizer = "adam";     ///< one of optimizer_names()
  std::string schedule = "constant";  ///< one of schedule_names()
  double weight_decay = 0;            ///< L2 penalty, >= 0
  std::string device = "cpu";
  uint64_t seed = 0;    ///< initial weights, order of the pictures, dropout
  int64_t limit = 0;    ///< use this many training pictures (and at most as many test ones); 0: all
  int64_t workers = 1;  ///< threads that prepare batches, 0 to 64
  int64_t log_steps = 50;  ///< a line of metrics (split "train_steps") every so many steps, >= 1
  /// How the files of the data are read: see DataOptions.
  bool linear_light = false;
  int64_t max_pixels = int64_t{1} << 28;
  int64_t max_idx_bytes = int64_t{4} << 30;

  friend bool operator==(const ClassifyConfig&, const ClassifyConfig&) = default;
};

/// Errors: UsageError that names the flag, the value and what is allowed.
CT_API void validate(const ClassifyConfig& config);

/// Sets the field of that name ("batch_size") to what `text` says, as the flag --batch-size does.
/// Errors: UsageError that names the flag, the value and what is allowed, for a text that is not
/// all
///         of a number, or one out of range; ValueError if there is no such field
CT_API void set_field(ClassifyConfig& config, std::string_view name, const std::string& text);
/// What the field of that name is, as such a text. Errors: ValueError if there is none.
CT_API std::string field_text(const ClassifyConfig& config, std::string_view name);

/// The whole number that is the value of a flag. Errors: UsageError "<command>: <flag> is <text>:
/// must be a whole number from <least> to <most>".
CT_API int64_t parse_whole(std::string_view command, std::string_view flag, const std::string& text,
                           int64_t least, int64_t most);

/// A JSON object, one field a member.
CT_API std::string to_json(const ClassifyConfig& config);
/// Fields that are missing keep their default; but without "linear_light" it is true, as it was
/// before there was a choice. Errors: IoError that names the field if `json` is not such an object,
///         holds a field that is not known, or one of another kind or out of range
CT_API ClassifyConfig parse_classify_config(std::string_view json);

/// Lines "--lr: 0.01 now, 0.001 in the checkpoint" for the fields that a resumed run may not
/// change: all but device, workers, the limits of files, epochs under the constant schedule, and
/// linear_light where no pictures are stretched. (On another device a run goes on, but not bit for
/// bit.)
CT_API std::vector<std::string> resume_conflicts(const ClassifyConfig& now,
                                                 const ClassifyConfig& before);

}  // namespace ct::train
