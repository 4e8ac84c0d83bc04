"""The decoder's and the output's products in 8 bits: half of what bf16 costs, a tenth where there is no bf16.

Weights have a scale for each row. What they are multiplied with has one for each row of a batch, taken from that row
alone; and sums of 8-bit products are exact integers, in whatever order they are added. So, other than with a scale
for a whole batch, these products do not depend on a sentence's neighbours (the encoder's, in bf16, may).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor, nn

from seq2seq.attention import MultiHeadAttention
from seq2seq.errors import UsageError
from seq2seq.model import Seq2Seq

_CAN: Mapping[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch cannot say
_WHOLE = bool(_CAN.get("avx512_vnni") or _CAN.get("avx_vnni") or _CAN.get("avx512_bf16"))
# A row's largest number becomes 255 or 1 of 8 bits without a sign. Processors without instructions for such products
# add pairs of them in 16 bits, which 8 bits times 8 overflow: there, 7 bits.
LARGEST, ZERO = (127, 128) if _WHOLE else (63, 64)


class Int8Linear(nn.Module):
    """x · weightᵀ + bias in 8 bits; numbers go in and come out as float32."""

    def __init__(self, weight: Tensor, bias: Tensor | None, *, bounded: bool = False) -> None:
        """bounded: are all x between -1 and 1, as a recurrent cell's outputs are? Then rows need no scale."""
        super().__init__()
        self.bounded = bounded
        self.bias = None if bias is None else bias.detach().float()
        self.packed = _pack(weight.detach().float(), self.bias if bounded else None)

    def forward(self, x: Tensor) -> Tensor:
        """x (…, K) → float32 (…, M)."""
        x = x.float()
        multiply = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32.default  # else torch looks for it
        if self.bounded:
            return multiply(x, 1 / LARGEST, ZERO, self.packed)
        largest = x.abs().amax(-1, keepdim=True).clamp_(min=1e-30)  # (…, 1)
        product = multiply(x / largest, 1 / LARGEST, ZERO, self.packed)  # (…, M)
        return product.mul_(largest) if self.bias is None else torch.addcmul(self.bias, product, largest)


@cache
def is_fast() -> bool:
    """Can torch multiply in 8 bits here, and the processor add such products whole, so that 8 bits are all used?"""
    try:
        Int8Linear(torch.eye(2), None)(torch.ones(1, 2))
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
    return _WHOLE


def quantize(model: Seq2Seq, dtype: torch.dtype) -> None:
    """Changes a model of float32 on a CPU: its decoder's steps and its output are in 8 bits, on float32, and its
    encoder and embeddings in `dtype`.

    `UsageError` where torch cannot do that here.
    """
    try:
        model.product = Int8Linear(model.tgt_embedding.weight, None)
        for layer in model.decoder.layers:
            input_weight, hidden_weight, input_bias, hidden_bias = layer.cells.layer.all_weights[0]
            layer.cells.products = nn.ModuleList(
                [Int8Linear(input_weight, input_bias), Int8Linear(hidden_weight, hidden_bias, bounded=True)]
            )
            if isinstance(layer.attention, MultiHeadAttention):
                for name in ("query", "key", "value", "output"):
                    linear = getattr(layer.attention, name)
                    setattr(layer.attention, name, Int8Linear(linear.weight, linear.bias))
    except (RuntimeError, AttributeError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"torch cannot multiply in 8 bits here ({reason}); use --precision auto") from None
    for part in (model.encoder, model.src_embedding, model.tgt_embedding):
        if part is not None:
            part.to(dtype)


def _pack(weight: Tensor, bias: Tensor | None) -> object:
    """weight float32 (M, K) in 8 bits with a scale for each row, and bias (M,), as torch's kernel wants them."""
    scales = (weight.abs().amax(1) / 127).clamp_(min=1e-30)  # (M,)
    whole = (weight / scales[:, None]).round_().to(torch.int8)  # as quantize_per_channel, in a seventh of its time
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # tensors that know their scale will leave torch one day
        quantized = torch._make_per_channel_quantized_tensor(whole, scales.double(), torch.zeros(len(whole)).long(), 0)
    return torch.ops.quantized.linear_prepack(quantized, bias)
