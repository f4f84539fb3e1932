// Building kernels ahead of time. A device such as custom_gpu builds each kernel when it is first
// used, seconds in all the first time on a machine; a step that changes nothing takes that out of
// the first real one.
#pragma once

#include <functional>

#include "customtensor/build_progress.hpp"
#include "customtensor/export.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/shape.hpp"

namespace ct {

/// Runs one training step of `model` on its device: forward of zeros of `shape`, in the dtype of
/// the model's first floating parameter (float32 if there is none), then backward from the result's
/// mean. Parameters, buffers, gradients and the thread's random stream are as before, also after an
/// error. `on_build` is told of each build meanwhile, see on_kernel_build. Waits for the device.
/// Errors: those of the model.
CT_API void warmup(nn::Module& model, const Shape& shape,
                   const std::function<void(const KernelBuild&)>& on_build = {});

/// The same for a step of one's own, with another loss, an optimizer or several inputs. What it
/// changes besides the model and the thread's random stream, such as an optimizer's state, stays
/// changed.
CT_API void warmup(nn::Module& model, const std::function<void()>& step,
                   const std::function<void(const KernelBuild&)>& on_build = {});

}  // namespace ct
