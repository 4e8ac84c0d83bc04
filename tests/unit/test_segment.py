"""Splitting a text loses nothing, never fails, and finds the places where a reader would cut."""

from __future__ import annotations

import sys

import pytest
import sentencex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seq2seq import segment
from seq2seq.segment import LINE, NONE, Segments, is_translatable, join, split, whole

WHITE = "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1)))) + "\u200b\u2060\ufeff"
PUNCTUATION = ".?!;:,—'\"()“”«»"
PHRASES = [
    "B\u00a0. c",
    "Mr. ",
    "e.g. ",
    "Hello",
    "Yes. No.",
    "\r\n",
    "B",
    "é",
    "\ud800",
    "\u0301",
    "👩\u200d👧",
]
PARTS = st.sampled_from([*WHITE, *PUNCTUATION, *PHRASES])
TEXTS = st.one_of(
    st.text(),
    st.text(st.characters(exclude_categories=[])),
    st.lists(PARTS, max_size=30).map("".join),
    st.text(st.sampled_from(WHITE)),
)


@settings(max_examples=500)
@given(text=TEXTS, max_chars=st.sampled_from([1, 2, 7, 300]))
@example(text="", max_chars=300)
@example(text="B\u00a0. c", max_chars=300)
@example(text=WHITE, max_chars=1)
@example(text="\ud800. A\udfff", max_chars=2)
def test_any_text_comes_back_from_well_formed_sentences(text: str, max_chars: int) -> None:
    segments = split(text, max_chars=max_chars)
    assert join(segments, segments.sentences) == text
    for sentence in segments.sentences:
        assert 0 < len(sentence) <= max_chars
        assert sentence[0] not in WHITE
        assert sentence[-1] not in WHITE


@given(text=TEXTS, unit=st.sampled_from([LINE, NONE]))
def test_lines_that_are_not_split_come_back_too(text: str, unit: str) -> None:
    segments = split(text, unit=unit, max_chars=7)
    assert join(segments, segments.sentences) == text
    assert unit == NONE or all(len(sentence) <= 7 for sentence in segments.sentences)


def test_a_line_may_be_taken_whole() -> None:
    text = "One. Two.\tThree, four; five.\nSix"
    assert split(text, unit=LINE).sentences == ("One. Two.", "Three, four; five.", "Six")
    assert split(text, unit=LINE, max_chars=12).sentences == ("One. Two.", "Three, four;", "five.", "Six")
    assert split(text, unit=NONE, max_chars=12).sentences == ("One. Two.", "Three, four; five.", "Six")


@pytest.mark.parametrize(
    ("text", "sentences", "gaps"),
    [
        ("", (), ("",)),
        (" \n", (), (" \n",)),
        ("Yes.", ("Yes.",), ("", "")),
        ("\ufeff  Mr. A is.  How are you?\r\n", ("Mr. A is.", "How are you?"), ("\ufeff  ", "  ", "\r\n")),
        ("one\ntwo\n\n\tthree", ("one", "two", "three"), ("", "\n", "\n\n\t", "")),
        ("name\tprice\n", ("name", "price"), ("", "\t", "\n")),
        ("He said, e.g. 5.3\u00a0kg. Done", ("He said, e.g. 5.3\u00a0kg.", "Done"), ("", " ", "")),
    ],
)  # fmt: skip
def test_sentences_and_gaps(text: str, sentences: tuple[str, ...], gaps: tuple[str, ...]) -> None:
    assert split(text) == Segments(sentences, gaps)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- Where to?", "Where to?"),
        ("* – 12. Milk", "Milk"),
        ("(3) Milk", "Milk"),
        ("→ Next", "Next"),
        ("So funny 😂😂", "So funny"),
        ("👨\u200d👩\u200d👧 family ❤\ufe0f 👍🏽", "family"),
        ("♪ My sun ♪", "My sun"),
        ("[door slams]", "door slams"),
        ("- (She laughs.)", "She laughs."),
        ("-5 degrees", "-5 degrees"),
        ("#tag and 3.5 mm", "#tag and 3.5 mm"),
        ("1999. Then", "1999. Then"),
        ("(one) or (two)", "(one) or (two)"),
        ("(one [two)", "one [two"),
        ("I ❤ you", "I ❤ you"),
        ("(", "("),
        ("()", "()"),
    ],
)
def test_signs_around_a_sentence_stand_in_the_gaps(text: str, sentence: str) -> None:
    segments = split(text, unit=LINE)
    assert segments.sentences == (sentence,)
    assert join(segments, [sentence]) == text
    assert split(text, unit=NONE).sentences == (text,)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Home | About us · Help", ("Home", "About us", "Help")),
        ("Home   |   Help", ("Home", "Help")),
        ("P(A | B) | one {a · b}", ("P(A | B)", "one {a · b}")),
        ("a|b · ", ("a|b",)),
        (":) | Help", (":)", "Help")),
        ("Use `cat x | grep y` | Help", ("Use `cat x | grep y`", "Help")),
        ('<a title="Home | Site">Go</a> | ` | `', ('<a title="Home | Site">Go</a>', "` | `")),
    ],
)
def test_separators_end_a_sentence_but_not_in_brackets(text: str, sentences: tuple[str, ...]) -> None:
    assert split(text).sentences == sentences
    assert len(split(text, unit=LINE).sentences) == 1


