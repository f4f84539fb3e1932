// Complex numbers: tensors of complex64 and complex128, pairs of a real and an imaginary part.
//
// Arithmetic, functions, comparisons, sums, products of matrices, picking, joining and views take
// them as they take other numbers; what has no meaning for them, such as an order, is a DTypeError.
// Gradients are PyTorch's: of a real loss L that of z is dL/dRe(z) + i dL/dIm(z).
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

/// re + i im; both broadcast. complex128 where either is float64, else complex64.
///
/// Shapes:   re, im that broadcast -> the same
/// Errors:   DTypeError unless both are float32 or float64; ShapeError, DeviceError
/// Gradient: dre = Re(g), dim = Im(g)
/// Source:   torch.complex
CT_API Tensor complex(const Tensor& re, const Tensor& im);

/// abs * exp(i angle). Errors: as complex. Source: torch.polar
CT_API Tensor polar(const Tensor& abs, const Tensor& angle);

/// Re(z), as a view of every second number; a real tensor is its own. Source: torch.real
CT_API Tensor real(const Tensor& z);
/// Im(z), likewise a view. Errors: DTypeError for a real tensor. Source: torch.imag
CT_API Tensor imag(const Tensor& z);

/// Re(z) - i Im(z); a real tensor is its own. Gradient: conj(g). Source: torch.conj, resolved
CT_API Tensor conj(const Tensor& z);

/// The angle of z in (-π, π]; of real numbers 0, π below zero and NaN of NaN. Source: torch.angle
CT_API Tensor angle(const Tensor& z);

/// Both parts as a last axis of size 2: a view.
///
/// Shapes: z (…) -> (…, 2)
/// Errors: DTypeError for a real tensor
/// Source: torch.view_as_real
CT_API Tensor view_as_real(const Tensor& z);

/// The opposite view.
///
/// Shapes: x (…, 2), float32 or float64 -> (…)
/// Errors: DTypeError for other types; ShapeError unless the last axis has size 2 and stride 1, and
///         all else is at even places
/// Source: torch.view_as_complex
CT_API Tensor view_as_complex(const Tensor& x);

}  // namespace ct
