"""Gettext catalogues (.po): what has no translation yet gets one, marked fuzzy, for a translator to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seq2seq.errors import DataError, UsageError

FUZZY = "fuzzy"


class Catalogue:
    """A catalogue through polib: comments, contexts, references and translations that exist are kept."""

    def __init__(self, text: str, where: str) -> None:
        """`UsageError` without polib, `DataError` where the text is no catalogue."""
        try:
            import polib
        except ImportError:
            raise UsageError("gettext catalogues need polib; pip install 'seq2seq[po]'") from None
        if not text.strip():
            raise DataError(f"{where} is empty: no gettext catalogue")
        try:
            self._file: Any = polib.pofile(text)
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
            entry.flags.append(FUZZY)
        return str(self._file).removesuffix("\n") + "\n"


def _sources(entry: Any) -> list[str]:
    """What is to be translated: one text, or the singular and the plural, which are Spanish's two as well."""
    return [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]


def _forms(entry: Any) -> dict[int, str]:
    """The plural forms that the entry has, translated or empty; two if it has none."""
    return dict(entry.msgstr_plural) or {0: "", 1: ""}
