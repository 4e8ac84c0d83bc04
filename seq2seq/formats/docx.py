"""Word documents (.docx): the text of paragraphs is translated, in body, tables, headers, footers and notes.

A paragraph is a row of runs, each with its formatting. Most of its text has one formatting, which a translation has as
well; what has another stands between two kept things, as do links. Tabs and line breaks are characters of the text;
pictures, fields, notes' numbers and the like are kept. A paragraph that is not translated is not touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from seq2seq.errors import DataError
from seq2seq.formats.archives import read_archive
from seq2seq.formats.kept import CLOSE, OPEN
from seq2seq.formats.trees import Piece, in_order, lxml_etree, read_tree, show, write_tree

_W = (  # transitional, as Word writes it unless it is asked for a "Strict Open XML Document"
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TYPES = "[Content_Types].xml"
_PARTS = (
    "document.main",
    "template.main",
    "header",
    "footer",
    "footnotes",
    "endnotes",
)  # parts' types end so, and +xml
_PLAIN = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_ELEMENTS = {"\t": "tab", "\n": "br"}
_AROUND = {"hyperlink", "ins", "moveTo", "smartTag", "customXml", "sdt", "bdo", "dir"}
_FORGOTTEN = {"proofErr", "lastRenderedPageBreak"}  # what programs note and find again
_LONGEST_FIELD = 500  # runs
_NO_FORMATTING = {"lang", "noProof"}


@dataclass(frozen=True, eq=False)
class Frame:
    """What text stands in: an element, or only a formatting; and a run that has the formatting of most of it."""

    element: Any
    run: Any


@dataclass(frozen=True, eq=False)
class Kept:
    """Elements side by side that stay as they are, with their run if they are only a part of it."""

    elements: tuple[Any, ...]
    run: Any = None


@dataclass(frozen=True)
class Said:
    """Text with the run it is from."""

    text: str
    run: Any
    formatting: object


class WordDocument:
    """A .docx file, taken apart."""

    def __init__(self, data: bytes, where: str) -> None:
        """`UsageError` without lxml, `DataError` where it is no Word document or one that is not safe to read."""
        lxml_etree()
        self._archive = read_archive(data, where)
        members = self._archive.named()
        if _TYPES not in members:
            raise DataError(f"{where} is no .docx: it has no {_TYPES}")
        parts = [name for name in _parts(read_tree(members[_TYPES], f"{where}: {_TYPES}")) if name in members]
        if not parts:
            raise DataError(f"{where} is no .docx: it holds no text document")
        self._trees = {name: read_tree(members[name], f"{where}: {name}") for name in parts}
        self._paragraphs = [
            (name, frame, shown)
            for name, tree in self._trees.items()
            for paragraph in tree.iter(*(space + "p" for space in _W))
            for frame in [_frame(paragraph)]
            if (shown := show(list(_pieces(frame))))
        ]
        self.texts = [shown.text for _, _, shown in self._paragraphs]

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with these translations."""
        changed = set()
        for (name, frame, shown), translation in zip(self._paragraphs, translations, strict=True):
            pieces = shown.filled(translation)
            if pieces is not None and in_order(shown.pieces, pieces, _is_half):
                _write(frame, pieces)
                _unbind(frame.element)
                changed.add(name)
        return self._archive.written({name: write_tree(self._trees[name]) for name in changed})


def _parts(types: Any) -> Iterator[str]:
    """The names of the members that hold text, as the list of types tells."""
    for override in types.getroot().iter("{*}Override"):
        kind = override.get("ContentType", "").lower().replace(".macroenabled", "")
        is_word = "wordprocessingml" in kind or "ms-word" in kind
        if is_word and kind.removesuffix("+xml").endswith(_PARTS):
            yield override.get("PartName", "").removeprefix("/")


def _unbind(paragraph: Any) -> None:
    """Takes from the controls around and in a paragraph what would fill them anew from elsewhere in the file."""
    for control in (*paragraph.iterancestors("{*}sdt"), *paragraph.iter("{*}sdt")):
        for binding in control.findall("{*}sdtPr/{*}dataBinding"):
            binding.getparent().remove(binding)


def _is_half(node: Any) -> bool:
    """Does it hold what begins or ends something, such as a field or a bookmark, without being around it?"""
    elements = [element for kept in node for element in kept.elements] if isinstance(node, tuple) else []
    return any(
        _name(inner).endswith(("Start", "End")) or _name(inner) == "fldChar"
        for element in elements
        for inner in element.iter()
    )


def _name(element: Any) -> str:
    """The name of an element of Word's; nothing of another, as of a comment."""
    space, _, name = str(element.tag).rpartition("}")
    return name if space + "}" in _W else ""


def _beside(element: Any, name: str) -> str:
    """The name, in the namespace of an element: a document is of one of them throughout."""
    return str(element.tag.rpartition("}")[0]) + "}" + name


def _content(element: Any) -> Any:
    """The element that holds what an element around text holds."""
    inner = element.find(_beside(element, "sdtContent"))
    return element if inner is None else inner


def _children(content: Any) -> list[Any]:
    """What stands in an element, without its properties."""
    return [child for child in content if not (isinstance(child.tag, str) and child.tag.endswith("Pr"))]


def _frame(element: Any) -> Frame:
    """The element with the formatting of most of the text that stands in it and in no other one there."""
    sizes: Counter[object] = Counter()
    runs: dict[object, Any] = {}
    for atom in _blended(_content(element)):
        if isinstance(atom, Said):
            sizes[atom.formatting] += len(atom.text)
            runs.setdefault(atom.formatting, atom.run)
    return Frame(element, runs[sizes.most_common(1)[0][0]] if runs else None)


