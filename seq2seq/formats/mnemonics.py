"""The sign in a program's menus that says which letter opens an entry: "&File", "Save _As", "E_xit".

It stands before a letter that is no sign's in another language, so a text is translated without it, and the
translation gets one: before the same letter if it has it, best at the beginning of a word, else before its first.
"""

from __future__ import annotations

import re

_WITHIN = 2  # letters of a word at most before an underscore that is such a sign, as in "Qu_it": "file_name" is a name
_SIGN = re.compile(rf"(?<![\w&])[&_](?=[^\W\d_])|(?<=[^\W\d_])&(?=[a-zß-ÿ])|\b[^\W\d_]{{1,{_WITHIN}}}_(?=[a-zß-ÿ])")
_ENTITY = re.compile(r"&(?:\w+|#\d+);")


def place(text: str) -> int | None:
    """Where the one sign of a text is; None where there is none, or it may mean something else."""
    if text.count("&") + text.count("_") != 1 or _ENTITY.search(text):
        return None
    found = _SIGN.search(text)
    return found.end() - 1 if found else None


def without(text: str) -> str:
    """The text as it is said."""
    at = place(text)
    return text if at is None else text[:at] + text[at + 1 :]


def restored(text: str, translation: str) -> str:
    """The translation of `without(text)`, with the sign that `text` has."""
    at = place(text)
    if at is None:
        return translation
    letter = re.escape(text[at + 1])
    for wanted in (rf"\b{letter}", letter, r"[^\W\d_]"):
        if found := re.search(wanted, translation, re.IGNORECASE):
            return translation[: found.start()] + text[at] + translation[found.start() :]
    return translation
