"""Label-smoothed cross-entropy over a large vocabulary, without keeping its logits.

The logits of a batch are its largest tensor by far. Here they exist for some of
the tokens at a time, and become their own gradient slice by slice, in one pass
over the exponentials; only the gradients of the hidden vectors and of the
weight are kept.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

SLICE = 256  # tokens at a time: 8 MB of float32 at V = 8,000, which stay in a processor's cache
SLICES = 8  # whose logits are held, 32 MB in bfloat16: each addition to the weight's gradient passes over all of it
GPU_LOGITS = 2**27  # a GPU has the room, and each of its kernels a price: 256 MB in bfloat16


def _in_cache(logits: Tensor, target: Tensor, smoothing: float, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """Of logits (n, V) and target int64 (n, 1): the softmax's log-normalizer, the target's logit and the mean one,
    `dtype` (n, 1) each. The logits become the loss's gradient."""
    values = logits.to(dtype)
    largest = values.amax(-1, keepdim=True)
    at_target, mean = values.gather(1, target), values.mean(-1, keepdim=True)
    probs = values.sub_(largest).exp_()
    normalizer = probs.sum(-1, keepdim=True)
    grad = probs.div_(normalizer).sub_(smoothing / logits.size(1))
    grad.scatter_add_(1, target, grad.new_full(target.shape, smoothing - 1))
    logits.copy_(grad)
    return normalizer.log() + largest, at_target, mean


def _in_few_passes(logits: Tensor, target: Tensor, smoothing: float, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """The same where memory is what takes time, as on a GPU: half of the bytes are read and written."""
    largest = logits.amax(-1, keepdim=True).to(dtype)
    at_target, mean = logits.gather(1, target).to(dtype), logits.mean(-1, keepdim=True, dtype=dtype)
    probs = logits.softmax(-1, dtype=dtype)
    log_normalizer = largest - probs.amax(-1, keepdim=True).log()
    grad = torch.sub(probs, smoothing / logits.size(1), out=logits)
    grad.scatter_add_(1, target, grad.new_full(target.shape, smoothing - 1))
    return log_normalizer, at_target, mean


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, smoothing: float) -> tuple[Tensor, Tensor]:
        compute = weight.to(hidden.dtype)
        wants_grad = any(ctx.needs_input_grad)
        grad_hidden = torch.empty_like(hidden) if wants_grad else None
        grad_weight = torch.zeros_like(weight) if wants_grad else None
        loss, nll = torch.zeros(2, dtype=torch.float64, device=hidden.device)
        on_cpu = hidden.device.type == "cpu"
        size = SLICE if on_cpu else max(SLICE, GPU_LOGITS // len(weight))
        look = _in_cache if on_cpu else _in_few_passes
        held = SLICES * size if on_cpu else size
        for some in (slice(start, start + held) for start in range(0, len(hidden), held)):
            logits = hidden[some] @ compute.t()  # (held, V)
            for part, target in zip(logits.split(size), targets[some, None].split(size), strict=True):
                log_normalizer, at_target, mean = look(part, target, smoothing, weight.dtype)
                nll = nll + (log_normalizer - at_target).sum()
                loss = loss + (log_normalizer - (1 - smoothing) * at_target - smoothing * mean).sum()
            if grad_hidden is not None and grad_weight is not None:
                grad_hidden[some] = logits @ compute
                grad_weight += logits.t() @ hidden[some]
        ctx.save_for_backward(grad_hidden, grad_weight)
        ctx.mark_non_differentiable(nll)
        return loss, nll

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, _: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grad_loss.to(grad_hidden.dtype), grad_weight * grad_loss.to(grad_weight.dtype), None, None


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, targets: Tensor, smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """The loss of predicting `targets` from softmax(hidden · weightᵀ), summed over tokens.

    hidden (n, D), weight (V, D), targets int64 (n,). Returns two float64 scalars: the loss against the
    smoothed target (1 - smoothing) · one-hot + smoothing / V (Szegedy et al. 2016, arXiv 1512.00567), which
    carries the gradient, and the plain negative log-likelihood in nats, which does not. Products are computed
    in hidden's type, the softmax in weight's.
    """
    with torch.autocast(hidden.device.type, enabled=False):
        loss, nll = _LinearCrossEntropy.apply(hidden, weight, targets, smoothing)  # type: ignore[no-untyped-call]
    return loss, nll
