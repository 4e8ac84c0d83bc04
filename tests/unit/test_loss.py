"""The fused loss against the textbook's formulas, written out."""

from __future__ import annotations

import pytest
import torch

from seq2seq import loss as loss_module
from seq2seq.loss import linear_cross_entropy


def by_hand(
    hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, smoothing: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss token by token and word by word."""
    loss = nll = torch.zeros((), dtype=torch.float64)
    for vector, target in zip(hidden, targets.tolist(), strict=True):
        log_probs = torch.log_softmax((weight @ vector).double(), dim=0)
        nll = nll - log_probs[target]
        for word in range(len(weight)):
            q = smoothing / len(weight) + (1 - smoothing) * (word == target)
            loss = loss - q * log_probs[word]
    return loss, nll


@pytest.mark.parametrize("way", ["_in_cache", "_in_few_passes"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_and_gradients_are_those_of_the_formula(
    smoothing: float, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loss_module, "SLICE", 4)
    monkeypatch.setattr(loss_module, "SLICES", 2)  # 8 tokens held and then 2, in three slices
    monkeypatch.setattr(loss_module, "_in_cache", getattr(loss_module, way))  # the other one is a GPU's
    torch.manual_seed(0)
    hidden = torch.randn(10, 6, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(13, 6, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(0, 13, (10,))

    loss, nll = linear_cross_entropy(hidden, weight, targets, smoothing)
    wanted_loss, wanted_nll = by_hand(hidden, weight, targets, smoothing)
    torch.testing.assert_close(loss, wanted_loss)
    torch.testing.assert_close(nll, wanted_nll)

    gradients = torch.autograd.grad(3 * loss, (hidden, weight))
    wanted = torch.autograd.grad(3 * wanted_loss, (hidden, weight))
    torch.testing.assert_close(gradients, wanted)


def test_gradients_agree_with_finite_differences() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(0, 7, (5,))
    assert torch.autograd.gradcheck(lambda h, w: linear_cross_entropy(h, w, targets, 0.1)[0], (hidden, weight))


def test_bfloat16_products_give_the_same_loss_and_gradient_to_their_precision() -> None:
    torch.manual_seed(0)
    weight = (torch.randn(50, 32) / 32**0.5).requires_grad_()
    exact = torch.randn(40, 32, requires_grad=True)
    rounded = exact.detach().bfloat16().requires_grad_()
    targets = torch.randint(0, 50, (40,))
    wanted, _ = linear_cross_entropy(exact, weight, targets, 0.1)
    [wanted_grad] = torch.autograd.grad(wanted, weight)
    loss, _ = linear_cross_entropy(rounded, weight, targets, 0.1)
    [grad] = torch.autograd.grad(loss, weight)
    assert loss.item() == pytest.approx(wanted.item(), rel=5e-3)
    assert (grad - wanted_grad).norm() < 0.02 * wanted_grad.norm()