def _pieces(frame: Frame) -> Iterator[Piece]:
    """What stands in a frame: text, what is kept, and frames in it."""
    main = _formatting(frame.run) if frame.run is not None else None

    def kind(atom: Any) -> object:
        return atom.formatting if isinstance(atom, Said) else Kept if isinstance(atom, Kept) else atom

    for _, group in groupby(_blended(_content(frame.element)), kind):
        [first, *others] = group
        if isinstance(first, Kept):
            yield Piece(node=(first, *others))
        elif isinstance(first, Said):
            text = Piece("".join(atom.text for atom in (first, *others)))
            span = Frame(None, first.run)
            around = first.formatting != main
            yield from [Piece(node=span, side=OPEN), text, Piece(node=span, side=CLOSE)] if around else [text]
        else:
            inner = _frame(first)
            yield Piece(node=inner, side=OPEN)
            yield from _pieces(inner)
            yield Piece(node=inner, side=CLOSE)


def _blended(content: Any) -> Iterator[Any]:
    """What an element holds: Said, Kept, elements around text. A space has the formatting of what it follows."""
    before: Any = None
    for atom in _atoms(content):
        if isinstance(atom, Said) and isinstance(before, Said) and not atom.text.strip(" "):
            atom = Said(atom.text, before.run, before.formatting)
        before = atom
        yield atom


def _atoms(content: Any) -> Iterator[Any]:
    children = _children(content)
    at = 0
    while at < len(children):
        child = children[at]
        name = _name(child)
        last = _field_end(children, at)
        if last is not None:
            yield Kept(tuple(children[at : last + 1]))
            at = last
        elif name == "r":
            yield from _atoms_of_run(child)
        elif name in _AROUND or (name == "fldSimple" and _is_link(child.get(_beside(child, "instr"), ""))):
            yield child
        elif name not in _FORGOTTEN:
            yield Kept((child,))
        at += 1


def _atoms_of_run(run: Any) -> Iterator[Said | Kept]:
    formatting = _formatting(run)
    for child in _children(run):
        name = _name(child)
        if name in _PLAIN and child.get(_beside(child, "type"), "textWrapping") == "textWrapping":
            yield Said(_PLAIN[name], run, formatting)
        elif name == "t":
            text = (child.text or "").translate(dict.fromkeys(map(ord, "\t\r\n"), " "))
            yield Said(text if child.get(_SPACE) == "preserve" else text.strip(" "), run, formatting)
        elif name not in _FORGOTTEN:
            yield Kept((child,), run)


def _field_end(children: Sequence[Any], at: int) -> int | None:
    """The last of the runs that are kept as a field, or a part of one, that begins here; None where none does.

    Of a link that is a field, what is to be read stays text.
    """
    marks = children[at].findall("{*}fldChar")
    if not marks:
        return None
    if _field_mark(marks[0]) != "begin":
        return at
    depth, told, result = 0, "", None
    for number in range(at, min(len(children), at + _LONGEST_FIELD)):
        for mark in children[number].iter("{*}fldChar", "{*}instrText"):
            kind = _field_mark(mark)
            depth += (kind == "begin") - (kind == "end")
            if depth == 1 and kind is None and result is None:
                told += mark.text or ""
            elif depth == 1 and kind == "separate":
                result = number
            elif depth == 0:
                return result if result is not None and _is_link(told) else number
    return at if result is None else result


def _field_mark(mark: Any) -> str | None:
    """Does it begin, separate or end a field? None of what tells which field it is."""
    return cast("str | None", mark.get(_beside(mark, "fldCharType")))


def _is_link(told: str) -> bool:
    """Is a field a link, by what it tells? The text of others is made by programs, and made anew."""
    return told.split()[:1] == ["HYPERLINK"]


def _formatting(run: Any) -> object:
    """What tells one formatting from another."""
    found = run.find(_beside(run, "rPr"))
    kept = [] if found is None else [child for child in found if _name(child) not in _NO_FORMATTING]
    return tuple((str(one.tag), *sorted(one.attrib.items())) for child in kept for one in child.iter())


def _write(frame: Frame, pieces: Sequence[Piece]) -> None:
    """Puts pieces into a frame, in place of what stood there."""
    inside = [(_emptied(frame.element), frame.run)]
    for piece in pieces:
        content, run = inside[-1]
        if piece.node is None:
            _add_text(content, run, piece.text)
        elif piece.side == CLOSE:
            inside.pop()
        elif piece.side != OPEN:
            for kept in piece.node:
                _add_kept(content, kept)
        elif piece.node.element is None:
            inside.append((content, piece.node.run))
        else:
            content.append(piece.node.element)
            inside.append((_emptied(piece.node.element), piece.node.run))


def _emptied(element: Any) -> Any:
    content = _content(element)
    for child in _children(content):
        content.remove(child)
    return content


def _new_run(content: Any, like: Any) -> Any:
    run = lxml_etree().SubElement(content, _beside(content, "r"))
    formatting = None if like is None else like.find(_beside(like, "rPr"))
    if formatting is not None:
        run.append(deepcopy(formatting))
    return run


def _add_kept(content: Any, kept: Kept) -> None:
    into = content if kept.run is None else _new_run(content, kept.run)
    for element in kept.elements:
        element.tail = None
        into.append(element)


def _add_text(content: Any, like: Any, text: str) -> None:
    run = _new_run(content, like)
    for is_plain, chars in groupby(text, lambda char: char not in _ELEMENTS):
        if is_plain:
            said = lxml_etree().SubElement(run, _beside(run, "t"))
            said.text = "".join(chars)
            said.set(_SPACE, "preserve")
        else:
            for char in chars:
                lxml_etree().SubElement(run, _beside(run, _ELEMENTS[char]))
