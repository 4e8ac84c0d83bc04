"""The sign in a program's menus that says which key opens an entry: "&File", "Save _As", "E_xit".

A text is translated without it, and its translation gets one: before the same letter if it has it, best at the
beginning of a word, else before its first letter.
"""

from __future__ import annotations

import re

MOST_WORDS = 6  # of a label
_WITHIN = 3  # letters of a word at most before such a sign, as in "Pre_ferences": "Rock&roll" is a name
_SIGN = re.compile(rf"(?<![\w&])[&_](?=[^\W\d_])|\b[A-ZÀ-Þ][^\W\d_]{{0,{_WITHIN - 1}}}[&_](?=[a-zß-ÿ])")
_KEPT = re.compile(  # what a program reads: tags, slots, addresses, entities
    r"<[^<>]*>|\{[^{}]*\}|%(?:\(\w+\)|\d+\$)?[-+ 0#]*\d*(?:\.\d+)?[hlLqjzt]*[A-Za-z]|\$\w+|\w+://\S+|&(?:\w+|#\d+);"
)


def place(text: str) -> int | None:
    """Where the one sign of a label is; None where there is none, or it may mean something else."""
    read = _readable(text)
    if read.count("&") + read.count("_") != 1 or len(text.split()) > MOST_WORDS:
        return None
    found = _SIGN.search(read)
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
        if found := re.search(wanted, _readable(translation), re.IGNORECASE):
            return translation[: found.start()] + text[at] + translation[found.start() :]
    return translation


def _readable(text: str) -> str:
    """The text with nothing, as long as it was, in place of what only a program reads."""
    return _KEPT.sub(lambda match: "\0" * len(match[0]), text)
