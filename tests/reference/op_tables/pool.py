"""Pools of one to three axes, with places, of given sizes, of powers, at random places, and back (PyTorch 2.13)."""
from itertools import product

import torch.nn.functional as F

from op_data import t, whole

SIZES = {1: (2, 3, 9), 2: (2, 3, 9, 7), 3: (1, 2, 6, 7, 5)}


def add_cases(w):
    def add(op, shape, args, fn, **more):
        w.add(op, [t(shape)], args, fn, tolerance=3e-6, relative="scale", **more)

    def lists(axes, n):
        return {1: [n], 2: [n, max(n - 1, 1)], 3: [max(n - 1, 1), n, n]}[axes]

    for axes in (1, 2, 3):
        both = getattr(F, f"max_pool{axes}d_with_indices")
        average = getattr(F, f"avg_pool{axes}d")
        for kernel, stride, padding, dilation, ceil in product((2, 3), (1, 2, 3), (0, 1), (1, 2), (False, True)):
            if dilation * (kernel - 1) + 1 > 5 + 2 * padding:
                continue
            args = {"kernel_size": lists(axes, kernel), "stride": lists(axes, stride),
                    "padding": [min(padding, k // 2) for k in lists(axes, kernel)], "dilation": [dilation] * axes, "ceil_mode": ceil}
            add(f"max_pool{axes}d_with_indices", SIZES[axes], args, both)
        for kernel, padding, ceil, include in product((2, 3), (0, 1), (False, True), (False, True)):
            args = {"kernel_size": lists(axes, kernel), "stride": [2] * axes,
                    "padding": [min(padding, k // 2) for k in lists(axes, kernel)], "ceil_mode": ceil,
                    "count_include_pad": include}
            add(f"avg_pool{axes}d", SIZES[axes], args, average)
            if axes > 1:
                add(f"avg_pool{axes}d", SIZES[axes], {**args, "divisor_override": 5}, average)
        unbatched = SIZES[axes][1:]
        args = {"kernel_size": lists(axes, 4), "stride": [1] * axes, "padding": [1] * axes, "ceil_mode": True}
        add(f"max_pool{axes}d_with_indices", unbatched, {**args, "dilation": [1] * axes}, both)
        add(f"avg_pool{axes}d", unbatched, args, average)
        for sizes in ([1] * axes, [3, 2, 4][:axes], [5, 4, 3][:axes], [2, 7, 5][:axes]):
            add(f"adaptive_max_pool{axes}d", SIZES[axes], {"output_size": sizes},
                getattr(F, f"adaptive_max_pool{axes}d_with_indices"))
        for p, ceil in product((1.0, 2.0, 3.0), (False, True)):
            w.add(f"lp_pool{axes}d", [t(SIZES[axes], low=0.5, high=2)],
                  {"norm_type": p, "kernel_size": lists(axes, 2), "stride": lists(axes, 3), "ceil_mode": ceil},
                  (lambda x, norm_type, kernel_size, stride, ceil_mode, pool=getattr(F, f"lp_pool{axes}d"), axes=axes:
                   pool(x, norm_type, kernel_size if axes > 1 else kernel_size[0],
                        stride if axes > 1 else stride[0], ceil_mode)),
                  tolerance=1e-5, relative="scale")
        pooled = getattr(F, f"max_pool{axes}d_with_indices")
        back = getattr(F, f"max_unpool{axes}d")

        def there_and_back(x, kernel_size, stride, pooled=pooled, back=back):
            values, places = pooled(x, kernel_size, stride)
            return back(values * values, places, kernel_size, stride, output_size=x.shape[2:])
        for kernel in (2, 3):
            add(f"pool_and_unpool{axes}d", SIZES[axes],
                {"kernel_size": [kernel] * axes, "stride": [kernel] * axes}, there_and_back)
    for axes in (2, 3):
        pool = getattr(F, f"fractional_max_pool{axes}d_with_indices")
        shape = SIZES[axes]
        for kernel, size in (([2, 3, 2][:axes], [3, 2, 3][:axes]), ([2] * axes, [4, 5, 3][:axes])):
            w.add(f"fractional_max_pool{axes}d", [t(shape), t((*shape[:2], axes), low=0, high=0.999)],
                  {"kernel_size": kernel, "output_size": size},
                  (lambda x, u, kernel_size, output_size, pool=pool: pool(
                      x, kernel_size, output_size, _random_samples=u.detach())),
                  tolerance=3e-6, relative="scale")
