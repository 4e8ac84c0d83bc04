"""The largest of long rows, against torch's own."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.largest import GROUP, largest


@given(
    rows=st.integers(1, 5), width=st.integers(1, 40 * GROUP), size=st.integers(1, 12), different=st.integers(1, 10_000),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_they_are_those_that_torch_finds(rows: int, width: int, size: int, different: int, seed: int) -> None:
    """Also where few numbers differ, or most are -inf."""
    draw = torch.Generator().manual_seed(seed)
    numbers = torch.randint(different, (rows, width), generator=draw).float()
    numbers[torch.rand(rows, width, generator=draw) < seed % 3 / 2] = -torch.inf
    values, columns = largest(numbers, size)
    assert torch.equal(values, numbers.topk(min(size, width)).values)
    assert torch.equal(numbers.gather(1, columns), values)
    assert all(len(set(row)) == len(row) for row in columns.tolist())


@pytest.mark.parametrize("width", [20 * GROUP, 20 * GROUP + 5])
def test_every_column_can_be_the_largest(width: int) -> None:
    _, columns = largest(torch.eye(width), 1)
    assert columns[:, 0].tolist() == list(range(width))
