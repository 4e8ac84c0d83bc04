"""HTML: the text of its blocks is translated; tags, attributes, code, scripts and layout stay byte for byte.

What stands between two blocks' tags, or line breaks, is one text. Whatever in it is no text (the tags of links and
emphasis, code, pictures) is shown as `kept` says, and comes through translation with the words it stood around, or as
placeholders do. A text that comes back without one of them, or with more, stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from html.parser import HTMLParser
from itertools import accumulate

from seq2seq.errors import DataError
from seq2seq.formats.kept import CLOSE, OPEN, is_whole, mark, restored, widened

INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "label",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
    }
)
KEPT_INLINE = frozenset({"code", "img", "kbd", "samp", "var", "wbr"})  # with all that is in them, in a text
SKIPPED = frozenset(
    {"head", "script", "style", "pre", "textarea", "template", "svg", "math", "noscript", "object", "select"}
)
NO_END = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)  # elements that are a tag and no more
IN_HEAD = frozenset({"base", "link", "meta", "noscript", "script", "style", "template", "title"})
UNCLOSED = 1000  # tags that begin and never end: more, and reading them would take for ever
TITLE = "title"  # the one part of a head that is read
_REFERENCE = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#[xX][0-9A-Fa-f]+);")
_SPACES = re.compile(r"[ \t\n\r\f]+")  # what a browser shows as one space


@dataclass(frozen=True)
class Event:
    """A tag or some text: what it is, of which element, and where it stands."""

    kind: str  # start, end, text, other
    tag: str
    start: int
    end: int = 0
    untouched: bool = False  # does the tag say that its element is not to be translated?


@dataclass(frozen=True)
class Run:
    """A text of the page: where it stands, how it is shown to the translator, and what it must not see."""

    start: int
    end: int
    text: str
    kept: tuple[str, ...]


class Page:
    """An HTML file or a part of one."""

    def __init__(self, text: str, where: str = "the page") -> None:
        """`DataError` where what opens like a declaration is none."""
        self._page = text
        self._runs = [run for events in _runs(_events(text, where)) if (run := _cut(text, events))]
        self.texts = [run.text for run in self._runs]

    @property
    def frame(self) -> str:
        """The page without its texts: what stays."""
        ends = [0, *(run.end for run in self._runs)]
        starts = [*(run.start for run in self._runs), len(self._page)]
        return "\0".join(self._page[end:start] for end, start in zip(ends, starts, strict=True))

    def fill(self, translations: Sequence[str]) -> str:
        """The page with these translations."""
        parts, at = [], 0
        for run, translation in zip(self._runs, translations, strict=True):
            parts.append(self._page[at : run.start])
            if translation == run.text or not is_whole(run.text, translation):
                parts.append(self._page[run.start : run.end])
            else:
                parts.append(restored(translation, run.kept.__getitem__))
            at = run.end
        return "".join([*parts, self._page[at:]])


class _Reader(HTMLParser):
    """Notes where each tag and text begins."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Event] = []
        self._lines = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        self.feed(text)
        self.close()

    def _note(self, kind: str, tag: str = "", *, untouched: bool = False) -> None:
        line, column = self.getpos()
        self.found.append(Event(kind, tag, self._lines[line - 1] + column, untouched=untouched))

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        untouched = told.get("translate") == "no" or "notranslate" in (told.get("class") or "").split()
        self._note("start", tag, untouched=untouched)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self._note("void", tag)

    def handle_endtag(self, tag: str) -> None:
        self._note("end", tag)

    def handle_data(self, data: str) -> None:
        self._note("text")

    def handle_charref(self, name: str) -> None:
        self._note("text")

    def handle_entityref(self, name: str) -> None:
        self._note("text")

    def handle_comment(self, data: str) -> None:
        self._note("comment")

    def handle_decl(self, decl: str) -> None:
        self._note("other")

    def handle_pi(self, data: str) -> None:
        self._note("other")

    def unknown_decl(self, data: str) -> None:
        self._note("other")


