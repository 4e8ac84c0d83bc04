"""XLIFF 1.2 and 2: units without a target get one, marked as a machine's where the format can say so.

Targets that exist stay, and so does what is not to be translated. Elements within a text are kept around or in it. A
source that has been cut into segments (`seg-source`) is translated by these, and its target is cut like it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from seq2seq.errors import DataError
from seq2seq.formats.kept import CLOSE, OPEN
from seq2seq.formats.trees import Piece, Shown, append_text, read_mixed, read_tree, show, write_mixed, write_tree

_V1, _V2 = "{urn:oasis:names:tc:xliff:document:1.2}", "{urn:oasis:names:tc:xliff:document:2.0}"
_AROUND = {_V1 + "g", _V1 + "mrk", _V2 + "pc", _V2 + "mrk"}  # the text in them is text; in all others it is code
_BEGIN, _END = {"bpt", "bx", "sc"}, {"ept", "ex", "ec"}  # codes that are two elements, apart from one another
_XML = "{http://www.w3.org/XML/1998/namespace}"
_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, eq=False)
class _Unit:
    """A source without a target, and what becomes its target: a copy, with the parts that are texts."""

    source: Any
    target: Any
    parts: list[tuple[Any, Shown]]


class Xliff:
    """An XLIFF file, taken apart."""

    def __init__(self, data: bytes, where: str) -> None:
        """`UsageError` without lxml; `DataError` where it is no XLIFF, or of other languages."""
        self._data = data
        self._tree = read_tree(data, where)
        root = self._tree.getroot()
        if root.tag not in (_V1 + "xliff", _V2 + "xliff"):
            raise DataError(f"{where} is no XLIFF 1.2 or 2: its root is {root.tag}")
        self._space = _V1 if root.tag.startswith(_V1) else _V2
        self._headers = list(self._tree.iter(_V1 + "file")) if self._space == _V1 else [root]
        self._language = "target-language" if self._space == _V1 else "trgLang"
        self._check_languages(where)
        self._units = [unit for source in self._open() if (unit := _taken_apart(source, self._space)).parts]
        self.texts = [shown.text for unit in self._units for _, shown in unit.parts]

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with these translations; the bytes that were read where none differs from its source."""
        assert len(translations) == len(self.texts)
        ahead = iter(translations)
        made = [unit for unit in self._units if _translate(unit, [next(ahead) for _ in unit.parts])]
        if not made:
            return self._data
        for unit in made:
            self._put(unit)
        for header in self._headers:
            if not header.get(self._language):
                header.set(self._language, "es")
        return write_tree(self._tree)

    def _check_languages(self, where: str) -> None:
        for name, wanted in (("source-language" if self._space == _V1 else "srcLang", "en"), (self._language, "es")):
            for header in self._headers:
                if (found := header.get(name)) and re.split("[-_]", found.lower())[0] != wanted:
                    raise DataError(f"{where}: {name} is {found}, where the model translates English into Spanish")

    def _open(self) -> Iterator[Any]:
        """The sources that want a target."""
        holder = self._space + ("trans-unit" if self._space == _V1 else "segment")
        for unit in self._tree.iter(holder):
            source, target = unit.find(self._space + "source"), unit.find(self._space + "target")
            told = [element.get("translate") for element in (unit, *unit.iterancestors()) if element.get("translate")]
            if source is None or told[:1] == ["no"]:
                continue
            if target is None or not "".join(target.itertext()).strip():
                yield source

    def _put(self, unit: _Unit) -> None:
        """Gives a unit its target: behind its source, and in place of an empty one, whose attributes stay."""
        holder, target = unit.source.getparent(), unit.target
        target.tag = self._space + "target"
        source_language = target.attrib.pop(_XML + "lang", None)
        if (empty := holder.find(target.tag)) is not None:
            holder.remove(empty)
            target.attrib.update(empty.attrib)
        if source_language and not target.get(_XML + "lang") and (language := self._header(holder).get(self._language)):
            target.set(_XML + "lang", language)
        before = holder.find(self._space + "seg-source")
        before = unit.source if before is None else before
        target.tail = before.tail
        before.addnext(target)
        if self._space == _V1:
            target.set("state", "needs-review-translation")
            target.set("state-qualifier", "mt-suggestion")
        else:
            holder.set("state", "translated")
            holder.set("subState", "seq2seq:machine")

    def _header(self, holder: Any) -> Any:
        """The element that tells the languages of a unit."""
        return next((above for above in holder.iterancestors() if above in self._headers), self._headers[0])


