"""Subtitles, SubRip and WebVTT: times and all else stay byte for byte, the text of the cues is translated.

A sentence may go on over several cues that follow close on each other. It is translated as one and laid back over the
same cues, each in proportion to the time its source took to read, broken between words, best behind a comma; lines are
broken as subtitles are. Tags around all that a cue says stay around it; others are words' own, and have no width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seq2seq.errors import DataError

ARROW = "-->"
LINE_WIDTH = 42  # characters: what broadcasters allow
MOST_CUES = 6  # that one sentence is looked for in
LONGEST_PAUSE = 3.0  # seconds within a sentence: who goes on speaking pauses for less, a new scene begins after more
_ENDS = ".!?…:♪"
_CLOSING = "\"'”’»)]"
_DASHES = "-–—"
_SOUND = re.compile(r"\([^()]+\)|\[[^\[\]]+\]|[♪♫].*[♪♫]")
_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d*)?)"
_TIMES = re.compile(rf"\s*{_TIME}\s*{ARROW}\s*{_TIME}(?!\S)")
_TAG = r"</?[A-Za-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}"  # of SubRip and WebVTT, times within a cue, and those of SSA
_TAGS = re.compile(_TAG)
_ONLY_TAGS = re.compile(rf"(?:{_TAG})*")
_SEAM = re.compile(r"</([A-Za-z]+)>\s+<\1>")  # where each line of a cue has tags of its own
_WORD = re.compile(rf"(?:{_TAG}|[^ \t\n\r\f\v])+")


@dataclass(frozen=True)
class Cue:
    """Lines first … last - 1 of the file are what a cue says, from start to end, in seconds."""

    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True)
class Said:
    """What a cue says, as one line, and the tags around it."""

    before: str
    text: str
    after: str


class Subtitles:
    """A file of subtitles, as lines, cues among them, and sentences over cues."""

    def __init__(self, text: str, where: str) -> None:
        """`DataError` where no line looks like a cue's time, or one that is in no cue has an arrow and no times."""
        self._lines = text.splitlines(keepends=True)
        self._cues = list(_cues(self._lines, where))
        if not self._cues and text.strip():
            raise DataError(f"{where} holds no cue: no line has {ARROW} between two times")
        self._groups = list(_groups(self._cues, [self._said(cue) for cue in self._cues]))  # that share a sentence
        self.texts = [text for group in self._groups for text in self._texts_of(group)]

    def fill(self, translations: Sequence[str]) -> str:
        """The file with these translations."""
        lines, ahead = list(self._lines), iter(translations)
        for group in self._groups:
            made = [next(ahead) for _ in self._texts_of(group)]
            cues = [self._cues[number] for number in group]
            if made == self._texts_of(group):  # what is not changed is not laid anew either
                continue
            if is_dialogue(self._said(cues[0])):
                self._write(lines, cues[0], made)
                continue
            said = [_bare(self._said(cue)) for cue in cues]
            for cue, one, part in zip(cues, said, lay_over(made[0], [_width(one.text) for one in said]), strict=True):
                first, *others = break_lines(part)
                [*others, last] = [one.before + first, *others]
                self._write(lines, cue, [*others, last + one.after])
        return "".join(lines)

    def _said(self, cue: Cue) -> list[str]:
        return [line.strip() for line in self._lines[cue.first : cue.last]]

    def _texts_of(self, group: Sequence[int]) -> list[str]:
        said = [self._said(self._cues[number]) for number in group]
        if is_dialogue(said[0]):
            return said[0]
        return [" ".join(_bare(one).text for one in said)]

    def _write(self, lines: list[str], cue: Cue, said: Sequence[str]) -> None:
        """Replaces a cue's lines; the last line's end stays, the others have the first one's.

        Not by lines that would be another cue's times.
        """
        if cue.first == cue.last or any(map(_TIMES.match, said)):
            return
        body = self._lines[cue.last - 1]
        last_end = body[len(body.rstrip("\r\n")) :]
        time = self._lines[cue.first - 1]
        between = time[len(time.rstrip("\r\n")) :]
        lines[cue.first : cue.last] = [between.join(said) + last_end] + [""] * (cue.last - cue.first - 1)


