"""Where and in what type is computed: what there is, or a usage error."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from seq2seq import device as module
from seq2seq.device import choose_device, choose_dtype, computes_bf16
from seq2seq.errors import ConfigError, UsageError

CPU = torch.device("cpu")


def test_auto_is_the_processor_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == CPU
    assert choose_device("cpu") == CPU


@pytest.mark.parametrize("name", ["toaster", "cuda:99", "", "CPU0"])
def test_a_device_that_is_not_here_is_named(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose_device(name)
    assert str(caught.value).startswith(f'device "{name}" is not available here (')
    assert str(caught.value).endswith("; use cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("precision", "able", "dtype"),
    [
        ("fp32", True, torch.float32),
        ("fp32", False, torch.float32),
        ("bf16", True, torch.bfloat16),
        ("bf16", False, torch.bfloat16),
        ("auto", True, torch.bfloat16),
        ("auto", False, torch.float32),
    ],
)
def test_auto_is_bfloat16_where_it_is_native(
    monkeypatch: pytest.MonkeyPatch, precision: str, able: bool, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(module, "computes_bf16", lambda _: able)
    assert choose_dtype(precision, CPU) == dtype


def test_an_unknown_precision_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match='precision = "fp16" is not one of: auto, fp32, bf16'):
        choose_dtype("fp16", CPU)


def test_the_processor_computes_bfloat16_if_it_says_so() -> None:
    path = Path("/proc/cpuinfo")
    if not path.is_file() or not hasattr(torch.cpu, "get_capabilities"):
        pytest.skip("neither the system nor torch says what the processor can")
    says = path.read_text().split()
    if "flags" not in says:
        pytest.skip("not an x86 processor")
    assert computes_bf16(CPU) == bool({"avx512_bf16", "amx_bf16"} & set(says))


@pytest.mark.parametrize(
    ("says", "able"),
    [
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"bf16": True}, True),  # ARM
        ({"avx2": True, "avx512_bf16": False}, False),
        ({}, False),
    ],
)
def test_a_processor_needs_one_of_three_abilities(
    monkeypatch: pytest.MonkeyPatch, says: dict[str, bool], able: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: says, raising=False)
    assert computes_bf16(CPU) is able


def test_other_devices_are_not_taken_to_compute_bfloat16() -> None:
    assert not computes_bf16(torch.device("meta"))
