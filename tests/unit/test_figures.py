"""Numbers are read as they are written in English and in Spanish."""

from __future__ import annotations

import pytest

from seq2seq.figures import ENGLISH, SPANISH, figures, words


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("7", {"7"}),
        ("007", {"7"}),
        ("1,234,567", {"1234567"}),
        ("1.234.567,80", {"1234567.8"}),
        ("1,234.5", {"1234.5"}),
        ("1.234", {"1234", "1.234"}),
        ("12\u00a0500", {"12500"}),
        ("12 500", {"12500"}),
        ("1.50", {"1.5", "1:50"}),
        ("1.80", {"1.8"}),
        ("2.0", {"2"}),
        ("12:30", {"12:30"}),
        ("12:30:15", {"123015"}),
        ("1.2.3", {"123"}),
    ],
)
def test_a_number_has_all_its_readings(text: str, readings: set[str]) -> None:
    assert figures(f"It is {text}!") == [readings]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("seven", 7),
        ("twenty-five", 25),
        ("three hundred and forty-two", 342),
        ("two thousand and nine", 2009),
        ("a million", 1_000_000),
        ("twelve thousand five hundred", 12_500),
        ("two million three hundred thousand", 2_300_000),
    ],
)
def test_number_words_are_added_up(text: str, number: int) -> None:
    assert str(number) in words(text, ENGLISH)


@pytest.mark.parametrize(
    ("text", "number"),
    [("treinta y cinco", 35), ("dos mil nueve", 2009), ("mil", 1000), ("doscientas veintiséis", 226), ("una", 1)],
)
def test_so_are_spanish_ones(text: str, number: int) -> None:
    assert str(number) in words(f"¡Son {text} cosas!", SPANISH)


def test_words_that_stand_apart_are_not_added_up() -> None:
    assert words("twenty cats, five dogs", ENGLISH) == {"20", "5"}
