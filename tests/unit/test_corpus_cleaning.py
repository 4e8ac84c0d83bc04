"""Cleaning: each rule drops what it says and counts it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config import CleaningConfig, Source
from seq2seq.corpus import CleaningReport, Pair, Texts, clean
from seq2seq.corpus.cleaning import EXAMPLES, RATIO_GRACE, SeenHashes
from seq2seq.corpus.storage import CHUNK
from seq2seq.errors import DataError, UserError


def tsv(path: Path, *pairs: tuple[str, str]) -> Source:
    path.write_text("".join(f"{src}\t{tgt}\n" for src, tgt in pairs), encoding="utf-8")
    return Source(path=str(path))


def kept(texts: Texts) -> list[tuple[str, str]]:
    return [(src, tgt) for sources, targets, _ in texts.batches() for src, tgt in zip(sources, targets, strict=True)]


GOOD = [("Hello.", "Hola."), ("Good night.", "Buenas noches.")]


@pytest.mark.parametrize(
    ("rule", "bad", "off"),
    [
        ("empty", ("Hello.", ""), None),
        ("empty", ("", "Hola."), None),
        ("empty", ("", ""), None),
        ("identical", ("Windows 95", "Windows 95"), CleaningConfig(drop_identical=False)),
        ("wrong script", ("Good day.", "Добрый день."), CleaningConfig(drop_wrong_script=False)),
        ("wrong script", ("今日は", "Buenos días."), CleaningConfig(drop_wrong_script=False)),
        ("length ratio", ("No.", "x" * (3 * 3 + RATIO_GRACE + 1)), CleaningConfig(max_ratio=3.4)),
        ("length ratio", ("y" * (3 * 3 + RATIO_GRACE + 1), "No."), CleaningConfig(max_ratio=3.4)),
        ("duplicate", GOOD[0], CleaningConfig(drop_duplicates=False)),
    ],
)
def test_a_rule_drops_and_counts_and_can_be_turned_off(
    tmp_path: Path, rule: str, bad: tuple[str, str], off: CleaningConfig | None
) -> None:
    source = tsv(tmp_path / "a.tsv", *GOOD, bad)
    texts, report = clean([source], CleaningConfig(), tmp_path / "texts.arrow")
    assert kept(texts) == GOOD
    assert report.dropped == {rule: 1}
    assert report.examples == {rule: [Pair(*bad, f"{tmp_path / 'a.tsv'}:3")]}
    assert (report.read, report.kept) == (3, 2)
    if off:
        texts, report = clean([source], off, tmp_path / "texts.arrow")
        assert kept(texts) == [*GOOD, bad]
        assert report.dropped == {}


def test_pairs_at_the_very_limit_stay(tmp_path: Path) -> None:
    fine = ("No.", "x" * (3 * 3 + RATIO_GRACE))
    texts, _ = clean([tsv(tmp_path / "a.tsv", fine)], CleaningConfig(), tmp_path / "texts.arrow")
    assert kept(texts) == [fine]


def test_duplicates_are_found_across_sources_and_the_first_is_kept(tmp_path: Path) -> None:
    first = tsv(tmp_path / "a.tsv", ("one", "uno"), ("two", "dos"))
    second = tsv(tmp_path / "b.tsv", ("two", "dos"), ("two", "un par"), ("three", "tres"), ("three", "tres"))
    texts, report = clean([first, second], CleaningConfig(), tmp_path / "texts.arrow")
    assert kept(texts) == [("one", "uno"), ("two", "dos"), ("two", "un par"), ("three", "tres")]
    assert [index for _, _, sources in texts.batches() for index in sources] == [0, 0, 1, 1]
    assert report.dropped == {"duplicate": 2}


def test_the_boundary_between_the_sides_counts_for_duplicates(tmp_path: Path) -> None:
    source = tsv(tmp_path / "a.tsv", ("ab", "c"), ("a", "bc"))
    assert clean([source], CleaningConfig(), tmp_path / "texts.arrow")[1].dropped == {}


def test_many_batches_keep_their_order(tmp_path: Path) -> None:
    rows = [(f"sentence {n}", f"frase {n}") for n in range(2 * CHUNK + 17)]
    mixed = [pair for row in rows for pair in ((row, row) if row[0].endswith("7") else (row,))]
    texts, report = clean([tsv(tmp_path / "a.tsv", *mixed)], CleaningConfig(), tmp_path / "texts.arrow")
    assert len(texts) == len(rows)
    assert kept(texts) == rows
    assert report.dropped == {"duplicate": len(mixed) - len(rows)}
    assert list(texts.sentences("src")) == [src for src, _ in rows]
    assert list(texts.sentences("tgt")) == [tgt for _, tgt in rows]
    assert list(texts.sentences("src", "tgt")) == [side for row in rows for side in row]


def test_names_and_weights_of_the_sources_are_kept(tmp_path: Path) -> None:
    tsv(tmp_path / "a.tsv", GOOD[0])
    tsv(tmp_path / "b.tsv", GOOD[1])
    sources = [Source(path=str(tmp_path / "a.tsv"), weight=2.5), Source(path=str(tmp_path / "b.tsv"))]
    clean(sources, CleaningConfig(), tmp_path / "texts.arrow")
    texts = Texts(tmp_path / "texts.arrow")
    assert texts.names == [source.path for source in sources]
    assert texts.weights == [2.5, 1.0]


def test_the_report_counts_every_rule_and_shows_the_first_examples(tmp_path: Path) -> None:
    same = [(f"same {n}", f"same {n}") for n in range(5)]
    _, report = clean([tsv(tmp_path / "a.tsv", *GOOD, *same, ("x", ""))], CleaningConfig(), tmp_path / "t.arrow")
    assert report.dropped == {"identical": 5, "empty": 1}
    assert [pair.src for pair in report.examples["identical"]] == ["same 0", "same 1", "same 2"]
    assert str(report).splitlines() == [
        "8 pairs read, 2 kept",
        "          1 dropped: empty (a side has no text)",
        f'             {tmp_path / "a.tsv"}:8: "x" → ""',
        "          5 dropped: identical (source and target are the same)",
        *(f'             {tmp_path / "a.tsv"}:{n + 3}: "same {n}" → "same {n}"' for n in range(EXAMPLES)),
    ]
    table = json.loads(json.dumps(report.as_table()))
    assert (table["read"], table["kept"], table["dropped"]) == (8, 2, {"identical": 5, "empty": 1})
    assert table["examples"]["empty"] == [{"src": "x", "tgt": "", "where": f"{tmp_path / 'a.tsv'}:8"}]


def test_reports_of_two_steps_add_up() -> None:
    first, second = CleaningReport(read=10), CleaningReport(read=9)
    first.drop("empty", Pair("", "", "a:1"))
    for n in range(4):
        second.drop("too long", Pair("x", "y", f"a:{n}"))
    second.drop("empty", Pair(" ", "", "a:9"))
    both = first.then(second)
    assert (both.read, both.kept) == (10, 4)
    assert both.dropped == {"empty": 2, "too long": 4}
    assert [pair.where for pair in both.examples["empty"]] == ["a:1", "a:9"]
    assert (first.dropped, first.examples["empty"]) == ({"empty": 1}, [Pair("", "", "a:1")])


# Faults


def test_a_source_without_pairs_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.tsv").touch()
    with pytest.raises(DataError, match=r"empty\.tsv holds no pairs$"):
        clean([Source(path=str(tmp_path / "empty.tsv"))], CleaningConfig(), tmp_path / "texts.arrow")
    filtered = Source(path=tsv(tmp_path / "a.tsv", *GOOD).path, where={"1": ["x", "y"]})
    with pytest.raises(DataError, match=r"a\.tsv holds no pairs where column 1 is x or y$"):
        clean([filtered], CleaningConfig(), tmp_path / "texts.arrow")


def test_nothing_left_is_an_error_that_tells_why(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^cleaning dropped all 2 pairs: 1 identical, 1 empty; see data"):
        clean([tsv(tmp_path / "a.tsv", ("x", "x"), ("x", ""))], CleaningConfig(), tmp_path / "t.arrow")


def test_an_error_leaves_what_was_there_before(tmp_path: Path) -> None:
    out = tmp_path / "texts.arrow"
    clean([tsv(tmp_path / "a.tsv", *GOOD)], CleaningConfig(), out)
    before = out.read_bytes()
    (tmp_path / "bad.tsv").write_bytes(b"a\tb\nc\n")
    with pytest.raises(DataError, match=r"bad\.tsv:2: "):
        clean([Source(path=str(tmp_path / "bad.tsv"))], CleaningConfig(), out)
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tsv", "bad.tsv", "texts.arrow"]


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"cannot write {tmp_path / 'file' / 'texts.arrow'}: File exists"):
        clean([tsv(tmp_path / "a.tsv", *GOOD)], CleaningConfig(), tmp_path / "file" / "texts.arrow")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / "texts.arrow.partial").symlink_to("/dev/full")
    with pytest.raises(UserError, match=r"cannot write .*texts\.arrow: .*No space left on device"):
        clean([tsv(tmp_path / "a.tsv", *GOOD)], CleaningConfig(), tmp_path / "texts.arrow")
    assert not (tmp_path / "texts.arrow").exists()


# Duplicates


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=30))
def test_hashes_are_seen_as_a_set_sees_them(blocks: list[list[int]]) -> None:
    seen, known = SeenHashes(), set[int]()
    for block in blocks:
        expected = []
        for value in block:
            expected.append(value not in known)
            known.add(value)
        assert seen.add(np.array(block, dtype=np.uint64)).tolist() == expected


def test_hashes_cost_eight_bytes_each() -> None:
    seen = SeenHashes()
    hashes = np.random.default_rng(0).permutation(100_000).astype(np.uint64)
    for start in range(0, len(hashes), 1000):
        seen.add(hashes[start : start + 1000])
    assert sum(run.nbytes for run in seen._runs) == 800_000
    assert len(seen._runs) < 20
