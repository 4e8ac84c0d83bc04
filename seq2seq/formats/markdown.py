"""Markdown: headings, paragraphs, list items, quotes, table cells and HTML are translated; all else stays as it was.

The parser says which lines a block has and what stands in them. Marks of emphasis, links' targets, code and the like
are kept within a text. What has been translated is parsed again: it must say the same with the same marks, and be one
block still. If it is not, it is written with backslashes; if that does not help, the block stays as it was. HTML is
read block by block, as `pages` does it, but not in lists and quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from seq2seq.errors import DataError, UsageError
from seq2seq.formats.inlines import Inline, Inlines
from seq2seq.formats.kept import KEPT, is_whole, mark, restored, tight, widened
from seq2seq.formats.pages import Page

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_LINE_END = re.compile(r"\r\n?")
_SIGN = re.compile(r"\[[ xX]\](?=[ \t])|\[![A-Za-z]+\](?=[ \t]*\n)")  # of a task or an alert, before its text
_SPACES = re.compile(r"[ \t]+")
_TEMPLATE = re.compile(r"\s*\{%.*%\}\s*")
_SPECIAL = re.compile(  # what is kept, or where one of these characters may be a mark
    rf"{KEPT.pattern}|[\\`*\[\]<|]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|&(?=#?\w+;)|\$(?=\S[^$]*\$)|(?<=\s)#"
    r"|^[#>+\-=:]|^\d{1,9}(?=[.)])",
    re.MULTILINE,
)
_FRAMES = {"paragraph_open": "{}", "heading_open": "# {}", "cell": "| {} |\n| --- |"}


@dataclass(frozen=True)
class Run:
    """A text: the block it is in, what of it, how it is shown, and what is kept.

    Hard breaks are the last of what is kept, and shown as line breaks, which no sentence goes beyond.
    """

    block: Block
    start: int
    end: int
    text: str
    kept: tuple[str, ...]  # as in the block
    inlines: tuple[Inline, ...]  # that `kept` stands for, each where it is first


@dataclass(frozen=True)
class Block:
    """A leaf of the document: what it says, and where in the file each of its characters is."""

    kind: str  # a key of _FRAMES
    content: str
    places: tuple[int, ...]  # one more than there are characters
    inlines: tuple[Inline, ...]


@dataclass(frozen=True)
class Markup:
    """A block of HTML, such as <details>: where in the file it stands, and what it says."""

    start: int
    end: int
    page: Page


Edit = tuple[int, int, str]  # what of the file, from where to where, is written anew, and how


class Markdown:
    """A file as CommonMark with tables, strikethrough, footnotes, formulas and front matter."""

    def __init__(self, text: str, where: str = "the text") -> None:
        """`UsageError` without markdown-it-py."""
        self._text = text
        self._bom = text.startswith("\ufeff")  # which is no part of the first block
        self._parser = _parser()
        self._env: dict[str, Any] = {}
        self._inlines = Inlines(self._parser)
        tokens = self._parser.parse(text[self._bom :], self._env)
        self._outline = _outline(tokens)
        self._found = [part for part in self._parts(tokens) if part]
        self.texts = [
            text for part in self._found for text in (part.page.texts if isinstance(part, Markup) else [part.text])
        ]

    def fill(self, translations: Sequence[str]) -> str:
        """The file with these translations."""
        assert len(translations) == len(self.texts)
        return self._with(self._harmless(list(self._edits(iter(translations)))))

    def _edits(self, translations: Iterator[str]) -> Iterator[Edit]:
        for part in self._found:
            if isinstance(part, Markup):
                page = part.page.fill([next(translations) for _ in part.page.texts])
                yield part.start, part.end, page
            elif (new := self._written(part, next(translations))) is not None:
                yield part.block.places[part.start], part.block.places[part.end], new

    def _with(self, edits: Sequence[Edit]) -> str:
        parts, at = [], 0
        for start, end, new in edits:
            parts += [self._text[at:start], new]
            at = end
        return "".join([*parts, self._text[at:]])

    def _harmless(self, written: Sequence[Edit]) -> list[Edit]:
        """Those that leave the document its blocks. Hardly ever does one, with what is around it, become another."""
        text = self._with(written)
        if _outline(self._parser.parse(text[self._bom :], {})) == self._outline:
            return list(written)
        if len(written) == 1:
            return []
        half = len(written) // 2
        left, right = self._harmless(written[:half]), self._harmless(written[half:])
        both = self._with([*left, *right])
        same = _outline(self._parser.parse(both[self._bom :], {})) == self._outline
        return [*left, *right] if same else left

    def _parts(self, tokens: Sequence[Token]) -> Iterator[Run | Markup | None]:
        """The texts, in order; None for what holds none."""
        spans = [
            (match.start() + self._bom, match.end() + self._bom) for match in _LINE.finditer(self._text[self._bom :])
        ]
        row, at = -1, 0
        for before, token in pairwise([None, *tokens]):
            assert token
            if token.type == "html_block" and token.map:
                yield self._markup(token, spans[slice(*token.map)])
            if token.type != "inline" or not token.map or not token.content:
                continue
            lines = [(start, self._text[start:end].rstrip("\r\n")) for start, end in spans[slice(*token.map)]]
            assert before
            if before.type in ("th_open", "td_open"):
                at = at if row == token.map[0] else 0
                row = token.map[0]
                places = _places_of_cell(token.content, *lines[0], at)
                at = places[-1] - lines[0][0] if places else at
            else:
                places = _places(token.content, lines, " \t#" if before.type == "heading_open" else " \t")
            if places:
                kind = before.type if before.type == "paragraph_open" or before.markup[:1] == "#" else "paragraph_open"
                kind = "cell" if before.type in ("th_open", "td_open") else kind
                found = self._inlines.read(token.content, self._env).found
                yield _cut(Block(kind, token.content, places, tuple(_with_lines_kept(found, token.content))))

    def _markup(self, token: Token, spans: Sequence[tuple[int, int]]) -> Markup | None:
        """A block of HTML with text in it; not where its lines begin with a quote's or a list's marks."""
        start, end = spans[0][0], spans[-1][1]
        if (page := _page(token.content)) is None or not page.texts:
            return None
        raw = self._text[start:end]
        same = _LINE_END.sub("\n", raw).rstrip("\n") == token.content.rstrip("\n")
        return Markup(start, end, Page(raw)) if same else None

    def _written(self, run: Run, translation: str) -> str | None:
        """What takes the place of a text in the file; None where it should stay as it was."""
        if translation == run.text or not is_whole(run.text, translation):
            return None
        tightened = tight(translation, [inline.side for inline in run.inlines])
        lines = [_SPACES.sub(" ", line).strip(" ") for line in tightened.split("\n")]
        breaks = run.text.count("\n")
        if len(lines) != breaks + 1:
            return None
        block, file = run.block, self._text

        def in_file(number: int) -> str:
            inline = run.inlines[number]
            if run.kept[number] != block.content[inline.start : inline.end]:  # a link's end that names its target now
                return _in_cell(run.kept[number]) if block.kind == "cell" else run.kept[number]
            return file[block.places[inline.start] : block.places[inline.end]]

        said = lines[0]
        for number, line in enumerate(lines[1:], len(run.kept) - breaks):
            said += mark(number) + line
        wrapped = self._wrapped(run, said)
        for form in dict.fromkeys([wrapped, said, _escaped(wrapped), _escaped(said)]):
            told = restored(form, run.kept.__getitem__)
            content = block.content[: run.start] + told + block.content[run.end :]
            if self._means(block, content, _wanted(run, said)):
                if "\n" in form:
                    form = form.replace("\n", self._line_end(run))
                return restored(_in_cell(form) if block.kind == "cell" else form, in_file)
        return None

    def _means(self, block: Block, content: str, wanted: str) -> bool:
        """Is this content one block of the kind still, with the same marks, and does it say what is wanted?"""
        framed = _FRAMES[block.kind].format(_in_cell(content) if block.kind == "cell" else content)
        tokens = self._parser.parse(framed, {})
        if [token.content for token in tokens if token.content] != [content]:
            return False
        if len(tokens) != (9 if block.kind == "cell" else 3):
            return False
        before = self._inlines.read(block.content, self._env)
        after = self._inlines.read(content, self._env)
        return Counter(after.marks) == Counter(before.marks) and "".join(after.text.split()) == wanted

    def _line_end(self, run: Run) -> str:
        """How a line of the block ends and the next one begins."""
        block = run.block
        end = block.content.index("\n")
        first = end + 1 + len(block.content[end + 1 :]) - len(block.content[end + 1 :].lstrip(" \t"))
        return self._text[block.places[end] : block.places[first]]

    def _wrapped(self, run: Run, said: str) -> str:
        """With line breaks where the source has some, so that lines are about as long as those."""
        block = run.block
        if not any(inline.kind == "soft" for inline in block.inlines if run.start <= inline.start < run.end):
            return said
        width = max(map(len, block.content.split("\n")))
        column = run.start - (block.content.rfind("\n", 0, run.start) + 1)
        lines, shown = [""], ""
        for word in said.split(" "):
            shown = restored(word, run.kept.__getitem__)
            if lines[-1] and column + 1 + len(shown.split("\n")[0]) > width:
                lines.append(word)
                column = 0
            else:
                lines[-1] += f" {word}" if lines[-1] else word
                column += len(lines[-1]) > len(word)
            column = len(shown.rsplit("\n", 1)[1]) if "\n" in shown else column + len(shown)
        return "\n".join(lines)


def _with_lines_kept(inlines: Sequence[Inline], content: str) -> Iterator[Inline]:
    """Line breaks around a line that is a template's tag, as {% hint %}, are breaks that stay."""
    for inline in inlines:
        before, after = content[: inline.start].rpartition("\n")[2], content[inline.end :].partition("\n")[0]
        is_tag = inline.kind == "soft" and (_TEMPLATE.fullmatch(before) or _TEMPLATE.fullmatch(after))
        yield replace(inline, kind="hard", text="\n") if is_tag else inline


