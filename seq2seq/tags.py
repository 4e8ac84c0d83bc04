"""Tags around words: lifted off a sentence before it is translated, laid back where the model looked.

    "Click <b>here</b> to close the window."
    "Click here to close the window."               what the model translates
    "Haz clic <b>aquí</b> para cerrar la ventana."  "aquí" is what looks at "here"

So the model sees the sentence that a reader sees. A tag without a partner is not lifted: it is a thing of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][\w:.-]*?)(?P<number>\d*)(?:\s[^<>]*)?/?>")
_ALONE = re.compile(r"(?:^<[\w:.-]+|[\s\"']|\s[\w:.-]+)/>$")  # but not <a href=x.org/>
_STYLE = re.compile(
    "a|abbr|b|bdi|bdo|big|c|cite|div|em|font|h|i|ins|kept|lang|li|mark|p|q|s|small|span|strong|sub|sup|td|th|u|v"
)  # names of tags that are around words even where their partner is in another sentence
_MARKS = tuple(map(chr, range(0xFDD2, 0xFDF0)))  # noncharacters, set aside for such use: two for a pair


@dataclass(frozen=True)
class Pair:
    """Two tags, and where the text between them begins and ends: how many characters, but for spaces, stand before."""

    opening: str
    closing: str
    start: int
    end: int


def marks(sentence: str, found: Iterable[re.Match[str]]) -> dict[int, str]:
    """What stands for the tags that are lifted, by their places: for each pair, two marks in a row.

    Lifted are pairs with something in between, as many as there are marks for; of a sentence that has marks itself,
    none. Two tags are a pair if their names are the same but for a number behind them: a format may number them. A
    tag at the sentence's beginning or end that has no partner is one half of a pair around all of it.
    """
    if any(mark in sentence for mark in _MARKS):
        return {}
    opened: list[tuple[str, re.Match[str]]] = []
    unclosed: list[tuple[str, re.Match[str]]] = []
    pairs: list[tuple[int, int]] = []
    for match in found:
        tag = _TAG.fullmatch(match[0])
        if not tag or _ALONE.search(match[0]):
            continue
        if not tag["close"]:
            opened.append((tag["name"], match))
        elif any(tag["name"] == name for name, _ in opened):
            while opened[-1][0] != tag["name"]:
                unclosed.append(opened.pop())
            opening = opened.pop()[1]
            if _has_text(sentence[opening.end() : match.start()]):
                pairs.append((opening.start(), match.start()))
        elif _STYLE.fullmatch(tag["name"]) and not _has_text(sentence[match.end() :]):
            pairs.append((-1, match.start()))
    alone = [match for name, match in unclosed + opened if _STYLE.fullmatch(name)]
    pairs += [(match.start(), -1) for match in alone if not _has_text(sentence[: match.start()])]
    ordered = sorted(pairs, key=lambda pair: (pair[0], -pair[1]))  # outer ones before inner ones
    places = (place for pair in ordered for place in pair)
    return {place: mark for place, mark in zip(places, _MARKS, strict=False) if place >= 0}


def lifted(text: str, tags: Mapping[str, str]) -> tuple[str, tuple[Pair, ...]]:
    """A text with marks without them, and the pairs; tags: what each mark stands for."""
    if not tags:
        return text, ()
    before: dict[str, int] = {}
    count = 0
    for character in text:
        if character in tags:
            before[character] = count
        else:
            count += not character.isspace()
    pairs = tuple(
        Pair(tags.get(opening, ""), tags.get(closing, ""), before.get(opening, 0), before.get(closing, count))
        for opening, closing in zip(_MARKS[::2], _MARKS[1::2], strict=True)
        if opening in tags or closing in tags
    )
    return text.translate({ord(mark): None for mark in tags}), pairs


def _has_text(text: str) -> bool:
    return bool(_TAG.sub("", text).strip())


def size(text: str) -> int:
    """How many characters are no spaces."""
    return sum(not character.isspace() for character in text)


def stretches(pairs: Sequence[Pair], weights: Tensor, ends: Sequence[int]) -> list[tuple[int, int]]:
    """From and to which unit of the target each pair's tags belong: within one another, or apart, as the pairs are.

    pairs: outer ones before inner ones. weights: float32 (units, S), how much the target's units, words and
    punctuation, have to do with the source's tokens. ends: of these, in characters as a pair's. A stretch is the one
    with the largest sum of what its units have to do with the pair less what they have to do with all else.
    """
    share = weights / weights.sum(1, keepdim=True).clamp(min=1e-9)  # (units, S)
    ends_at = torch.tensor(ends)
    starts_at = torch.tensor([0, *ends[:-1]])
    found: list[tuple[int, int]] = []
    for number, pair in enumerate(pairs):
        within = (starts_at < pair.end) & (ends_at > pair.start)  # (S,)
        gains = torch.ones(len(share)) if within.all() else 2 * share[:, within].sum(1) - 1  # (units,): -1 to 1
        gaps = _gaps(number, pairs, found, len(share))
        found.append(max(_best(gains.tolist(), *gap) for gap in gaps)[1:])
    return found


def marked(text: str, pairs: Sequence[Pair], places: Sequence[tuple[int, int]]) -> str:
    """The text with the pairs' marks around the characters of their places, from and to."""

    def between(parent: int | None, start: int, end: int) -> str:
        at, parts = start, []
        children = [number for number in range(len(pairs)) if _parent(number, pairs) == parent]
        for number in sorted(children, key=lambda child: places[child]):
            first, last = places[number]
            opening, closing = _MARKS[2 * number : 2 * number + 2]
            parts += [text[at:first], opening, between(number, first, last), closing]
            at = last
        return "".join([*parts, text[at:end]])

    return between(None, 0, len(text))


def unmarked(text: str, pairs: Sequence[Pair]) -> str:
    """The text with tags for marks."""
    for number, pair in enumerate(pairs):
        text = text.replace(_MARKS[2 * number], pair.opening).replace(_MARKS[2 * number + 1], pair.closing)
    return text


def _parent(number: int, pairs: Sequence[Pair]) -> int | None:
    """The innermost of the pairs around a pair."""
    pair = pairs[number]
    around = (other for other in range(number) if pairs[other].start <= pair.start and pair.end <= pairs[other].end)
    return max(around, default=None)


def _gaps(
    number: int, pairs: Sequence[Pair], found: Sequence[tuple[int, int]], units: int
) -> Iterator[tuple[int, int]]:
    """Where a pair may stand: within the one around it, before, between and after those that stand there already."""
    parent = _parent(number, pairs)
    first, last = (0, units) if parent is None else found[parent]
    for start, end in sorted(found[other] for other in range(number) if _parent(other, pairs) == parent):
        yield first, start
        first = end
    yield first, last


def _best(gains: Sequence[float], first: int, last: int) -> tuple[float, int, int]:
    """The largest sum of a stretch between first and last, and the stretch; of one unit at least, if there is one."""
    best, total, start = (-2.0, first, first), 0.0, first
    for unit in range(first, last):
        if total < 0 or unit == first:
            total, start = 0.0, unit
        total += gains[unit]
        best = max(best, (total, start, unit + 1), key=lambda one: one[0])
    return best
