"""A product with 8-bit weights and 8-bit inputs, for processors with instructions for it (VNNI).

Inputs are bytes on a fixed scale, from the range that was seen when the encoder was made smaller: a scale taken from
each batch would let a text's labels depend on its neighbours. Sums are exact integers; the result is float32, or
bytes again for a product that follows at once. (Jacob et al. 2018, Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference, section 2.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ByteScale:
    """How numbers become bytes: byte = number / step + zero, cut off at 0 and 255."""

    step: float
    zero: int
    divisor: Tensor | None = None
    """By what each channel is divided before, None for nothing: a few large ones would leave the others few steps."""

    @classmethod
    def over(cls, low: float, high: float, divisor: Tensor | None = None) -> "ByteScale":
        """Return the scale of a range; 0 is always in it, and exact.

        >>> ByteScale.over(-50.0, 77.5)
        ByteScale(step=0.5, zero=100, divisor=None)
        """
        low, high = min(low, 0.0), max(high, 0.0)
        step = max(high - low, 1e-6) / 255
        return cls(step, round(-low / step), divisor)

    def bytes(self, x: Tensor) -> Tensor:
        """Return uint8 of the same shape [..., channels], rounded to the nearest.

        >>> ByteScale(0.5, 10).bytes(torch.tensor([-9.0, 0.0, 1.0, 999.0])).tolist()
        [0, 10, 12, 255]
        >>> ByteScale(0.5, 10, torch.tensor([1.0, 4.0])).bytes(torch.tensor([4.0, 4.0])).tolist()
        [18, 12]
        """
        half = torch.tensor(self.zero + 0.5)  # the cut to whole numbers then rounds
        if self.divisor is None:
            numbers = torch.add(half, x, alpha=1 / self.step)
        else:
            numbers = torch.addcmul(half, x, 1 / (self.step * self.divisor))
        return numbers.clamp_(0, 255).to(torch.uint8)


def is_native(device: torch.device) -> bool:
    """Return whether a device multiplies bytes natively; others take the weights as floats again.

    Without VNNI the older instructions overflow in 16 bits, so it is not only slower there but wrong.
    """
    return device.type == "cpu" and torch.cpu._is_vnni_supported() and torch._C._has_mkldnn


def product(
    weight: Tensor, scale: Tensor, bias: Tensor, inputs: ByteScale, *, gelu: bool = False, then: ByteScale | None = None
) -> Callable[[Tensor], Tensor]:
    """Return x → x · weight + bias for int8 weights [out, in] with factors [out].

    x is float32, or bytes on the scale of the inputs, whose divisor the weights are multiplied by already; the result
    is float32, or bytes on the scale `then`, which divides nothing.
    """
    packed = torch.ops.onednn.qlinear_prepack(weight.contiguous(), None)
    zeros = torch.zeros(len(scale), dtype=torch.int64)
    after: tuple[str, list[float], str] = ("gelu", [], "none") if gelu else ("none", [], "")
    out = (then.step, then.zero, torch.uint8) if then else (1.0, 0, torch.float32)

    def run(x: Tensor) -> Tensor:
        x = x if x.dtype is torch.uint8 else inputs.bytes(x)
        found: Tensor = torch.ops.onednn.qlinear_pointwise(
            x, inputs.step, inputs.zero, packed, scale, zeros, bias, *out, *after
        )
        return found

    return run