def _events(text: str, where: str) -> list[Event]:
    if text.count("<", text.rfind(">") + 1) > UNCLOSED:
        raise DataError(f"{where} is no HTML that can be read: at its end, more than {UNCLOSED} tags are not closed")
    try:
        found = _Reader(text).found
    except AssertionError as error:  # of the standard library's parser
        raise DataError(f"{where} is no HTML that can be read: {error}") from None
    ends = [*(event.start for event in found[1:]), len(text)][: len(found)]
    return [replace(event, end=end) for event, end in zip(found, ends, strict=True)]


def _runs(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Events that belong to one text; those of an element that is kept whole are made one, of kind "kept"."""
    run: list[Event] = []
    at = 0
    while at < len(events):
        event = events[at]
        is_kept = event.kind == "comment" or event.tag in KEPT_INLINE
        is_kept |= event.tag in INLINE and (event.untouched or event.kind == "void")
        if event.kind == "text" or (event.tag in INLINE and event.kind in ("start", "end") and not is_kept):
            run.append(event)
        elif is_kept and event.kind != "end":
            last = at if event.tag in NO_END or event.kind in ("void", "comment") else _closing(events, at)
            run.append(Event("kept", event.tag, event.start, events[last].end))
            at = last
        else:
            yield run
            run = []
            if event.kind == "start" and event.tag == "head":
                last = _head_end(events, at)
                yield from _titles(events[at : last + 1])
                at = last
            elif event.kind == "start" and event.tag not in NO_END and (event.tag in SKIPPED or event.untouched):
                at = _closing(events, at)
        at += 1
    yield run


def _titles(events: Sequence[Event]) -> Iterator[list[Event]]:
    for at, event in enumerate(events):
        if event.kind == "start" and event.tag == TITLE:
            yield [inner for inner in events[at : _closing(events, at) + 1] if inner.kind == "text"]


def _head_end(events: Sequence[Event], at: int) -> int:
    """Where the head that starts here ends: at its end tag, or before what can't be in one."""
    number = at + 1
    while number < len(events):
        event = events[number]
        if (event.kind, event.tag) == ("end", "head"):
            return number
        if event.tag and event.tag not in IN_HEAD:
            return number - 1
        is_open = event.kind == "start" and event.tag in (TITLE, *SKIPPED)
        number = (_closing(events, number) if is_open else number) + 1
    return len(events) - 1


def _closing(events: Sequence[Event], at: int) -> int:
    """Where the element that starts here ends: at its end tag, or with the page."""
    depth = 0
    for number in range(at, len(events)):
        event = events[number]
        if event.tag == events[at].tag:
            depth += {"start": 1, "end": -1}.get(event.kind, 0)
            if depth == 0:
                return number
    return len(events) - 1


def _cut(page: str, events: Sequence[Event]) -> Run | None:
    """The text of these events without tags and white space at its ends; nothing where there is no letter."""
    texts = [number for number, event in enumerate(events) if event.kind == "text"]
    said = "".join(page[events[number].start : events[number].end] for number in texts)
    if not any(map(str.isalpha, unescape(said))):
        return None
    sides = [{"start": OPEN, "end": CLOSE}.get(event.kind, "") for event in events]
    first, last = widened(sides, texts[0], texts[-1])
    events, sides = events[first : last + 1], sides[first : last + 1]
    kept: dict[str, int] = {}  # what is kept, and its number; the same twice has one
    shown = ""
    for event, side in zip(events, sides, strict=True):
        raw = page[event.start : event.end]
        shown += _readable(raw) if event.kind == "text" else mark(kept.setdefault(raw, len(kept)), side)
    raw = page[events[0].start : events[-1].end]
    start = events[0].start + len(raw) - len(raw.lstrip(" \t\n\r\f"))
    end = events[-1].end - len(raw) + len(raw.rstrip(" \t\n\r\f"))
    return Run(start, end, _SPACES.sub(" ", shown).strip(" "), tuple(kept))


def _readable(text: str) -> str:
    """Text with references as the letters they stand for, but for those that would be taken for mark-up."""

    def letter(match: re.Match[str]) -> str:
        meant = unescape(match[0])
        return match[0] if set(meant) & set("<>&\u00a0") else meant

    return _REFERENCE.sub(letter, text)