def _taken_apart(source: Any, space: str) -> _Unit:
    cut = source.getparent().find(space + "seg-source")
    target = deepcopy(source if cut is None else cut)
    segments = [mark for mark in target.iter(space + "mrk") if mark.get("mtype") == "seg"]
    spaces = [element.get(_XML + "space") for element in (source, *source.iterancestors())]
    is_preserved = [told for told in spaces if told][:1] == ["preserve"]
    shown = [(part, show(_pieces(part, is_preserved))) for part in segments or [target]]
    return _Unit(source, target, [(part, found) for part, found in shown if found])


def _translate(unit: _Unit, translations: Sequence[str]) -> bool:
    """Puts translations into a target; not where all are their sources, or one has lost something of it."""
    made = [filled(shown, translation) for (_, shown), translation in zip(unit.parts, translations, strict=True)]
    same = [shown.text == translation for (_, shown), translation in zip(unit.parts, translations, strict=True)]
    if all(same) or any(pieces is None and not is_same for pieces, is_same in zip(made, same, strict=True)):
        return False
    for (part, _), pieces in zip(unit.parts, made, strict=True):
        if pieces is not None:
            write_mixed(part, pieces, append_text)
    return True


def paired(pieces: Sequence[Piece]) -> list[Piece]:
    """Codes that begin and end in one text, one within another, as two that stand around what is between them.

    What begins or ends elsewhere, and codes that cross, are left to stand for themselves. TMX has the same codes.
    """
    made = list(pieces)
    open_codes: list[dict[str, int]] = [{}]  # places of those begun in each element that is open, by their names
    for place, piece in enumerate(pieces):
        side, name = _code(piece)
        if piece.side == OPEN:
            open_codes.append({})
        elif piece.side == CLOSE:
            open_codes.pop()
        elif side == OPEN:
            open_codes[-1].pop(name, None)
            open_codes[-1][name] = place
        elif side == CLOSE and (start := _begun(open_codes[-1], name)) is not None:
            begin = pieces[start].node
            made[start], made[place] = Piece("", begin, OPEN, begin), Piece("", piece.node, CLOSE, begin)
    return made


def _begun(codes: dict[str, int], name: str) -> int | None:
    """Where the code began that ends now; what has begun since is forgotten, for it would cross this one."""
    while name in codes:
        last, place = codes.popitem()
        if last == name:
            return place
    return None


def filled(shown: Shown, translation: str) -> list[Piece] | None:
    """All pieces, with a translation; None also where a code would end before it begins."""
    pieces = shown.filled(translation)
    places: dict[str, dict[str, int]] = {OPEN: {}, CLOSE: {}}
    for place, piece in enumerate(pieces or []):
        side, name = _code(piece)
        if side:
            places[side][name] = place
    return pieces if all(places[OPEN].get(code, -1) < place for code, place in places[CLOSE].items()) else None


def _code(piece: Piece) -> tuple[str, str]:
    """Does a code begin or end with this piece, and what is it called?"""
    element = "" if piece.node is None else str(piece.node.tag).rpartition("}")[2]
    if element not in _BEGIN | _END:
        return "", ""
    told = (piece.node.get(key) for key in ("i", "rid", "startRef", "id"))
    return OPEN if element in _BEGIN else CLOSE, next(filter(None, told), "")


def _pieces(source: Any, is_preserved: bool) -> list[Piece]:
    return paired(list(read_mixed(source, _piece, str if is_preserved else lambda text: _SPACES.sub(" ", text))))


def _piece(child: Any) -> Piece:
    is_code = child.get("mtype") == "protected" or child.get("translate") == "no"
    return Piece(node=child, side=OPEN if child.tag in _AROUND and not is_code else "")
