"""A text as sentences and the gaps between them, joined again character for character.

White space at the ends of a sentence, line breaks and tabs stand in the gaps and are never translated, so the
layout of a text survives: its lines, paragraphs, indents and columns. So do the signs around a sentence that are none
of its words: what begins an item of a list or a speaker's part, emoji and notes at its ends, brackets about all of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import sentencex

SENTENCE, LINE, NONE = UNITS = ("sentence", "line", "none")  # what is translated at a time
_LINE = re.compile(r"[^\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")  # what no sentence reaches beyond
_SEPARATOR = re.compile(  # between links of a menu, or parts of a title, but not within code or a tag
    r"(?P<kept>(?P<ticks>`+)[^`]+(?P=ticks)|<[^<>]*>)|[ \u00a0][|·•][ \u00a0]"
)
_INVISIBLE = "\u200b\u2060\ufeff"  # zero-width space, word joiner, byte order mark: white space to us as well
_JOINERS = "\u200c\u200d"
_WINDOW = 8000  # characters of a line split at once: sentencex takes quadratic time for some unpaired quotes
_SYMBOL = "[\u2190-\u21ff\u2022\u25a0-\u27bf\u2b50\U0001f000-\U0001faff][\ufe0f\u200d]*"
_BEFORE = re.compile(rf"(?:(?:[-–—*#>·]{{1,6}}|\(?\d{{1,3}}[.)])[ \u00a0]+|{_SYMBOL}[ \u00a0]*)+")
_BEHIND = re.compile(rf"(?:[ \u00a0]*{_SYMBOL})+$")
_BRACKETS = re.compile(r"\([^()]+\)|\[[^\[\]]+\]")
_SIGNS = 64  # characters: more are not taken for signs
_FOREIGN = re.compile(rf"[^\S ]|[{_INVISIBLE}\ud800-\udfff]")  # sentencex panics at these


@dataclass(frozen=True)
class Segments:
    """A text as gaps[0] + sentences[0] + gaps[1] + … + sentences[-1] + gaps[-1].

    A sentence is not empty and has no white space at its ends; a gap may be empty, and have signs in it.
    """

    sentences: tuple[str, ...]
    gaps: tuple[str, ...]

    def __post_init__(self) -> None:
        assert len(self.gaps) == len(self.sentences) + 1


def split(text: str, *, unit: str = SENTENCE, max_chars: int = 300, signs: bool = False) -> Segments:
    """The English sentences of any `text`, each of at most `max_chars` characters. Takes linear time.

    A longer sentence is cut behind a clause (; : , —) in the second half of what fits, else between words,
    else within a word. A line break or a tab always ends a sentence, and so does a sign that separates, as in
    "Home | Help". White space is what `str.isspace` calls so, and the zero-width space, the word joiner and the byte
    order mark. With the unit LINE, a line is one sentence, if it is not too long; with NONE, however long it is.

    Signs at the ends of a sentence stand in the gaps, but not with NONE, nor if `signs` asks for them.
    """
    trim = _trim if signs or unit == NONE else _bare
    spans = [
        span
        for line in _LINE.finditer(text)
        for start, end in (_sentences(text, *line.span()) if unit == SENTENCE else [line.span()])
        for span in _cut(text, *trim(text, start, end), len(text) if unit == NONE else max_chars)
    ]
    gap_starts = [0, *(end for _, end in spans)]
    gap_ends = [*(start for start, _ in spans), len(text)]
    return Segments(
        sentences=tuple(text[start:end] for start, end in spans),
        gaps=tuple(text[start:end] for start, end in zip(gap_starts, gap_ends, strict=True)),
    )


def whole(text: str) -> Segments:
    """Any `text` but for white space at its ends as one sentence, with what line breaks and tabs are in it."""
    sentence = text.strip()
    if not sentence:
        return Segments((), (text,))
    before, behind = text.split(sentence, 1)
    return Segments((sentence,), (before, behind))


def join(segments: Segments, sentences: Sequence[str]) -> str:
    """The text with other sentences, such as translations, in the places of its own, one for each."""
    assert len(sentences) == len(segments.sentences)
    return "".join(chain.from_iterable(zip_longest(segments.gaps, sentences, fillvalue="")))


def is_translatable(text: str) -> bool:
    """Has `text` a letter of any script? Numbers, symbols and emoji are the same in every language."""
    return any(map(str.isalpha, text))


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the sentences of a line start and end, in order."""
    for at, last in _parts(text, start, end):
        for sentence_end in _sentence_ends(text, at, last):
            yield at, sentence_end
            at = sentence_end


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between the separators of a line, but for those in brackets, as in P(A | B)."""
    seen, depth = start, 0
    for separator in _SEPARATOR.finditer(text, start, end):
        if separator["kept"]:
            continue
        between = text[seen : separator.start()]
        depth += sum(map(between.count, "([{")) - sum(map(between.count, ")]}"))
        seen = separator.end()
        if depth <= 0:
            yield start, separator.start()
            start, depth = seen, 0
    yield start, end


def _sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where the sentences of text[start:end] end, white space behind them included; the last is `end`."""
    while start < end:
        window = text[start : min(start + _WINDOW, end)]
        lengths = [len(sentence) for sentence in sentencex.segment("en", _FOREIGN.sub(" ", window))]
        assert sum(lengths) == len(window)
        if start + _WINDOW < end:
            if len(lengths) > 1:
                lengths.pop()  # it may go on beyond the window, so the next window starts with it
            else:
                lengths = [_cut_point(text, start, start + _WINDOW) - start]
        for length in lengths:
            start += length
            yield start


def _cut(text: str, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """text[start:end], which is trimmed, as trimmed spans of at most `max_chars`; none if it is empty."""
    while end - start > max_chars:
        cut = _cut_point(text, start, start + max_chars)
        yield _trim(text, start, cut)
        start, end = _trim(text, cut, end)
    if start < end:
        yield start, end


def _cut_point(text: str, start: int, limit: int) -> int:
    """The best place in start+1 … limit to end a sentence that goes on at least to limit + 1."""
    middle = (start + limit) // 2
    for cut in range(limit, middle, -1):
        before, after = text[cut - 1], text[cut]
        if before == "—" or (before in ";:," and _is_space(after)):
            return cut
    for cut in range(limit, start, -1):
        if _is_space(text[cut]):
            return cut
    for cut in range(limit, middle, -1):
        if not _is_joined(text[cut - 1], text[cut]):
            return cut
    return limit


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and _is_space(text[start]):
        start += 1
    while start < end and _is_space(text[end - 1]):
        end -= 1
    return start, end


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """text[start:end] without white space and signs at its ends."""
    start, end = _trim(text, start, end)
    if signs := _BEFORE.match(text, start, min(end, start + _SIGNS)):
        start = signs.end()
    place = max(start, end - _SIGNS)
    if signs := _BEHIND.search(text[place:end]):
        end = place + signs.start()
    if text[start : start + 1] in ("(", "[") and _BRACKETS.fullmatch(text, start, end):
        start, end = start + 1, end - 1
    return _trim(text, start, end)


def _is_space(char: str) -> bool:
    return char.isspace() or char in _INVISIBLE


def _is_joined(before: str, after: str) -> bool:
    """Do the two show as one character: a base and its accent, the parts of an emoji?"""
    return before in _JOINERS or after in _JOINERS or unicodedata.category(after) in ("Mn", "Mc", "Me", "Sk")
