"""What stands in a line of Markdown, and where: the parser's rules are watched as they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from seq2seq.formats.kept import CLOSE, OPEN

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

Rule = Callable[["StateInline", bool], bool]
_MARK_UP = "<>&\u00a0"  # letters that stay written as they were


@dataclass(frozen=True)
class Inline:
    """A part of a block: text, a line break, soft or hard, or what is kept."""

    kind: str  # text, soft, hard, kept
    start: int
    end: int
    text: str = ""  # shown to the translator; of what is kept, how it is written if it does not stay as it was
    said: str = ""  # to a reader
    side: str = ""  # open, close: of a mark that is one of two


@dataclass
class _Note:
    """A rule that has read something, and the tokens it made."""

    rule: str
    start: int
    end: int
    tokens: list[Token]
    label_end: int = 0  # of a link


@dataclass(frozen=True)
class Reading:
    """A block's content as the parser reads it."""

    found: list[Inline]  # side by side, in order
    marks: list[tuple[object, ...]]
    text: str


class Inlines:
    """Reads contents of blocks with a parser, whose rules it watches from now on."""

    def __init__(self, parser: MarkdownIt) -> None:
        self._parser = parser
        self._notes: dict[int, list[_Note]] = {}  # of the states that are watched
        names, rules = parser.inline.ruler.get_active_rules(), parser.inline.ruler.getRules("")
        for name, rule in zip(names, rules, strict=True):
            parser.inline.ruler.at(name, self._watched(name, rule))

    def read(self, content: str, env: dict[str, Any]) -> Reading:
        """What is in the content of a block of a document, whose `env` knows the targets of references."""
        from markdown_it.rules_inline import StateInline

        state = StateInline(content, self._parser, env, [])
        notes = self._notes[id(state)] = []
        self._parser.inline.tokenize(state)
        for rule in self._parser.inline.ruler2.getRules(""):
            rule(state)
        del self._notes[id(state)]
        found = sorted((inline for note in notes for inline in _parts(note, content)), key=lambda one: one.start)
        return Reading(
            found=list(_without_gaps(found, content)),
            marks=[_mark(token) for token in state.tokens if token.type not in ("text", "text_special", "softbreak")],
            text="".join(" " if token.type == "softbreak" else _text(token) for token in state.tokens),
        )

    def _watched(self, name: str, rule: Rule) -> Rule:
        def watched(state: StateInline, silent: bool) -> bool:
            start, before = state.pos, len(state.tokens)
            done = rule(state, silent)
            if done and not silent and (notes := self._notes.get(id(state))) is not None:
                note = _Note(name, start, state.pos, state.tokens[before:])
                if name == "link":
                    note.label_end = state.md.helpers.parseLinkLabel(state, start, True)
                notes.append(note)
            return done

        return watched


def _parts(note: _Note, content: str) -> Iterator[Inline]:
    """What a rule has read, as one part or as several."""
    start, end = note.start, note.end
    last = note.tokens[-1] if note.tokens else None
    if note.rule == "link":
        yield Inline("kept", start, start + 1, side=OPEN)
        yield Inline("kept", note.label_end, end, _link_end(content, start, note.label_end, end), side=CLOSE)
    elif note.rule in ("emphasis", "strikethrough"):
        yield from _delimiters(note, content)
    elif last and last.type == "hardbreak":
        yield Inline("hard", len(content[:start].rstrip(" ")), end, "\n")
    elif note.rule == "newline":
        yield Inline("soft", start, end, " ", " ")
    elif note.rule == "text" or last is None or last.type == "text":
        yield Inline("text", start, end, content[start:end], content[start:end])
    elif last.type == "text_special":
        kept = last.info == "entity" and set(last.content) & set(_MARK_UP)
        yield Inline("kept" if kept else "text", start, end, "" if kept else last.content, last.content)
    else:  # the text before, which is told of by its own rule, may have become a token only now
        made = note.tokens[1:] if note.tokens[0].type == "text" else note.tokens
        yield Inline("kept", start, end, said="".join(map(_text, made)))


def _link_end(content: str, start: int, label_end: int, end: int) -> str:
    """How a link ends. One whose target is named by its very text names it after it from now on."""
    if content[label_end + 1 : end] in ("", "[]"):
        return f"][{' '.join(content[start + 1 : label_end].split())}]"
    return content[label_end:end]


def _delimiters(note: _Note, content: str) -> Iterator[Inline]:
    """A row of * or ~: marks, or characters that mean nothing."""
    width = 2 if note.rule == "strikethrough" else 1
    at = note.start + (note.end - note.start) % width
    if at > note.start:
        yield Inline("text", note.start, at, content[note.start : at], content[note.start : at])
    count = (note.end - at) // width
    for side, group in groupby(_sides(note.tokens[-count:]) if count else ()):
        end = at + width * len(list(group))
        written = content[at:end]
        yield Inline("kept", at, end, side=side) if side else Inline("text", at, end, written, written)
        at = end


def _sides(tokens: Sequence[Token]) -> Iterator[str]:
    """Of the marks around emphasis, is each the first or the last, or none? Of two that are one, one has no content."""
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.nesting or not token.content:
            is_last = token.nesting < 0 or (not token.nesting and before and before.type == "strong_close")
            yield CLOSE if is_last else OPEN
        else:
            yield ""


def _without_gaps(found: list[Inline], content: str) -> Iterator[Inline]:
    """What no rule has read is text. A hard break has the spaces before it, so the text there has not."""
    at = 0
    for inline, after in pairwise([*found, Inline("text", len(content), len(content))]):
        if inline.start > at:
            yield Inline("text", at, inline.start, content[at : inline.start], content[at : inline.start])
        at = min(inline.end, after.start)
        if at < inline.end:
            cut = content[inline.start : at]
            inline = Inline("text", inline.start, at, cut, cut)
        if inline.end > inline.start:
            yield inline
    if at < len(content):
        yield Inline("text", at, len(content), content[at:], content[at:])


def _mark(token: Token) -> tuple[object, ...]:
    """What makes one mark as good as another."""
    return token.type, token.markup, token.content, str(sorted(token.attrs.items())), str(token.meta.get("label"))


def _text(token: Token) -> str:
    return token.content if token.type in ("text", "text_special") else ""
