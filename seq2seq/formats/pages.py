"""HTML: the text of its blocks is translated; tags, attributes, code, scripts and layout stay byte for byte.

What stands between two blocks' tags is one text, with the tags of links, emphasis and the like within it: they come
through as placeholders do, where the network puts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from itertools import accumulate, pairwise

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
KEPT_INLINE = frozenset({"br", "code", "img", "kbd", "samp", "var", "wbr"})  # with all that is in them, in a text
SKIPPED = frozenset(
    {"head", "script", "style", "pre", "textarea", "template", "svg", "math", "noscript", "object", "select"}
)
VOID = frozenset({"br", "img", "wbr"})
TITLE = "title"  # the one part of a head that is read
_LETTER_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|nbsp|#38|#60|#62|#160);)(?:[A-Za-z]+|#\d+|#[xX][0-9A-Fa-f]+);")
_KEPT = re.compile(r"<kept(\d+)/>")


@dataclass(frozen=True)
class Event:
    """A tag or some text: what it is, of which element, and where it stands."""

    kind: str  # start, end, text, other
    tag: str
    start: int
    end: int = 0


@dataclass(frozen=True)
class Run:
    """A text of the page: where it stands, how it is shown to the translator, and what it must not see."""

    start: int
    end: int
    text: str
    kept: tuple[str, ...]


class Page:
    """An HTML file or a part of one."""

    def __init__(self, text: str) -> None:
        self._page = text
        self._runs = [run for events in _runs(_events(text)) if (run := _cut(text, events))]
        self.texts = [run.text for run in self._runs]

    def fill(self, translations: Sequence[str]) -> str:
        """The page with these translations."""
        parts, at = [], 0
        for run, translation in zip(self._runs, translations, strict=True):
            parts.append(self._page[at : run.start])
            if translation == run.text:
                parts.append(self._page[run.start : run.end])
            else:
                parts.append(_restored(translation, run.kept))
            at = run.end
        return "".join([*parts, self._page[at:]])


def _restored(translation: str, kept: Sequence[str]) -> str:
    """With what was kept from the translator in its place."""
    return _KEPT.sub(lambda match: kept[int(match[1])] if int(match[1]) < len(kept) else match[0], translation)


class _Reader(HTMLParser):
    """Notes where each tag and text begins."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Event] = []
        self._lines = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        self.feed(text)
        self.close()

    def _note(self, kind: str, tag: str = "") -> None:
        line, column = self.getpos()
        self.found.append(Event(kind, tag, self._lines[line - 1] + column))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._note("start", tag)

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
        self._note("other")

    def handle_decl(self, decl: str) -> None:
        self._note("other")

    def handle_pi(self, data: str) -> None:
        self._note("other")

    def unknown_decl(self, data: str) -> None:
        self._note("other")


def _events(text: str) -> list[Event]:
    found = _Reader(text).found
    ends = [*(event.start for event in found[1:]), len(text)][: len(found)]
    return [Event(event.kind, event.tag, event.start, end) for event, end in zip(found, ends, strict=True)]


def _runs(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Events that belong to one text; those of an element that is kept whole are made one, of kind "kept"."""
    run: list[Event] = []
    at = 0
    while at < len(events):
        event = events[at]
        if event.kind == "text" or (event.tag in INLINE and event.kind in ("start", "end")):
            run.append(event)
        elif event.tag in KEPT_INLINE and event.kind != "end":
            last = at if event.tag in VOID or event.kind == "void" else _closing(events, at)
            run.append(Event("kept", event.tag, event.start, events[last].end))
            at = last
        else:
            yield run
            run = []
            if event.kind == "start" and event.tag in SKIPPED:
                last = _closing(events, at)
                yield from _titles(events[at:last]) if event.tag == "head" else ()
                at = last
        at += 1
    yield run


def _titles(events: Sequence[Event]) -> Iterator[list[Event]]:
    for before, event in pairwise(events):
        if before.kind == "start" and before.tag == TITLE and event.kind == "text":
            yield [event]


def _closing(events: Sequence[Event], at: int) -> int:
    """Where the element that starts here ends; one that never does ends with the page."""
    depth = 0
    for number in range(at, len(events)):
        if events[number].tag == events[at].tag:
            depth += {"start": 1, "end": -1}.get(events[number].kind, 0)
            if depth == 0:
                return number
    return len(events) - 1


def _cut(page: str, events: list[Event]) -> Run | None:
    """The text of these events without tags and white space at its ends; nothing where there is no letter."""
    while events and events[0].kind != "text":
        events = events[1:]
    while events and events[-1].kind != "text":
        events = events[:-1]
    raw = "".join(page[event.start : event.end] for event in events if event.kind == "text")
    if not any(map(str.isalpha, unescape(raw))):
        return None
    kept = [page[event.start : event.end] for event in events if event.kind == "kept"]
    numbers = iter(range(len(kept)))
    shown = "".join(
        f"<kept{next(numbers)}/>" if event.kind == "kept" else page[event.start : event.end] for event in events
    )
    start, end = events[0].start, events[-1].end
    start += len(page[start:end]) - len(page[start:end].lstrip())
    end -= len(page[start:end]) - len(page[start:end].rstrip())
    text = " ".join(_LETTER_REFERENCE.sub(lambda match: unescape(match[0]), shown).split())
    return Run(start, end, text, tuple(kept))