def is_dialogue(said: Sequence[str]) -> bool:
    """Do several speak, a line each, with dashes before what they say?"""
    return len(said) > 1 and all(line[:1] in _DASHES for line in said)


def is_sound(said: Sequence[str]) -> bool:
    """Is it what is heard beside speech: in brackets, or between notes?"""
    return _SOUND.fullmatch(_TAGS.sub("", " ".join(said)).strip()) is not None


def lay_over(text: str, sizes: Sequence[int]) -> list[str]:
    """A text over as many parts as there are sizes, in proportion to them, cut between words.

    A cut looks for the nearest place, and a little further for one behind punctuation. With fewer words than parts,
    the last parts are empty.
    """
    words = _WORD.findall(text)
    ends = [0]
    for word in words:
        ends.append(ends[-1] + _width(word) + 1)
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
    first, *others = _WORD.findall(text) or [""]
    lines = [first]
    for word in others:
        longer = f"{lines[-1]} {word}"
        lines[-1:] = [longer] if _width(longer) <= LINE_WIDTH else [lines[-1], word]
    even = lay_over(text, [1] * len(lines))
    return even if max(map(_width, even)) <= max(LINE_WIDTH, *map(_width, lines)) and all(even) else lines


def _width(text: str) -> int:
    """How many characters are seen."""
    return len(_TAGS.sub("", text))


def _bare(lines: Sequence[str]) -> Said:
    """A cue's lines as one, without the tags around them; where there are tags within as well, all stay in it."""
    text = _SEAM.sub(" ", " ".join(lines))
    opened = _ONLY_TAGS.match(text)
    assert opened
    start = opened.end()
    inner = _TAGS.search(text, start)
    end = inner.start() if inner else len(text)
    if not _ONLY_TAGS.fullmatch(text, end):
        return Said("", text, "")
    return Said(text[:start], text[start:end].strip(), text[end:])


def _cues(lines: Sequence[str], where: str) -> Iterator[Cue]:
    """A cue says the lines behind its times, up to a blank one."""
    number = 0
    while number < len(lines):
        times = _TIMES.match(lines[number])
        number += 1
        if not times:
            if ARROW in lines[number - 1]:
                raise DataError(f"{where}, line {number}: {ARROW} is not between two times; mend or remove this line")
            continue
        first = number
        while number < len(lines) and lines[number].strip() and not _TIMES.match(lines[number]):
            number += 1
        last = number
        if number < len(lines) and _TIMES.match(lines[number]):  # the blank line between two cues is missing
            last -= lines[number - 1].strip().isdigit() and number - 1 > first
        yield Cue(first, last, _seconds(*times.groups()[:3]), _seconds(*times.groups()[3:]))


def _seconds(hours: str | None, minutes: str, seconds: str) -> float:
    return 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds.replace(",", "."))


def _groups(cues: Sequence[Cue], said: Sequence[Sequence[str]]) -> Iterator[list[int]]:
    """Numbers of cues that belong together: up to one that ends a sentence, or before one that begins anew."""
    group: list[int] = []
    for number, lines in enumerate(said):
        follows = group and cues[number - 1].start < cues[number].start <= cues[number - 1].end + LONGEST_PAUSE
        is_apart = is_dialogue(lines) or is_sound(lines)
        if group and (not follows or is_apart or not lines or len(group) == MOST_CUES):
            yield group
            group = []
        group.append(number)
        text = _TAGS.sub("", " ".join(lines)).rstrip(_CLOSING + " ")
        if not text or text[-1] in _ENDS or is_apart:
            yield group
            group = []
    if group:
        yield group
