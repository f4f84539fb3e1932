// All of ct::io.
#pragma once

#include "customtensor/io/atomic_file.hpp"
#include "customtensor/io/safetensors.hpp"
