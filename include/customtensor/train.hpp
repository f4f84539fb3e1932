// Training classifiers: models by name, the loop, whole runs with their files, predictions.
#pragma once

#include "customtensor/train/choices.hpp"
#include "customtensor/train/classify.hpp"
#include "customtensor/train/config.hpp"
#include "customtensor/train/data_source.hpp"
#include "customtensor/train/figures.hpp"
#include "customtensor/train/metrics.hpp"
#include "customtensor/train/models.hpp"
#include "customtensor/train/predict.hpp"
#include "customtensor/train/progress.hpp"
#include "customtensor/train/report.hpp"
#include "customtensor/train/trainer.hpp"
#include "customtensor/train/warmup.hpp"