def test_signs_stay_where_they_are_asked_for() -> None:
    assert split("- (Yes.)", signs=True).sentences == ("- (Yes.)",)


@pytest.mark.parametrize(
    "text", ["a " + "\U0001f3fb" * 63 + "x", "- " * 40 + "x", "a " + "♪ " * 40 + "x", "`" * 9000, "<" * 9000]
)
def test_signs_and_separators_are_looked_for_in_linear_time(text: str) -> None:
    assert join(split(text), split(text).sentences) == text


@pytest.mark.parametrize("text", ["😂😂", "- ", "→", "• •", "♪ ♪ " * 50])
def test_signs_alone_are_no_sentence_with_a_letter(text: str) -> None:
    assert not any(map(is_translatable, split(text).sentences))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("aaa bbb, ccc ddd eee", ["aaa bbb,", "ccc ddd eee"]),  # behind a clause
        ("aaaaa bbb—cccc dddd", ["aaaaa bbb—", "cccc dddd"]),
        ("aaaaa 3,141 bbbb cccc", ["aaaaa 3,141", "bbbb cccc"]),  # this comma ends no clause
        ("a, bbbbb ccccc ddddd", ["a, bbbbb", "ccccc ddddd"]),  # a clause too short to stand alone
        ("aaaaaaaaaaaa bb", ["aaaaaaaaaaaa", "bb"]),  # between words, at the limit itself
        ("a" * 30, ["a" * 12, "a" * 12, "a" * 6]),
        ("a" * 11 + "e\u0301" + "b" * 5, ["a" * 11, "e\u0301bbbbb"]),  # not between a letter and its accent
        ("a" * 10 + "👩\u200d👧" + "b" * 5, ["a" * 10, "👩\u200d👧bbbbb"]),
        ("\u0301" * 15, ["\u0301" * 12, "\u0301" * 3]),  # unless there is no other way
    ],
)
def test_a_long_sentence_is_cut_where_it_hurts_least(text: str, sentences: list[str]) -> None:
    assert list(split(text, max_chars=12).sentences) == sentences


@pytest.mark.parametrize("unit", ["x", "“", "“a. ", "' ", "a, ", "a\n", "\u0301", " ", "\u00a0", "aaaaaaa. "])
def test_the_splitter_sees_each_part_of_a_huge_line_at_most_twice(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """sentencex takes quadratic time for some texts, so what it is given at once has a limit."""
    sizes: list[int] = []
    real = sentencex.segment

    def counted(language: str, text: str) -> list[str]:
        sizes.append(len(text))
        return list(real(language, text))

    monkeypatch.setattr(sentencex, "segment", counted)
    text = (unit * 100_000)[:100_000]
    segments = split(text)
    assert join(segments, segments.sentences) == text
    assert max(sizes, default=0) <= segment._WINDOW
    assert sum(sizes) <= 2 * len(text)


def test_sentences_across_the_border_of_a_window_stay_whole() -> None:
    text = "I see a small house, and it is green. " * 1000
    assert len(text) > 4 * segment._WINDOW
    assert set(split(text).sentences) == {"I see a small house, and it is green."}


def test_words_without_punctuation_stay_whole_in_a_huge_line() -> None:
    assert set(" ".join(split("quiet river " * 3000).sentences).split(" ")) == {"quiet", "river"}


@pytest.mark.parametrize("text", ["", " \t", "One.\tTwo.\nThree.", "\n  (One)\r\ntwo \n"])
def test_a_whole_text_is_one_sentence_with_its_lines(text: str) -> None:
    segments = whole(text)
    assert segments.sentences == ((text.strip(),) if text.strip() else ())
    assert join(segments, segments.sentences) == text


def test_join_puts_translations_in_place() -> None:
    segments = split("  Yes. No!\n\n")
    assert join(segments, ["Sí.", "¡No!"]) == "  Sí. ¡No!\n\n"


@pytest.mark.parametrize("text", ["a", "¿Ñ?", "5 kg", "漢", "עברית"])
def test_letters_are_translatable(text: str) -> None:
    assert is_translatable(text)


@pytest.mark.parametrize("text", ["", " ", "12,5 %", "👩\u200d👧 😀", "--- *** …", "\u0301", "\0", "⟦0⟧", "2 + 2 = 4"])
def test_what_has_no_letter_is_not_translatable(text: str) -> None:
    assert not is_translatable(text)
