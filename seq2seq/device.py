"""Where to compute and in what type."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from seq2seq.config import PRECISIONS, one_of
from seq2seq.errors import UsageError


def choose_device(name: str) -> torch.device:
    """The device that `name` means; "auto" is a GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f'device "{name}" is not available here ({reason}); use cpu') from None
    return device


def choose_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The type that products are computed in; "auto" is bfloat16 where the hardware multiplies it."""
    one_of("precision", precision, PRECISIONS)
    if precision == "auto":
        precision = "bf16" if computes_bf16(device) else "fp32"
    return {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]


def computes_bf16(device: torch.device) -> bool:
    """Whether bfloat16 products are native, not emulated."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        known: Mapping[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch cannot say
        return bool(known.get("avx512_bf16") or known.get("amx_bf16") or known.get("bf16"))
    return False
