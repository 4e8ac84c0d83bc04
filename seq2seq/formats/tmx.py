"""TMX as a document: units with English and without Spanish get Spanish, told to be of this program's making.

Variants that exist stay, but for empty Spanish ones. Elements within a text are kept around or in it, and so are its
spaces and line breaks, which all count in a segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any

from seq2seq.errors import DataError
from seq2seq.formats.exchange import CHANGED, MADE
from seq2seq.formats.kept import OPEN
from seq2seq.formats.trees import (
    Piece,
    Shown,
    append_text,
    lxml_etree,
    read_mixed,
    read_tree,
    show,
    write_mixed,
    write_tree,
)
from seq2seq.formats.xliff import filled, paired

_LANGUAGES = ("{http://www.w3.org/XML/1998/namespace}lang", "lang")  # since TMX 1.4, and before
_SPANISH = "es"
_MOST_NAMED = 5  # languages in a message


@dataclass(frozen=True, eq=False)
class _Unit:
    """The English variant of a unit, its empty Spanish one if it has that, and what becomes the Spanish segment."""

    english: Any
    empty: Any
    segment: Any
    shown: Shown


class Tmx:
    """A TMX file, taken apart."""

    def __init__(self, data: bytes, where: str) -> None:
        """`UsageError` without lxml; `DataError` where it is no TMX, or has no English."""
        self._data = data
        self._tree = read_tree(data, where, doctype=True)
        root = self._tree.getroot()
        if root.tag != "tmx":
            raise DataError(f"{where} is no TMX: its root is {root.tag}")
        languages = list(dict.fromkeys(_language(variant) for variant in self._tree.iter("tuv")))
        if languages and not any(_is(code, "en") for code in languages):
            told = ", ".join(islice(filter(None, languages), _MOST_NAMED))
            raise DataError(f"{where} has no English; its languages are: {told}")
        self._spanish = next((code for code in languages if _is(code, _SPANISH)), _SPANISH)
        self._units = [unit for element in self._tree.iter("tu") for unit in _open(element)]
        self.texts = [unit.shown.text for unit in self._units]

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with these translations; the bytes that were read where none differs from its source."""
        made = [self._put(unit, new) for unit, new in zip(self._units, translations, strict=True)]
        return write_tree(self._tree) if any(made) else self._data

    def _put(self, unit: _Unit, translation: str) -> bool:
        """Gives a unit its Spanish; not where the translation is the source, or has lost something of it."""
        if (pieces := filled(unit.shown, translation)) is None:
            return False
        write_mixed(unit.segment, pieces, append_text)
        if unit.empty is not None:
            old = unit.empty.find("seg")
            unit.segment.tail = None if old is None else old.tail
            if old is not None:
                unit.empty.remove(old)
            unit.empty.append(unit.segment)
            for stale in (*CHANGED, "creationid", "creationdate", "creationtoolversion"):
                unit.empty.attrib.pop(stale, None)  # who made the empty one did not make this text
            unit.empty.set("creationtool", MADE)
            return True
        name = next(name for name in _LANGUAGES if unit.english.get(name))
        variant = lxml_etree().Element("tuv", {name: self._spanish, "creationtool": MADE})
        variant.text, variant.tail = unit.english.text, unit.english.tail
        variant.append(unit.segment)
        unit.english.addnext(variant)
        return True


def _language(variant: Any) -> str:
    return str(next(filter(None, map(variant.get, _LANGUAGES)), ""))


def _is(code: str, language: str) -> bool:
    return re.split("[-_]", code.lower())[0] == language


def _open(unit: Any) -> Iterator[_Unit]:
    """The unit, if it has an English text and no Spanish one."""
    english = [variant for variant in unit.iterchildren("tuv") if _is(_language(variant), "en")]
    spanish = [variant for variant in unit.iterchildren("tuv") if _is(_language(variant), _SPANISH)]
    if not english or any("".join(segment.itertext()).strip() for one in spanish for segment in one.iter("seg")):
        return
    segment = deepcopy(english[0].find("seg"))
    if segment is not None and (shown := show(paired(list(read_mixed(segment, _piece))))):
        yield _Unit(english[0], spanish[0] if spanish else None, segment, shown)


def _piece(child: Any) -> Piece:
    """How an element in a segment is shown: around text if it only marks that, else as code."""
    return Piece(node=child, side=OPEN if child.tag == "hi" else "")
