"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The models of the tests are so small that a second thread costs more than it brings; commands inherit this.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Nothing here is tested by the clock: a machine may have other work.
settings.register_profile("seq2seq", deadline=None)
settings.load_profile("seq2seq")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of real English–Spanish text; a test that needs it is skipped where there is none."""
    path = Path(os.environ.get("SEQ2SEQ_DATA") or ROOT.parent / "shared" / "data")
    if not (path / "train.tsv.xz").is_file():
        pytest.skip(f"no real text: {path / 'train.tsv.xz'} does not exist (set SEQ2SEQ_DATA)")
    return path
