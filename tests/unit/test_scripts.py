"""Which letters are Latin."""

from __future__ import annotations

import unicodedata

import pytest

from seq2seq.scripts import is_foreign


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("plain English", False),
        ("¿Dónde está el pingüino?", False),
        ("ﬁn ＡＢＣ ẞ ǆ", False),
        ("½ ² ① …", False),
        ("🙂🙂", False),
        ("123", False),
        ("Привет", True),
        ("γ-radiation", False),
        ("The Greek letter α", False),
        ("αβγδ ab", True),
        ("αβ ab", False),  # exactly half
        ("日本語です", True),
        ("العربية", True),
    ],
)
def test_a_foreign_text_has_less_than_half_latin_letters(text: str, wrong: bool) -> None:
    assert is_foreign(text) is wrong


def test_every_latin_letter_of_the_basic_plane_is_latin() -> None:
    latin = [chr(code) for code in range(0x10000) if unicodedata.name(chr(code), "").startswith("LATIN ")]
    assert len(latin) > 1100
    assert [letter for letter in latin if is_foreign(letter)] == []


def test_letters_of_other_alphabets_are_not_latin() -> None:
    scripts = (
        "GREEK SMALL LETTER",
        "CYRILLIC SMALL LETTER",
        "HEBREW LETTER",
        "ARABIC LETTER",
        "HIRAGANA LETTER",
    )
    letters = filter(str.isalpha, map(chr, range(0x10000)))
    others = [letter for letter in letters if unicodedata.name(letter).startswith(scripts)]
    assert len(others) > 500
    assert [letter for letter in others if not is_foreign(letter)] == []
