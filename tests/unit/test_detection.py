"""Loops and copies are seen, and what people say is not taken for them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.detection import failures, has_other_numbers, is_copy, is_loop

SOURCE = "The alphabet consists of many letters and of nothing else."


@pytest.mark.parametrize(
    "translation",
    [
        "El alfabeto es de la de la de la casa.",
        "Los Estados Unidos, lóló, lóló, lóló, lóló, lóló.",
        "no no no no no",
        "y una casa grande, y una casa grande, y una casa grande",
        "uno dos tres cuatro cinco seis, uno dos tres cuatro cinco seis, uno dos tres cuatro cinco seis.",
    ],
)
def test_what_loops(translation: str) -> None:
    assert failures(SOURCE, translation) == ("loop",)


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        (SOURCE, "No, no, no."),
        (SOURCE, "El alfabeto consta de muchas letras y de nada más."),
        ("No, no, no, no, no!", "¡No, no, no, no, no!"),
        ("Row, row, row, row your boat.", "Rema, rema, rema, rema en tu bote."),
        ("Day by day, day by day, day by day.", "Día a día, día a día, día a día."),
        (SOURCE, "que que"),
        (SOURCE, ""),
        ("", ""),
    ],
)
def test_what_does_not_loop(source: str, translation: str) -> None:
    assert not is_loop(source, translation)


@pytest.mark.parametrize(
    ("source", "translation", "copied"),
    [
        ("We eat bread now.", "We eat bread now.", True),
        ("He told me that the red house is old.", "Me dijo that the red house is old.", True),
        ("We eat bread now.", "Ahora comemos pan.", False),
        ("Tom Jackson met Mary Smith in New York City.", "Tom Jackson met Mary Smith New York City", False),
        ("The animal is in the hotel.", "El animal está en el hotel.", False),
        ("Pizza!", "¡Pizza!", False),
        ("a b c d e f", "a b c d e f", False),
    ],
)
def test_what_is_a_copy(source: str, translation: str, copied: bool) -> None:
    assert is_copy(source, translation) is copied
    assert ("copy" in failures(source, translation)) is copied


@pytest.mark.parametrize(
    ("source", "translation", "other"),
    [
        ("It costs 12,500.75 dollars.", "Cuesta 12.500,75 dólares.", False),
        ("It costs 12,500 dollars.", "Cuesta 12 500 dólares.", False),
        ("I have 7 cats.", "Tengo siete gatos.", False),
        ("At 12.30 in the 16th century", "A las 12:30 en el siglo XVI", False),
        ("In the 1960s, and on the 21st", "En los años 60 y el 21", False),
        ("In the 1960s", "En los años 1970", True),
        ("In 1999 there were 20.", "En 1999 había 20.", False),
        ("In 1999 there were 20.", "En 1999 había 30.", True),
        ("In 1999.", "En el año.", True),
        ("In the year.", "En 1999.", True),
        ("It is 1.5 m long.", "Mide 15 m.", True),
        ("It is 1.5 m long.", "Mide 1,50 m.", False),
        ("It costs 1,234.5 dollars.", "Cuesta 12.345 dólares.", True),
        ("It costs 1,234.5 dollars.", "Cuesta 1.234,50 dólares.", False),
        ("Take 2 pills.", "Tome 8 pastillas.", True),
        ("Take 2 pills.", "Tome dos pastillas.", False),
        ("Take two pills.", "Tome 2 pastillas.", False),
        ("I have 35,000 ideas, 2 of them good.", "Tengo treinta y cinco mil ideas, dos de ellas buenas.", False),
        ("Open ⟦0⟧ and ⟦1⟧.", "Abre ⟦0⟧.", False),
    ],
)
def test_numbers_must_be_the_source_s(source: str, translation: str, other: bool) -> None:
    assert has_other_numbers(source, translation) is other
    assert ("number" in failures(source, translation)) is other


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_looked_at(source: str, translation: str) -> None:
    assert set(failures(source, translation)) <= {"loop", "copy", "number"}


def test_few_references_look_failed(shared: Path) -> None:
    texts = [(shared / "dev" / f"flores200-dev.{side}").read_text("utf-8").splitlines() for side in ("en", "es")]
    found = Counter(name for pair in zip(*texts, strict=True) for name in failures(*pair))
    assert found["loop"] + found["copy"] <= len(texts[0]) / 1000
    assert found["number"] <= len(texts[0]) / 25, "people convert units and spell numbers out"
