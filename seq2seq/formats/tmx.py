"""TMX as a file to translate: units that have English and no Spanish get a Spanish variant.

Variants that exist stay, in all languages. Elements within a text are kept in it. Pairs in and out of a translation
memory are `exchange`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from seq2seq.errors import DataError
from seq2seq.formats.kept import OPEN
from seq2seq.formats.trees import Piece, append_text, read_mixed, read_tree, show, write_mixed, write_tree

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Tmx:
    """A TMX file, taken apart."""

    def __init__(self, data: bytes, where: str) -> None:
        """`UsageError` without lxml; `DataError` where it is no TMX."""
        self._data = data
        self._tree = read_tree(data, where, doctype=True)
        root = self._tree.getroot()
        if root.tag != "tmx":
            raise DataError(f"{where} is no TMX: its root is {root.tag}")
        self._units = [(variant, shown.text) for variant in self._open() if (shown := show(_pieces(variant)))]
        self.texts = [text for _, text in self._units]

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with these translations; the bytes that were read where none differs from its source."""
        made = [self._put(variant, new) for (variant, _), new in zip(self._units, translations, strict=True)]
        return write_tree(self._tree) if any(made) else self._data

    def _open(self) -> Iterator[Any]:
        """The English variants that want a Spanish one."""
        for unit in self._tree.iter("tu"):
            variants = {_language(variant): variant for variant in unit.iterchildren("tuv")}
            if "en" in variants and "es" not in variants and variants["en"].find("seg") is not None:
                yield variants["en"]

    def _put(self, variant: Any, translation: str) -> bool:
        """Makes the Spanish variant; not where the translation is the source, or has lost something of it."""
        shown = show(_pieces(made := deepcopy(variant)))
        assert shown
        if (pieces := shown.filled(translation)) is None:
            return False
        for child in [child for child in made if child.tag != "seg"]:  # notes and properties of the English one
            made.remove(child)
        write_mixed(made.find("seg"), pieces, append_text)
        made.attrib.clear()
        made.set(_LANG, "es")
        made.tail = variant.tail
        variant.addnext(made)
        return True


def _language(variant: Any) -> str:
    return str(variant.get(_LANG) or variant.get("lang") or "").lower()[:2]


def _pieces(variant: Any) -> list[Piece]:
    return list(read_mixed(variant.find("seg"), _piece))


def _piece(child: Any) -> Piece:
    return Piece(node=child, side=OPEN if child.tag == "hi" else "")
