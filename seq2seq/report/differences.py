"""Word by word, what one text has and another has not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

_PARTS = re.compile(r"\s+|\w+|[^\w\s]")


def differing(text: str, other: str) -> list[tuple[str, bool]]:
    """The text in parts (words, signs, white space), each with whether `other` has it not at its place.

    White space between two parts that differ differs too, so that marks run through.
    """
    parts, others = _PARTS.findall(text), [part for part in _PARTS.findall(other) if not part.isspace()]
    solid = [place for place, part in enumerate(parts) if not part.isspace()]
    matcher = SequenceMatcher(None, [parts[place] for place in solid], others, autojunk=False)
    differs = [True] * len(parts)
    for block in matcher.get_matching_blocks():
        for number in range(block.a, block.a + block.size):
            differs[solid[number]] = False
    for place, part in enumerate(parts):
        if part.isspace():
            differs[place] = 0 < place < len(parts) - 1 and differs[place - 1] and differs[place + 1]
    return list(zip(parts, differs, strict=True))


def marked(text: str, reference: str, beside: str | None = None) -> str:
    """HTML: <mark> around what the reference has not, <u> around what `beside` has not."""
    wrong = [differs for _, differs in differing(text, reference)]
    other = [differs for _, differs in differing(text, beside)] if beside is not None else [False] * len(wrong)
    parts = _PARTS.findall(text)
    runs: list[tuple[list[str], bool, bool]] = []
    for part, is_wrong, is_other in zip(parts, wrong, other, strict=True):
        if not runs or runs[-1][1:] != (is_wrong, is_other):
            runs.append(([], is_wrong, is_other))
        runs[-1][0].append(part)
    return "".join(_wrap(words, is_wrong, is_other) for words, is_wrong, is_other in runs)


def _wrap(words: Sequence[str], is_wrong: bool, is_other: bool) -> str:
    text = escape("".join(words))
    text = f"<u>{text}</u>" if is_other else text
    return f"<mark>{text}</mark>" if is_wrong else text
