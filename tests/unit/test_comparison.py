"""Differences between systems: counted as by hand, on the lines they are about."""

from __future__ import annotations

import pytest
import sacrebleu

from seq2seq.comparison import KINDS, by_frequency, by_kind, by_length, duel, flags, sentence_scores

SOURCES = ["The cat sleeps.", "Is it here?", "I don't see Tom in Boston, and he has 12 cats there now.", "Go!"]
REFERENCES = ["El gato duerme.", "¿Está aquí?", "No veo a Tom en Boston, y ahora tiene 12 gatos allí.", "¡Ve!"]
BETTER = [*REFERENCES[:3], "¡Anda!"]
WORSE = ["El gato duerme.", "¿Es aquí?", "Veo Tom, tiene 13 gatos.", "¡Ve!"]


def test_a_duel_counts_wins_ties_and_losses_and_ranks_the_changes() -> None:
    worse, better = sentence_scores(WORSE, REFERENCES), sentence_scores(BETTER, REFERENCES)
    found = duel(worse, better)
    assert (found.wins, found.ties, found.losses) == (2, 1, 1)
    assert found.changes[0].line == 3
    assert found.changes[-1].line in (1, 2)
    differences = [change.difference for change in found.changes]
    assert differences == sorted(differences)
    assert sum(differences) == pytest.approx(sum(better) - sum(worse))
    assert duel(worse, worse).ties == 4


def test_groups_are_scored_on_their_own_lines() -> None:
    groups = {group.name: group for group in by_length(SOURCES, [WORSE, BETTER], REFERENCES)}
    assert {name: group.lines for name, group in groups.items()} == {"1–5 words": 3, "11–20 words": 1}
    wanted = [sacrebleu.corpus_bleu([system[2]], [[REFERENCES[2]]]).score for system in (WORSE, BETTER)]
    assert groups["11–20 words"].bleu == pytest.approx(tuple(wanted))


def test_kinds_are_told_from_the_source() -> None:
    found = {name: [n for n, source in enumerate(SOURCES) if is_kind(source)] for name, is_kind in KINDS.items()}
    assert found == {"question": [1], "exclamation": [3], "negation": [2], "number": [2], "name": [2]}
    assert {group.name: group.lines for group in by_kind(SOURCES, [WORSE], REFERENCES)} == dict.fromkeys(KINDS, 1)


def test_words_are_found_by_how_often_they_were_seen() -> None:
    training = ["el gato"] * 100 + ["duerme aquí"] * 2 + ["tom"]
    table = dict(by_frequency([["El gato salta.", "x"]], ["El gato duerme.", "Tom"], training))
    assert table["100 or more times"] == (100.0,)
    assert table["2–9 times"] == (0.0,)
    assert table["1 time"] == (0.0,)
    assert table["0 times"] == (0.0,)
    [same] = {scores for name, scores in by_frequency([REFERENCES], REFERENCES, training) if name == "0 times"}
    assert same == (100.0,)


def test_flags_are_counted() -> None:
    assert flags(SOURCES, WORSE) == {"number": 1}
    assert flags(SOURCES, BETTER) == {}
