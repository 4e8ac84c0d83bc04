"""Gettext catalogues (.po): what has no translation yet gets one, marked fuzzy, for a translator to look at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from seq2seq.errors import DataError, UsageError

FUZZY = "fuzzy"
_BOM = "\ufeff"


class Catalogue:
    """A catalogue as polib reads it, and its lines, of which only those of new translations change."""

    def __init__(self, text: str, where: str) -> None:
        """`UsageError` without polib, `DataError` where the text is no catalogue."""
        try:
            import polib
        except ImportError:
            raise UsageError("gettext catalogues need polib; pip install 'seq2seq[po]'") from None
        if not text.strip(_BOM + " \r\n"):
            raise DataError(f"{where} is empty: no gettext catalogue")
        self._text = text
        self._end = "\r\n" if "\r\n" in text else "\n"
        self._lines = ["", *text.removeprefix(_BOM).replace("\r\n", "\n").split("\n")]
        try:
            self._file: Any = polib.pofile("\n".join(self._lines))  # no path begins with a line end: polib opens paths
        except (OSError, ValueError) as error:
            raise DataError(f"{where} is no gettext catalogue: {error}") from None
        self._entries = [entry for entry in self._file if not (entry.obsolete or entry.translated() or entry.fuzzy)]
        self.texts = [text for entry in self._entries for text in _sources(entry)]

    def fill(self, translations: Sequence[str]) -> str:
        """The catalogue with these translations."""
        ahead = iter(translations)
        for entry in self._entries:
            made = [next(ahead) for _ in _sources(entry)]
            if entry.msgid_plural:
                entry.msgstr_plural = {n: text or made[min(n, 1)] for n, text in _forms(entry).items()}
            else:
                entry.msgstr = made[0]
        if not self._entries:
            return self._text
        starts = sorted(map(_start, self._file))
        lines = self._lines[: starts[0]]
        of_entry = {_start(entry): entry for entry in self._entries}
        for start, end in pairwise([*starts, len(self._lines)]):
            written = self._lines[start:end]
            lines += _filled(written, of_entry[start]) if start in of_entry else written
        bom = _BOM if self._text.startswith(_BOM) else ""
        return bom + self._end.join(lines[1:])


def _start(entry: Any) -> int:
    """Where an entry's lines begin. polib counts them from 1, but says 0 where a file begins with one."""
    return max(1, int(entry.linenum) - 1)


def _filled(lines: Sequence[str], entry: Any) -> list[str]:
    """An entry's lines with its translation, and the mark."""
    said = [n for n, line in enumerate(lines) if line.lstrip().startswith(("msg", '"'))]
    last = said[-1] + 1
    first = next((n for n in said if lines[n].lstrip().startswith("msgstr")), last)  # there may be none
    told = str(entry).split("\n")
    start = next(n for n, line in enumerate(told) if line.startswith("msgstr"))
    made = [line for line in told[start:] if line]
    return [*_marked(lines[:first]), *made, *lines[last:]]


def _marked(lines: Sequence[str]) -> list[str]:
    """The lines before a translation with the flag among them."""
    for number, line in enumerate(lines):
        if line.startswith("#,"):
            return [*lines[:number], f"{line}, {FUZZY}", *lines[number + 1 :]]
        if line.startswith(("msg", "#|")):
            return [*lines[:number], f"#, {FUZZY}", *lines[number:]]
    raise AssertionError("an entry has a msgid")


def _sources(entry: Any) -> list[str]:
    """What is to be translated: one text, or the singular and the plural, which are Spanish's two as well."""
    return [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]


def _forms(entry: Any) -> dict[int, str]:
    """The plural forms that the entry has, translated or empty; two if it has none."""
    return dict(entry.msgstr_plural) or {0: "", 1: ""}
