"""Both caches are limited for whoever did not limit them himself."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from command import Done

from seq2seq.cli.kernels import TRANSLATING, keep_few

NAMES = ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that what is set meanwhile is taken back
        monkeypatch.delenv(name)


def test_translate_keeps_few_kernels(call: Callable[..., Done]) -> None:
    assert call("translate", "--input", "none.txt").returncode == 2
    assert tuple(int(os.environ[name]) for name in NAMES) == TRANSLATING


def test_what_the_environment_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMES[0], "7")
    keep_few((1, 2))
    assert [os.environ[name] for name in NAMES] == ["7", "2"]
