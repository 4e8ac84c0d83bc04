"""XLIFF 1.2 and 2: units without a target get one, marked as a machine's where the format can say so.

Targets that exist stay, and so does what is not to be translated. Elements within a text are kept around or in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from seq2seq.errors import DataError
from seq2seq.formats.kept import OPEN
from seq2seq.formats.trees import Piece, append_text, read_mixed, read_tree, show, write_mixed, write_tree

_V1, _V2 = "{urn:oasis:names:tc:xliff:document:1.2}", "{urn:oasis:names:tc:xliff:document:2.0}"
_AROUND = {_V1 + "g", _V1 + "mrk", _V2 + "pc", _V2 + "mrk"}  # the text in them is text; in all others it is code
_LANG, _SPACE = (f"{{http://www.w3.org/XML/1998/namespace}}{name}" for name in ("lang", "space"))
_SPACES = re.compile(r"[ \t\r\n]+")


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
        self._units = [(source, shown.text) for source in self._open() if (shown := show(_pieces(source)))]
        self.texts = [text for _, text in self._units]

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with these translations; the bytes that were read where none differs from its source."""
        made = [self._put(source, new) for (source, _), new in zip(self._units, translations, strict=True)]
        if not any(made):
            return self._data
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
            if target is None or not (len(target) or (target.text or "").strip()):
                yield source

    def _put(self, source: Any, translation: str) -> bool:
        """Makes the target of a source; not where the translation is the source, or has lost something of it."""
        target = deepcopy(source)
        shown = show(_pieces(target))
        assert shown
        if (pieces := shown.filled(translation)) is None:
            return False
        write_mixed(target, pieces, append_text)
        target.tag = self._space + "target"
        target.attrib.pop(_LANG, None)  # the source's
        unit = source.getparent()
        if (empty := unit.find(target.tag)) is not None:
            unit.remove(empty)
        before = source if (segmented := unit.find(self._space + "seg-source")) is None else segmented
        target.tail = before.tail
        before.addnext(target)
        if self._space == _V1:
            target.set("state", "needs-review-translation")
            target.set("state-qualifier", "mt-suggestion")
        else:
            unit.set("state", "translated")
        return True


def _pieces(source: Any) -> list[Piece]:
    told = (element.get(_SPACE) for element in (source, *source.iterancestors()))
    is_kept = next(filter(None, told), "") == "preserve"
    return list(read_mixed(source, _piece, str if is_kept else lambda text: _SPACES.sub(" ", text)))


def _piece(child: Any) -> Piece:
    is_code = child.get("mtype") == "protected" or child.get("translate") == "no"
    return Piece(node=child, side=OPEN if child.tag in _AROUND and not is_code else "")