def _parser() -> MarkdownIt:
    try:
        from markdown_it import MarkdownIt
        from mdit_py_plugins.container import container_plugin
        from mdit_py_plugins.deflist import deflist_plugin
        from mdit_py_plugins.dollarmath import dollarmath_plugin
        from mdit_py_plugins.footnote import footnote_plugin
        from mdit_py_plugins.front_matter import front_matter_plugin
    except ImportError:
        raise UsageError("Markdown needs markdown-it-py and its plugins; pip install 'seq2seq[markdown]'") from None
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.use(front_matter_plugin)
    parser.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False)
    parser.use(deflist_plugin)
    parser.use(container_plugin, "any", validate=lambda *_: True)
    return parser.disable(["inline", "text_join", "fragments_join"])  # the blocks alone: `Inlines` does the rest


def _outline(tokens: Sequence[Token]) -> list[tuple[str, str, str]]:
    """The blocks of a document, and what is in those that are no texts."""
    return [(token.type, token.tag, "" if token.type == "inline" else _kept_of(token)) for token in tokens]


def _kept_of(token: Token) -> str:
    """What of a block stays as it is."""
    page = _page(token.content) if token.type == "html_block" else None
    return page.frame if page else token.content


def _page(markup: str) -> Page | None:
    try:
        return Page(markup)
    except DataError:
        return None


