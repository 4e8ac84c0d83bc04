"""`score`: pairs with their likelihood, in order or worst first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, told

Call = Callable[..., Done]
PAIRS = [("The cat sleeps.", "El gato duerme."), ("The cat sleeps.", "zzxqw kkw"), ("We buy it.", "Lo compramos.")]


@pytest.fixture
def score(call: Call, model: Path, tmp_path: Path) -> Callable[..., tuple[list[list[str]], str]]:
    """The rows that `score` prints for PAIRS, and what it says of them."""
    (tmp_path / "pairs.tsv").write_text("".join(f"{src}\t{tgt}\n" for src, tgt in PAIRS))

    def score(*options: object) -> tuple[list[list[str]], str]:
        done = call("score", tmp_path / "pairs.tsv", "--model", model, "--precision", "fp32", *options)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.decode().splitlines()], done.stderr.decode()

    return score


def test_pairs_come_in_order_or_worst_first_or_the_best_alone(
    score: Callable[..., tuple[list[list[str]], str]],
) -> None:
    rows, told = score()
    assert [tuple(row[1:]) for row in rows] == PAIRS
    assert told.startswith("3 pairs, ")
    assert "perplexity" in told
    worst, _ = score("--worst-first")
    assert sorted(rows, key=lambda row: float(row[0])) == worst
    assert worst[0][2] == "zzxqw kkw"
    clean, again = score("--at-least", float(worst[0][0]) + 0.01)
    assert [tuple(row[1:]) for row in clean] == [PAIRS[0], PAIRS[2]]
    assert again == told, "the perplexity is of all pairs"


def test_nothing_to_score(call: Call, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.tsv").touch()
    told(call("score", tmp_path / "empty.tsv", "--model", model), 2, "no pairs")
    told(call("score", tmp_path / "nowhere.tsv", "--model", model), 2, "nowhere.tsv")
