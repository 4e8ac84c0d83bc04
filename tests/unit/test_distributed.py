"""Processes that were launched together find each other, or say why they cannot."""

from __future__ import annotations

import pytest
import torch

from seq2seq.distributed import Launch, World, joined
from seq2seq.errors import UsageError


def test_a_process_alone_joins_nobody() -> None:
    with joined(Launch()) as world:
        assert world == World()


def test_a_process_without_a_gpu_of_its_own_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with (
        pytest.raises(UsageError, match=r"no GPU for process 1 .*has 1; .*CUDA_VISIBLE_DEVICES="),
        joined(Launch(rank=1, size=2, local_rank=1)),
    ):
        pytest.fail("it has joined")
