"""What is marked is what differs, and all text comes through."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.report.differences import differing, marked

TEXTS = st.text(st.sampled_from("ab <&>.ñ\"'\u00a0"), max_size=12)


@pytest.mark.parametrize(
    ("text", "reference", "beside", "wanted"),
    [
        ("El gato duerme.", "El gato duerme.", None, "El gato duerme."),
        ("El perro duerme.", "El gato duerme.", None, "El <mark>perro</mark> duerme."),
        ("Un gran perro duerme", "El gato duerme", None, "<mark>Un gran perro</mark> duerme"),
        ("El gato", "", None, "<mark>El gato</mark>"),
        ("", "El gato", None, ""),
        ("El perro", "El gato", "El perro", "El <mark>perro</mark>"),
        ("El gato", "El gato", "El perro", "El <u>gato</u>"),
        ("El can", "El gato", "El perro", "El <mark><u>can</u></mark>"),
        ("<b> & co", "<b>", None, "&lt;b&gt; <mark>&amp; co</mark>"),
    ],
)
def test_words_are_marked(text: str, reference: str, beside: str | None, wanted: str) -> None:
    assert marked(text, reference, beside) == wanted


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_comes_through_and_nothing_is_marked_beside_itself(text: str, reference: str, beside: str) -> None:
    made = marked(text, reference, beside)
    assert unescape(re.sub("</?(?:mark|u)>", "", made)) == text
    assert made.count("<mark>") == made.count("</mark>")
    assert not any(differs for _, differs in differing(text, text))
    kept = [part for part, differs in differing(text, reference) if not (differs or part.isspace())]
    words = iter(re.findall(r"\w+|[^\w\s]", reference))
    assert all(part in words for part in kept), "what is not marked stands in the reference, in this order"
