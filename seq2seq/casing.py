"""Sentences in CAPITALS or In Title Case, written as others are: only so does the network know their words."""

from __future__ import annotations

import re

CAPITALS, TITLE, WORD = "capitals", "title", "word"
_WORD = re.compile(r"(?<!⟧['’])[^\W\d_]+(?:['’][^\W\d_]+)*")
_ALONE = re.compile(r"\bi\b")  # "I" is a capital wherever it stands
_LONE = re.compile(r"[^\w\s]*[^\W\d_]{2,}[^\w\s]*")
_LONG = 4  # letters of a word that is none of the usual abbreviations
_SMALL = re.compile(
    "a|an|and|are|as|at|be|been|but|by|can|did|do|does|for|from|had|has|have|he|her|him|his|how|if|in|into|is|it|its|me"
    "|my|no|not|of|on|or|our|she|so|some|than|that|the|their|them|there|these|they|this|those|to|up|us|was|we|were|what"
    "|when|where|which|who|why|will|with|would|you|your",
    re.IGNORECASE,
)  # words that no name makes capitals within a sentence


def case(text: str) -> str:
    """CAPITALS or TITLE if an English sentence is written so, else an empty string.

    What may as well be abbreviations ("IBM PC"), a word alone or a name ("New York Times") is taken as it stands.
    """
    words = _WORD.findall(text)
    if text.isupper() and len(words) > 1 and any(len(word) >= _LONG or _SMALL.fullmatch(word) for word in words):
        return CAPITALS
    named = all(word[0].isupper() for word in words)
    if named and len(words) > 2 and any(word.istitle() and _SMALL.fullmatch(word) for word in words[1:]):
        return TITLE
    return ""


def is_lone(text: str) -> bool:
    """Is it one word with a capital, which may be a name or not: "Bread", "London"?"""
    return text.istitle() and bool(_LONE.fullmatch(text))


def lowered(text: str) -> str:
    """A text in capitals or title case as a sentence: one capital, at its first letter.

    >>> lowered("¡I TOLD YOU THAT I WON!")
    '¡I told you that I won!'
    """
    lower = _ALONE.sub("I", text.lower())
    first = _WORD.search(lower)
    return lower if not first else lower[: first.start()] + lower[first.start()].upper() + lower[first.start() + 1 :]


def raised(text: str, case: str) -> str:
    """A text in the case that another one had; in that of a WORD, with one capital."""
    if case == CAPITALS:
        return text.upper()
    if case not in (TITLE, WORD):
        return text
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:], text, count=int(case == WORD))  # 0: all of them