def _places(content: str, lines: Sequence[tuple[int, str]], behind: str) -> tuple[int, ...]:
    """Where the characters of a block are, whose lines are given with their starts; () where that is not clear.

    Behind the last one there may be some that are no text.
    """
    places: list[int] = []
    said = content.split("\n")
    if len(said) > len(lines):
        return ()
    for number, (line, (start, written)) in enumerate(zip(said, lines, strict=False)):
        bare = line.lstrip(" \t")
        at = written.rfind(bare)
        if at < 0 or written[at + len(bare) :].strip(behind if number == len(said) - 1 else ""):
            return ()
        places += [start + at] * (len(line) - len(bare)) + [start + at + n for n in range(len(bare) + 1)]
    return tuple(places)


def _places_of_cell(content: str, start: int, line: str, at: int) -> tuple[int, ...]:
    """The same for a cell that is looked for from `at` in its line; a pipe has a backslash there."""
    found = line.find(_in_cell(content), at)
    if found < 0:
        return ()
    places = [start + found]
    for char in content:
        places.append(places[-1] + len(_in_cell(char)))
    return tuple(places)


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|")


def _cut(block: Block) -> Run | None:
    """The text of a block without marks and white space at its ends; nothing where there is no letter."""
    sign = _SIGN.match(block.content)
    first = sign.end() if sign and block.kind == "paragraph_open" else 0
    inlines = [inline for inline in block.inlines if inline.start >= first]
    texts = [number for number, inline in enumerate(inlines) if inline.kind == "text"]
    said = "".join(inlines[number].text for number in texts)
    if not any(map(str.isalpha, said)) or KEPT.search(said):
        return None
    start, end = widened([inline.side for inline in inlines], texts[0], texts[-1])
    inlines = inlines[start : end + 1]
    kept: dict[tuple[str, str], Inline] = {}  # the same twice has one number
    for inline in inlines:
        if inline.kind == "kept":
            kept.setdefault(_raw(inline, block), inline)
    numbers = {raw: number for number, raw in enumerate(kept)}
    shown = "".join(mark(numbers[_raw(one, block)], one.side) if one.kind == "kept" else one.text for one in inlines)
    text = "\n".join(_SPACES.sub(" ", line).strip(" ") for line in shown.split("\n"))
    start, end = inlines[0].start, inlines[-1].end
    raw = block.content[start:end]
    start, end = start + len(raw) - len(raw.lstrip(" \t\n")), end - len(raw) + len(raw.rstrip(" \t\n"))
    breaks = [inline for inline in inlines if inline.kind == "hard"]
    written = (raw for raw, _ in (*kept, *(_raw(inline, block) for inline in breaks)))
    return Run(block, start, end, text, tuple(written), (*kept.values(), *breaks))


def _raw(inline: Inline, block: Block) -> tuple[str, str]:
    """How what is kept is to be written, and on which side."""
    is_new = inline.kind == "kept" and inline.text
    return inline.text if is_new else block.content[inline.start : inline.end], inline.side


def _wanted(run: Run, translation: str) -> str:
    """What the block must say with a translation, without marks and white space."""
    before = [inline.said for inline in run.block.inlines if inline.end <= run.start]
    after = [inline.said for inline in run.block.inlines if inline.start >= run.end]
    said = restored(translation, lambda number: run.inlines[number].said)
    return "".join("".join([*before, said, *after]).split())


def _escaped(text: str) -> str:
    """With backslashes where something might be taken for a mark."""

    def escape(match: re.Match[str]) -> str:
        if match[1]:
            return match[0]
        return match[0] + "\\" if match[0].isdigit() else "\\" + match[0]

    return _SPECIAL.sub(escape, text)
