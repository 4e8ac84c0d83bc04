"""Sentences in capitals and in title case: which they are, and how they are written otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.casing import CAPITALS, TITLE, WORD, case, is_lone, lowered, raised
from seq2seq.protection import protect, restore


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("THE DOOR IS OPEN.", CAPITALS),
        ("I AM HERE.", CAPITALS),
        ("MY CAR IS RED", CAPITALS),
        ("⟦0⟧ IS CLOSED", CAPITALS),
        ("The Door Is Open.", TITLE),
        ("Don’t Tell Me!", TITLE),
        ("STOP", ""),  # a word alone may be a name or an abbreviation, and the network has seen such
        ("IBM PC", ""),
        ("Tom & Mary; AT&T", ""),
        ("New York Times Company", ""),
        ("The Beatles", ""),
        ("THE DOOR is OPEN.", ""),
        ("Tom Is in Boston", ""),
        ("⟦0⟧ 17, 18!", ""),
        ("", ""),
    ],
)
def test_what_case_a_sentence_has(text: str, expected: str) -> None:
    assert case(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("THE DOOR IS OPEN.", "The door is open."),
        ("¡ÁNGEL AND I WIN!", "¡Ángel and I win!"),
        ("⟦0⟧ IS MINE, I SAY", "⟦0⟧ Is mine, I say"),
        ("What's Up With Tom?", "What's up with tom?"),
        ("123", "123"),
    ],
)
def test_how_it_is_written_otherwise(text: str, expected: str) -> None:
    assert lowered(text) == expected


def test_a_sentence_in_capitals_comes_back_in_capitals_with_what_is_kept_as_it_was() -> None:
    protected = protect("WRITE TO Ana@example.org OR CALL my_func()!")
    assert protected.text == "Write to ⟦0⟧ or call ⟦1⟧!"
    assert restore(protected, "¡Escribe a ⟦0⟧ o llama ⟦1⟧!") == "¡ESCRIBE A Ana@example.org O LLAMA my_func()!"


def test_a_title_comes_back_as_a_title() -> None:
    protected = protect("How To Open {name}'s Door")
    assert protected.text == "How to open ⟦0⟧'s door"
    assert restore(protected, "Cómo abrir la puerta de ⟦0⟧") == "Cómo Abrir La Puerta De {name}"


@given(st.text())
def test_any_text_can_be_asked_and_keeps_its_words(text: str) -> None:
    assert raised(text, "") == text
    if text.isascii():
        for other in (lowered(text), raised(text, CAPITALS), raised(text, TITLE)):
            assert other.lower() == text.lower()


@pytest.mark.parametrize("text", ["Bread", "London.", "“Árbol”", "Yes!"])
def test_a_word_alone_with_a_capital_may_be_none_of_a_name(text: str) -> None:
    assert is_lone(text)
    assert raised(text.lower(), WORD) == text


@pytest.mark.parametrize("text", ["bread", "IBM", "I", "New York", "iPhone", "O'Brien", "⟦0⟧", "7 Up", "McDonald", ""])
def test_what_is_no_word_alone_with_a_capital(text: str) -> None:
    assert not is_lone(text)
