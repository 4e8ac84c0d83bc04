"""Gettext catalogues (.po): what has no translation yet gets one, marked fuzzy, for a translator to look at.

Only the lines of those entries change; all others are the same bytes, however a program has wrapped them. A sign for a
menu's key is laid aside and set anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from seq2seq.errors import DataError, UsageError
from seq2seq.formats.mnemonics import restored, without

FUZZY = "fuzzy"
_END = "\n# \0"  # behind every catalogue, so that polib takes none for a path, which holds no NUL, and drops no entry


class Catalogue:
    """A catalogue, taken apart by polib."""

    def __init__(self, text: str, where: str) -> None:
        """`UsageError` without polib, `DataError` where the text is no catalogue."""
        try:
            import polib
        except ImportError:
            raise UsageError("gettext catalogues need polib; pip install 'seq2seq[po]'") from None
        if not text.strip():
            raise DataError(f"{where} is empty: no gettext catalogue")
        try:
            found = polib.pofile(text + _END, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise DataError(f"{where} is no gettext catalogue: {error}") from None
        self._bom = "\ufeff" if text.startswith("\ufeff") else ""
        self._lines = text.removeprefix("\ufeff").splitlines(keepends=True)  # as polib counts them
        self._entries = [(entry, _form(self._lines, entry, where)) for entry in found if _is_open(entry)]
        self.texts = [without(text) for entry, _ in self._entries for text in _sources(entry)]

    def fill(self, translations: Sequence[str]) -> str:
        """The catalogue with these translations."""
        ahead = iter(translations)
        made = [
            (entry, first, [restored(text, next(ahead)) for text in _sources(entry)]) for entry, first in self._entries
        ]
        lines = list(self._lines)
        for entry, first, texts in reversed(made):  # so that the places of those before do not move
            if all(texts):
                _put(lines, first, entry, texts)
        return self._bom + "".join(lines)


def _is_open(entry: Any) -> bool:
    return bool(entry.msgid.strip()) and not (entry.obsolete or entry.translated() or entry.fuzzy)


def _sources(entry: Any) -> list[str]:
    """What is to be translated: one text, or the singular and the plural, which are Spanish's two as well."""
    return [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]


def _start(entry: Any) -> int:
    """Where the entry's lines begin; polib counts them from 1, or from 0 for the first entry."""
    return max(entry.linenum - 1, 0)


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _form(lines: Sequence[str], entry: Any, where: str) -> int:
    """Where the forms of the entry's translation begin. `DataError` where they are obsolete, and the entry is not."""
    for number in count(_start(entry)):
        said = lines[number].lstrip()
        if said.removeprefix("#~").lstrip().startswith("msgstr"):
            if said.startswith("#~"):
                raise DataError(f"{where} is no gettext catalogue: line {number + 1} is obsolete, its msgid is not")
            return number
    raise AssertionError("polib makes no entry without msgstr")


def _put(lines: list[str], first: int, entry: Any, made: Sequence[str]) -> None:
    """Puts translations into the lines of an entry, from `first` on, and marks it."""
    groups = list(_groups(lines, first))
    end = _end(lines[first - 1]) or "\n"
    if entry.msgid_plural:
        forms = dict(entry.msgstr_plural) or {0: "", 1: ""}
        kept = dict(zip(forms, groups, strict=False))
        written = [
            line
            for number, text in forms.items()
            for line in (kept[number] if text else _written(f"msgstr[{number}]", made[min(number, 1)], end))
        ]
    else:
        written = _written("msgstr", made[0], end)
    written[-1] = written[-1].removesuffix(end) + _end(groups[-1][-1])  # a catalogue may end without a line end
    lines[first : first + sum(map(len, groups))] = written
    _mark(lines, _start(entry), end)


def _groups(lines: Sequence[str], first: int) -> Iterator[list[str]]:
    """The lines of each form of a translation."""
    group: list[str] = []
    for line in lines[first:]:
        said = line.lstrip()
        if group and not said.startswith('"'):
            yield group
            group = []
        if not group and not said.startswith("msgstr"):
            return
        group.append(line)
    yield group


def _written(keyword: str, text: str, end: str) -> list[str]:
    """The lines of a form."""
    import polib

    _, *lines = str(polib.POEntry(msgid="x", msgstr=text)).rstrip("\n").split("\n")
    return [line + end for line in (keyword + lines[0].removeprefix("msgstr"), *lines[1:])]


def _mark(lines: list[str], start: int, end: str) -> None:
    """Marks the entry that begins at `start` as fuzzy, in the line of its flags or in a new one."""
    for number in count(start):
        said = lines[number].strip()
        if said.startswith("#,"):
            lines[number] = f"{said}{',' * (said != '#,')} {FUZZY}{end}"
            return
        if said.startswith(("#|", "msg")):
            lines.insert(number, f"#, {FUZZY}{end}")
            return
