"""Subtitles, SubRip and WebVTT: times and all else stay byte for byte, the text of the cues is translated.

A sentence may go on over several cues that follow each other soon. It is translated as one and laid back over the same
cues, each in proportion to the time its source took to read, broken between words, best behind a comma; lines are
broken as subtitles are. Tags around a whole cue, such as <i> and </i>, are around it again.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seq2seq.errors import DataError

ARROW = "-->"
_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*{ARROW}\s*{_CLOCK}")
_WRAPPED = re.compile(r"(<[^<>/][^<>]*>)([^<>]*)(</[^<>]+>)")
_TAG = re.compile(r"<[^<>]*>")
_SPACE = "\ufdd1"  # stands for a space within a tag while lines are broken
PAUSE = 2.0  # seconds without a cue in which a sentence may go on: a breath, not a change of scene
LINE_WIDTH = 42  # characters: what broadcasters allow
MOST_CUES = 6  # that one sentence is looked for in
_ENDS = ".!?…:♪"
_CLOSING = "\"'”’»)]"
_DASHES = "-–—"


@dataclass(frozen=True)
class Cue:
    """Lines first … last - 1 of the file are what a cue says, from start to end, in seconds."""

    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True)
class Said:
    """The lines of a cue without the tags around all of it."""

    lines: list[str]
    opening: str = ""
    closing: str = ""

    @property
    def is_dialogue(self) -> bool:
        """Do several speak, a line each, with dashes before what they say?"""
        return len(self.lines) > 1 and all(line[:1] in _DASHES for line in self.lines)

    def tagged(self, lines: Sequence[str]) -> list[str]:
        """Other lines with the tags around them."""
        return f"{self.opening}{chr(10).join(lines)}{self.closing}".split("\n")


class Subtitles:
    """A file of subtitles, as lines, cues among them, and sentences over cues."""

    def __init__(self, text: str, where: str) -> None:
        """`DataError` where no line looks like a cue's time."""
        self._lines = text.splitlines(keepends=True)
        self._cues = list(_cues(self._lines))
        if not self._cues and text.strip():
            raise DataError(f"{where} holds no cue: no line has {ARROW} between two times")
        self._said = [_said(self._lines[cue.first : cue.last]) for cue in self._cues]
        self._groups = list(_groups(self._cues, self._said))  # of cues that share a sentence
        self.texts = [text for group in self._groups for text in self._texts_of(group)]

    def fill(self, translations: Sequence[str]) -> str:
        """The file with these translations."""
        lines, ahead = list(self._lines), iter(translations)
        for group in self._groups:
            made = [next(ahead) for _ in self._texts_of(group)]
            said = [self._said[number] for number in group]
            if made == self._texts_of(group):  # what is not changed is not laid anew either
                continue
            if said[0].is_dialogue:
                parts = [made]
            else:
                sizes = [len(" ".join(one.lines)) for one in said]
                parts = [break_lines(part) for part in lay_over(made[0], sizes)]
            for number, one, part in zip(group, said, parts, strict=True):
                self._write(lines, self._cues[number], one.tagged(part))
        return "".join(lines)

    def _texts_of(self, group: Sequence[int]) -> list[str]:
        said = [self._said[number] for number in group]
        return said[0].lines if said[0].is_dialogue else [" ".join(line for one in said for line in one.lines)]

    def _write(self, lines: list[str], cue: Cue, said: Sequence[str]) -> None:
        """Replaces a cue's lines; the last line's end stays, the others have the first one's."""
        if not said or cue.first == cue.last:
            return
        body = self._lines[cue.last - 1]
        last_end = body[len(body.rstrip("\r\n")) :]
        time = self._lines[cue.first - 1]
        between = time[len(time.rstrip("\r\n")) :]
        lines[cue.first : cue.last] = [between.join(said) + last_end] + [""] * (cue.last - cue.first - 1)


def lay_over(text: str, sizes: Sequence[int]) -> list[str]:
    """A text over as many parts as there are sizes, in proportion to them, cut between words.

    A cut looks for the nearest place, and a little further for one behind punctuation. With fewer words than parts,
    the last parts are empty.
    """
    words = _bound(text).split()
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
        parts.append(" ".join(words[start:cut]).replace(_SPACE, " "))
        start = cut
    return parts


def break_lines(text: str) -> list[str]:
    """A cue's text in as few lines of at most LINE_WIDTH characters as words allow, alike in length if that fits."""
    wrapped = textwrap.wrap(_bound(text), LINE_WIDTH, break_long_words=False, break_on_hyphens=False)
    lines = [line.replace(_SPACE, " ") for line in wrapped] or [text]
    even = lay_over(text, [1] * len(lines))
    return even if max(map(len, even)) <= max(LINE_WIDTH, *map(len, lines)) and all(even) else lines


def _bound(text: str) -> str:
    """The text with no spaces in its tags."""
    return _TAG.sub(lambda tag: tag[0].replace(" ", _SPACE), text)


def _said(lines: Sequence[str]) -> Said:
    stripped = [line.strip() for line in lines]
    wrapped = _WRAPPED.fullmatch("\n".join(stripped))
    return Said(wrapped[2].split("\n"), wrapped[1], wrapped[3]) if wrapped else Said(stripped)


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    """A cue says the lines behind its times, up to a blank one."""
    number = 0
    while number < len(lines):
        times = _TIMES.match(lines[number])
        number += 1
        if not times:
            continue
        first = number
        while number < len(lines) and lines[number].strip() and not _TIMES.match(lines[number]):
            number += 1
        last = number
        if number < len(lines) and _TIMES.match(lines[number]):  # the blank line between two cues is missing
            last -= lines[number - 1].strip().isdigit() and number - 1 > first
        yield Cue(first, last, _seconds(times.groups()[:4]), _seconds(times.groups()[4:]))


def _seconds(clock: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in clock)
    return 3600 * int(hours) + 60 * int(minutes) + float(f"{seconds}.{fraction}")


def _groups(cues: Sequence[Cue], said: Sequence[Said]) -> Iterator[list[int]]:
    """Numbers of cues that belong together: up to one that ends a sentence, or before one that begins anew.

    What begins anew: after a pause, with other tags, or with tags within.
    """
    group: list[int] = []
    for number, one in enumerate(said):
        before = group[-1] if group else number
        apart = cues[number].start - cues[before].end > PAUSE or one.opening != said[before].opening
        is_whole = any(_TAG.search(line) for line in one.lines) or one.is_dialogue or not any(one.lines)
        if group and (apart or is_whole or len(group) == MOST_CUES):
            yield group
            group = []
        group.append(number)
        text = one.lines[-1].rstrip(_CLOSING) if one.lines else ""
        if is_whole or text[-1:] in _ENDS:
            yield group
            group = []
    if group:
        yield group
