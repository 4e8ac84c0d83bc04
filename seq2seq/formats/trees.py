"""XML, read so that it cannot reach for anything or grow, and text with elements in it as pieces of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seq2seq.errors import DataError, UsageError
from seq2seq.formats.kept import CLOSE, KEPT, OPEN, is_whole, mark, tight, widened

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Piece:
    """Some text, or a node that is kept. Two pieces with one node stand around what is in it.

    So do two with one `begin`, which are nodes of their own, side by side with the text between them.
    """

    text: str = ""
    node: Any = None
    side: str = ""
    begin: Any = None

    @property
    def pair(self) -> Any:
        """What the other piece of two has as well."""
        return self.node if self.begin is None else self.begin

    @property
    def is_around(self) -> bool:
        """Is what stands between it and the other one inside of its node?"""
        return bool(self.side) and self.begin is None


@dataclass(frozen=True)
class Shown:
    """Pieces as a text for the translator, without nodes at its ends that don't belong in it."""

    pieces: tuple[Piece, ...]
    first: int  # of those that are shown
    last: int
    text: str

    def filled(self, translation: str) -> list[Piece] | None:
        """All pieces, with a translation. None where it is the text itself, or has lost or turned round a node."""
        if translation == self.text or not is_whole(self.text, translation):
            return None
        nodes = [piece for piece in self.pieces[self.first : self.last + 1] if piece.node is not None]
        made: list[Piece] = []
        opened: list[Any] = []
        parts = KEPT.split(tight(_NO_XML.sub("", translation), [piece.side for piece in nodes]))
        for number, part in enumerate(parts):
            if number % 2 == 0:
                made += [Piece(part)] if part else []
                continue
            piece = nodes[int(part)]
            if piece.side == CLOSE and (not opened or opened.pop() is not piece.pair):
                return None
            if piece.side == OPEN:
                opened.append(piece.pair)
            made.append(piece)
        return [*self.pieces[: self.first], *made, *self.pieces[self.last + 1 :]] if not opened else None


def in_order(before: Sequence[Piece], after: Sequence[Piece], is_one: Callable[[Any], bool]) -> bool:
    """Do the nodes that `is_one` tells stand in the same order in both?"""
    first, second = (
        [id(piece.node) for piece in pieces if piece.node is not None and is_one(piece.node)]
        for pieces in (before, after)
    )
    return first == second


def show(pieces: Sequence[Piece]) -> Shown | None:
    """The pieces as a text; None where they say nothing."""
    texts = [number for number, piece in enumerate(pieces) if piece.text.strip()]
    said = "".join(piece.text for piece in pieces)
    if not any(map(str.isalpha, said)) or KEPT.search(said):
        return None
    first, last = widened([piece.side for piece in pieces], texts[0], texts[-1])
    text, number = "", 0
    for piece in pieces[first : last + 1]:
        text += piece.text if piece.node is None else mark(number, piece.side)
        number += piece.node is not None
    sides = [piece.side for piece in pieces[first : last + 1] if piece.node is not None]
    return Shown(tuple(pieces), first, last, tight(text, sides))


def read_tree(data: bytes, where: str, *, doctype: bool = False) -> Any:
    """The tree of an XML file, which may name a DTD if `doctype`; that is not read.

    `DataError` where it is none or declares something itself, `UsageError` without lxml.
    """
    etree = lxml_etree()
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DataError(f"{where} is no XML that can be read: {error}") from None
    tree = root.getroottree()
    declared = tree.docinfo.internalDTD
    if declared is not None and (not doctype or list(declared.iterentities()) or list(declared.iterelements())):
        raise DataError(f"{where} brings declarations of its own (a DTD), which are refused; save it without them")
    return tree


def lxml_etree() -> Any:
    """The module lxml.etree. `UsageError` without it."""
    try:
        from lxml import etree
    except ImportError:
        raise UsageError("this format needs lxml; pip install 'seq2seq[office]'") from None
    return etree


def write_tree(tree: Any) -> bytes:
    """The file of a tree, in UTF-8."""
    standalone = tree.docinfo.standalone or None  # False stands for a file that says nothing of it as well
    return bytes(lxml_etree().tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=standalone))


def read_mixed(element: Any, piece: Callable[[Any], Piece | None], said: Callable[[str], str] = str) -> Iterator[Piece]:
    """What is in an element: text, as `said` changes it, and as `piece` shows each child.

    That is text, or a kept node; one that opens has its content and its end behind it. None shows the content alone.
    """
    if element.text:
        yield Piece(said(element.text))
    for child in element:
        shown = piece(child)
        if shown is not None:
            yield shown
        if shown is None or shown.side == OPEN:
            yield from read_mixed(child, piece, said)
        if shown is not None and shown.side == OPEN:
            yield Piece(node=child, side=CLOSE)
        if child.tail:
            yield Piece(said(child.tail))


def write_mixed(element: Any, pieces: Sequence[Piece], put: Callable[[Any, str], None]) -> None:
    """Puts pieces into an element, in place of what was in it; `put` adds text behind all that is in one."""
    inside = [element]
    for piece in pieces:
        if piece.node is not None and not (piece.is_around and piece.side == CLOSE):
            piece.node.tail = None
    _empty(element)
    for piece in pieces:
        if piece.node is None:
            put(inside[-1], piece.text)
        elif piece.is_around and piece.side == CLOSE:
            inside.pop()
        else:
            inside[-1].append(piece.node)
            if piece.is_around:
                _empty(piece.node)
                inside.append(piece.node)


def _empty(element: Any) -> None:
    element.text = None
    for child in list(element):
        element.remove(child)


def append_text(element: Any, text: str) -> None:
    """Text behind all that is in an element."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
