"""OpenDocument texts (.odt): the text of paragraphs is translated, in body, tables, headers, footers and notes.

Spans, links and what they hold are kept around or within a text; a span whose style only says when it was written
is none. A paragraph that is not translated is not touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seq2seq.errors import DataError
from seq2seq.formats.archives import read_archive
from seq2seq.formats.kept import CLOSE, OPEN
from seq2seq.formats.trees import (
    Piece,
    append_text,
    in_order,
    lxml_etree,
    read_mixed,
    read_tree,
    show,
    write_mixed,
    write_tree,
)

_NS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _STYLE, _OFFICE, _MANIFEST = (_NS % name for name in ("text", "style", "office", "manifest"))
_PARTS = ("content.xml", "styles.xml")  # headers and footers are among the styles
_LIST = "META-INF/manifest.xml"
_MIMETYPE = b"application/vnd.oasis.opendocument.text"
_ALIEN = {_OFFICE + "annotation", _TEXT + "tracked-changes"}  # comments, and what has been deleted
_PARAGRAPHS = (_TEXT + "p", _TEXT + "h")
_SPAN = _TEXT + "span"
_PLAIN = {_TEXT + "tab": "\t", _TEXT + "line-break": "\n", _TEXT + "soft-page-break": ""}
_ELEMENTS = {"\t": _TEXT + "tab", "\n": _TEXT + "line-break"}
_SPACES = re.compile(r"[ \t\r\n]+")
_OWN_ELEMENT = re.compile(r"(\t|\n|(?<= ) +)")
_OWN_AT_START = re.compile(rf"{_OWN_ELEMENT.pattern[:-1]}|^ +)")  # of a paragraph, where spaces count for nothing
_NO_FORMATTING = re.compile(r"\{.*\}(?:(?:paragraph-)?rsid|(?:language|country|script|rfc-language-tag)(?:-\w+)?)")
_MOST_SPACES = 1000  # at one place


class OpenText:
    """An .odt file, taken apart."""

    def __init__(self, data: bytes, where: str) -> None:
        """`UsageError` without lxml, `DataError` where it is no text document or one that is not safe to read."""
        lxml_etree()
        self._archive = read_archive(data, where)
        members = self._archive.named()
        if not members.get("mimetype", b"").startswith(_MIMETYPE) or _PARTS[0] not in members:
            raise DataError(f"{where} is no .odt: its mimetype is not {_MIMETYPE.decode()}, or {_PARTS[0]} is missing")
        if _is_encrypted(members, where):
            raise DataError(f"{where} is encrypted; save it anew without a password")
        self._trees = {name: read_tree(members[name], f"{where}: {name}") for name in _PARTS if name in members}
        self._paragraphs = [
            (name, paragraph, shown)
            for name, tree in self._trees.items()
            for styles in [_Styles(tree)]
            for paragraph in tree.iter(*_PARAGRAPHS)
            if _ALIEN.isdisjoint(above.tag for above in paragraph.iterancestors())
            and (shown := show(styles.merged(_read(paragraph, styles))))
        ]
        self.texts = [shown.text for _, _, shown in self._paragraphs]

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with these translations."""
        changed = set()
        for (name, paragraph, shown), translation in zip(self._paragraphs, translations, strict=True):
            pieces = shown.filled(translation)
            if pieces is not None and in_order(shown.pieces, pieces, _is_half):
                write_mixed(paragraph, pieces, _put)
                changed.add(name)
        return self._archive.written({name: write_tree(self._trees[name]) for name in changed})


def _read(paragraph: Any, styles: _Styles) -> list[Piece]:
    """The pieces of a paragraph, but for white space at its start that no element stands for."""
    pieces = list(read_mixed(paragraph, styles.piece, _one_space))
    return pieces[1:] if paragraph.text and not paragraph.text.strip(" \t\r\n") else pieces


def _is_half(node: Any) -> bool:
    """Does it begin or end something, as a bookmark, without being around it?"""
    return str(node.tag).endswith(("-start", "-end"))


class _Styles:
    """The text styles that a part gives names to, and what a node is by them."""

    def __init__(self, tree: Any) -> None:
        self._formattings = {
            style.get(_STYLE + "name"): _formatting(style)
            for style in tree.iter(_STYLE + "style")
            if style.get(_STYLE + "family") == "text" and style.getparent().tag == _OFFICE + "automatic-styles"
        }

    def _of(self, span: Any) -> object:
        name = span.get(_TEXT + "style-name")
        return self._formattings.get(name, name)

    def piece(self, child: Any) -> Piece | None:
        """How a node in a paragraph is shown; None where it is only what is in it."""
        if child.tag == _SPAN:
            return Piece(node=child, side=OPEN) if self._of(child) else None
        if child.tag == _TEXT + "a":
            return Piece(node=child, side=OPEN)
        if child.tag == _TEXT + "s":
            count = child.get(_TEXT + "c", "1")
            return Piece(" " * min(int(count), _MOST_SPACES) if count.isdecimal() and len(count) < 9 else " ")
        if child.tag in _PLAIN:
            return Piece(_PLAIN[child.tag])
        return Piece(node=child)

    def merged(self, pieces: Iterable[Piece]) -> list[Piece]:
        """The pieces, with spans of one formatting side by side as one."""
        found: list[Piece] = []
        first: dict[Any, Any] = {}  # of spans that were made one, by the others
        for piece in pieces:
            before = found[-1] if found else Piece()
            is_span = (
                piece.side == OPEN and before.side == CLOSE and piece.node.tag == before.node.tag == _TEXT + "span"
            )
            if is_span and self._of(piece.node) == self._of(before.node):
                first[piece.node] = found.pop().node
            else:
                found.append(Piece(piece.text, first.get(piece.node, piece.node), piece.side))
        return found


def _formatting(style: Any) -> object:
    """What tells one formatting from another; nothing where it is that of the paragraph."""
    told = (
        [(_STYLE + "parent", style.get(_STYLE + "parent-style-name"))]
        if style.get(_STYLE + "parent-style-name")
        else []
    )
    for child in style:
        told += [(name, value) for name, value in child.attrib.items() if not _NO_FORMATTING.fullmatch(name)]
        told += [(str(inner.tag), "") for inner in child]
    return tuple(sorted(told))


def _is_encrypted(members: Mapping[str, bytes], where: str) -> bool:
    if _LIST not in members:
        return False
    return next(read_tree(members[_LIST], f"{where}: {_LIST}").iter(_MANIFEST + "encryption-data"), None) is not None


def _one_space(text: str) -> str:
    return _SPACES.sub(" ", text)


def _put(element: Any, text: str) -> None:
    """Text behind what is in an element; tabs, line breaks and spaces behind a space are elements."""
    at_start = element.tag in _PARAGRAPHS and not element.text and not len(element)
    for number, part in enumerate((_OWN_AT_START if at_start else _OWN_ELEMENT).split(text)):
        if number % 2 == 0:
            append_text(element, part)
        elif part in _ELEMENTS:
            lxml_etree().SubElement(element, _ELEMENTS[part])
        else:
            lxml_etree().SubElement(element, _TEXT + "s").set(_TEXT + "c", str(len(part)))
