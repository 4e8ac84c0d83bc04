"""Subtitles, SubRip and WebVTT: times and all else stay byte for byte, the text of the cues is translated.

A sentence may go on over several cues. It is translated as one and laid back over the same cues, each in proportion
to the time its source took to read, broken between words, best behind a comma; lines are broken as subtitles are.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seq2seq.errors import DataError

ARROW = "-->"
LINE_WIDTH = 42  # characters: what broadcasters allow
MOST_CUES = 6  # that one sentence is looked for in
_ENDS = ".!?…:♪"
_CLOSING = "\"'”’»)]"
_DASHES = "-–—"


@dataclass(frozen=True)
class Cue:
    """Lines first … last - 1 of the file are what a cue says."""

    first: int
    last: int


class Subtitles:
    """A file of subtitles, as lines, cues among them, and sentences over cues."""

    def __init__(self, text: str, where: str) -> None:
        """`DataError` where no line looks like a cue's time."""
        self._lines = text.splitlines(keepends=True)
        self._cues = list(_cues(self._lines))
        if not self._cues and text.strip():
            raise DataError(f"{where} holds no cue: no line has {ARROW} between two times")
        self._groups = list(_groups([self._said(cue) for cue in self._cues]))  # of cues that share a sentence
        self.texts = [text for group in self._groups for text in self._texts_of(group)]

    def fill(self, translations: Sequence[str]) -> str:
        """The file with these translations."""
        lines, ahead = list(self._lines), iter(translations)
        for group in self._groups:
            made = [next(ahead) for _ in self._texts_of(group)]
            cues = [self._cues[number] for number in group]
            said = [self._said(cue) for cue in cues]
            if made == self._texts_of(group):  # what is not changed is not laid anew either
                continue
            if len(group) == 1 and is_dialogue(said[0]):
                self._write(lines, cues[0], made)
                continue
            for cue, part in zip(cues, lay_over(made[0], [len(" ".join(one)) for one in said]), strict=True):
                self._write(lines, cue, break_lines(part))
        return "".join(lines)

    def _said(self, cue: Cue) -> list[str]:
        return [line.strip() for line in self._lines[cue.first : cue.last]]

    def _texts_of(self, group: Sequence[int]) -> list[str]:
        said = [self._said(self._cues[number]) for number in group]
        if len(group) == 1 and is_dialogue(said[0]):
            return said[0]
        return [" ".join(line for one in said for line in one)]

    def _write(self, lines: list[str], cue: Cue, said: Sequence[str]) -> None:
        """Replaces a cue's lines; the last line's end stays, the others have the first one's."""
        if not said or cue.first == cue.last:
            return
        body = self._lines[cue.last - 1]
        last_end = body[len(body.rstrip("\r\n")) :]
        time = self._lines[cue.first - 1]
        between = time[len(time.rstrip("\r\n")) :]
        lines[cue.first : cue.last] = [between.join(said) + last_end] + [""] * (cue.last - cue.first - 1)


def is_dialogue(said: Sequence[str]) -> bool:
    """Do several speak, a line each, with dashes before what they say?"""
    return len(said) > 1 and all(line[:1] in _DASHES for line in said)


def lay_over(text: str, sizes: Sequence[int]) -> list[str]:
    """A text over as many parts as there are sizes, in proportion to them, cut between words.

    A cut looks for the nearest place, and a little further for one behind punctuation. With fewer words than parts,
    the last parts are empty.
    """
    words = text.split()
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word) + 1)
    parts, start, total = [], 0, max(1, sum(sizes))
    for number in range(len(sizes)):
        after = len(sizes) - number - 1  # parts that want a word each
        if not after:
            cut = len(words)
        else:
            wanted = ends[-1] * sum(sizes[: number + 1]) / total
            possible = range(min(start + 1, len(words)), max(min(start + 1, len(words)), len(words) - after) + 1)
            cut = min(possible, key=lambda n: abs(ends[n] - wanted) - 8 * (words[n - 1][-1:] in ",;:.!?…" if n else 0))
        parts.append(" ".join(words[start:cut]))
        start = cut
    return parts


def break_lines(text: str) -> list[str]:
    """A cue's text in as few lines of at most LINE_WIDTH characters as words allow, alike in length if that fits."""
    lines = textwrap.wrap(text, LINE_WIDTH, break_long_words=False, break_on_hyphens=False) or [text]
    even = lay_over(text, [1] * len(lines))
    return even if max(map(len, even)) <= max(LINE_WIDTH, *map(len, lines)) and all(even) else lines


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    """A cue says the lines behind its times, up to a blank one."""
    number = 0
    while number < len(lines):
        if ARROW in lines[number]:
            first = number + 1
            number = first
            while number < len(lines) and lines[number].strip() and ARROW not in lines[number]:
                number += 1
            last = number
            if number < len(lines) and ARROW in lines[number]:  # the blank line between two cues is missing
                last -= lines[number - 1].strip().isdigit() and number - 1 > first
            yield Cue(first, last)
        else:
            number += 1


def _groups(said: Sequence[Sequence[str]]) -> Iterator[list[int]]:
    """Numbers of cues that belong together: up to one that ends a sentence, or before one that begins anew."""
    group: list[int] = []
    for number, lines in enumerate(said):
        if group and (is_dialogue(lines) or not lines or len(group) == MOST_CUES):
            yield group
            group = []
        group.append(number)
        text = lines[-1].rstrip(_CLOSING) if lines else ""
        if not text or text[-1] in _ENDS or text.endswith(">") or is_dialogue(lines):
            yield group
            group = []
    if group:
        yield group
