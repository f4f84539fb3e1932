// All tensor operations.
#pragma once

#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/bitwise.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/einsum.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/loss.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/norm.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/scan.hpp"
#include "customtensor/ops/shape.hpp"
#include "customtensor/ops/sort.hpp"
