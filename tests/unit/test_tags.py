"""Tags around words are lifted off a sentence, and laid back around what comes from these words."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.protection import protect, restore
from seq2seq.tags import Pair, marked, size, stretches, unmarked

TAG = re.compile(r"</?(\w+)>")


@pytest.mark.parametrize(
    ("sentence", "bare", "pairs"),
    [
        ("Click <b>here</b> now.", "Click here now.", [("<b>", "</b>", 5, 9)]),
        ("<b>A <i>big</i> tree</b>", "A big tree", [("<b>", "</b>", 0, 8), ("<i>", "</i>", 1, 4)]),
        ('See <a href="x y">it</a>', "See it", [('<a href="x y">', "</a>", 3, 5)]),
        ("<kept0>One</kept1> two", "One two", [("<kept0>", "</kept1>", 0, 3)]),
        ("<i>It goes on", "It goes on", [("<i>", "", 0, 8)]),  # its partner is in another sentence
        ("and ends.</i>", "and ends.", [("", "</i>", 0, 8)]),
        ("<b>A</b> and <b>A</b>", "A and A", [("<b>", "</b>", 0, 1), ("<b>", "</b>", 4, 5)]),
        ("I&nbsp;have <u>two</u>\u00a0keys", "I have two keys", [("<u>", "</u>", 5, 8)]),
        ("<b><user> has left</b> us.", "⟦0⟧ has left us.", [("<b>", "</b>", 0, 10)]),  # a slot, not half a pair
        ('<a href="/"><img src="c.png"/> Your cart</a>', "⟦0⟧ Your cart", [('<a href="/">', "</a>", 0, 11)]),
        ("<i href=x.org/>Go</i>", "Go", [("<i href=x.org/>", "</i>", 0, 2)]),  # the value ends in a slash
    ],
)
def test_tags_around_words_are_lifted(sentence: str, bare: str, pairs: list[tuple[str, str, int, int]]) -> None:
    protected = protect(sentence, lift=True)
    assert protected.text == bare
    assert list(protected.pairs) == [Pair(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("sentence", "bare"),
    [
        ("One<br/>two", "One⟦0⟧two"),
        ('<a id="x" />One', "⟦0⟧One"),
        ("<a hidden/>One", "⟦0⟧One"),
        ("One <x> two", "One ⟦0⟧ two"),
        ("<name> is here", "⟦0⟧ is here"),  # no tag that a document has
        ("<b></b>One", "⟦0⟧⟦1⟧One"),
        ("the `<b>` and `</b>` tags", "the ⟦0⟧ and ⟦1⟧ tags"),
        ("<kept0/> is code", "⟦0⟧ is code"),
        ("a < b and c > d", "a < b and c > d"),
    ],
)
def test_others_stand_for_themselves(sentence: str, bare: str) -> None:
    protected = protect(sentence, lift=True)
    assert protected.text == bare
    assert restore(protected, protected.text) == sentence


@pytest.mark.parametrize(
    ("sentence", "translation", "wanted"),
    [
        ("It is 100\u00a0% new", "Es 100 % nuevo", "Es 100\u00a0% nuevo"),
        ("5\u202fapples", "5 manzanas", "5\u202fmanzanas"),
        ("page\u00a07 of 7", "página 7 de 7", "página\u00a07 de 7"),
        ("I have&nbsp;lost it", "Lo he perdido", "Lo he perdido"),
        ("see\u00a0{name}", "vea ⟦0⟧", "vea\u00a0{name}"),
    ],
)
def test_a_space_that_does_not_break_stays_by_its_words(sentence: str, translation: str, wanted: str) -> None:
    protected = protect(sentence, lift=True)
    assert "\u00a0" not in protected.text
    assert restore(protected, translation) == wanted


def looks(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows)


def test_a_pair_goes_where_its_words_went() -> None:
    red = Pair("<b>", "</b>", 3, 6)  # the RED car
    weights = looks([0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.1, 0.7, 0.2])  # el, auto, rojo
    assert stretches([red], weights, [3, 6, 9]) == [(2, 3)]


def test_a_pair_takes_in_what_is_between_its_words() -> None:
    pair = Pair("<b>", "</b>", 0, 6)
    weights = looks([0.9, 0.0, 0.1], [0.4, 0.0, 0.6], [0.0, 0.9, 0.1], [0.0, 0.0, 1.0])
    assert stretches([pair], weights, [3, 6, 9]) == [(0, 3)]


def test_where_nothing_looks_at_a_pair_it_still_has_a_place() -> None:
    pair = Pair("<b>", "</b>", 3, 6)
    assert stretches([pair], looks([0.9, 0.1, 0.0], [0.8, 0.2, 0.0]), [3, 6, 9]) == [(1, 2)]


def test_a_pair_around_all_stays_so() -> None:
    pair = Pair("<b>", "</b>", 0, 9)
    assert stretches([pair], looks([0.0, 0.0, 0.0], [0.0, 1.0, 0.0]), [3, 6, 9]) == [(0, 2)]


@given(st.data())
def test_tags_come_back_all_and_one_within_another(data: st.DataObject) -> None:
    words = data.draw(st.integers(1, 6))
    ranges = data.draw(st.lists(st.tuples(st.integers(0, words - 1), st.integers(1, 3)), max_size=5))
    pairs: list[Pair] = []
    for start, length in sorted(ranges, key=lambda one: (one[0], -one[1])):
        end = min(start + length, words)
        if all(end <= other.end or start >= other.end for other in pairs):  # as tags that are one within another
            pairs.append(Pair(f"<t{len(pairs)}>", f"</t{len(pairs)}>", start, end))
    units = data.draw(st.integers(1, 6))
    weights = torch.rand(units, words, generator=torch.Generator().manual_seed(data.draw(st.integers(0, 999))))
    places = stretches(pairs, weights, list(range(1, words + 1)))
    text = unmarked(marked("abcdef"[:units], pairs, places), pairs)
    assert TAG.sub("", text) == "abcdef"[:units]
    opened: list[str] = []
    for tag in TAG.finditer(text):
        if tag[0].startswith("</"):
            assert opened.pop() == tag[1]
        else:
            opened.append(tag[1])
    assert not opened
    assert len(TAG.findall(text)) == 2 * len(pairs)


def test_a_title_s_tags_are_not_raised() -> None:
    protected = protect("<b>THE RED CAR</b> IS HERE", lift=True)
    assert protected.text == "The red car is here"
    assert restore(protected, marked("El auto está aquí", protected.pairs, [(0, 7)])) == "<b>EL AUTO</b> ESTÁ AQUÍ"


@given(st.text(alphabet="ab <>/ik&;\u00a0\ufdd2\ufdd3", max_size=60))
def test_any_text_can_be_lifted(sentence: str) -> None:
    protected = protect(sentence, lift=True)
    everything = [(0, len(protected.text))] * len(protected.pairs)
    assert size(restore(protected, marked(protected.text, protected.pairs, everything))) <= size(sentence)
