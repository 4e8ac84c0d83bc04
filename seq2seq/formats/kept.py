"""What a text holds that is no text: shown as tags, which come through translation.

`<kept0/>` is a thing of its own; `<kept1>` and `</kept2>` are two that stand around words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

KEPT = re.compile(r"</?kept(\d+)/?>")
_SPACED = re.compile(rf"( *)({KEPT.pattern})( *)")
OPEN, CLOSE = "open", "close"  # of two kept things that stand around a text


def mark(number: int, side: str = "") -> str:
    """How a kept thing is shown to the translator: as an opening tag, a closing one, or one that stands alone."""
    return {OPEN: f"<kept{number}>", CLOSE: f"</kept{number}>"}.get(side, f"<kept{number}/>")


def is_whole(text: str, translation: str) -> bool:
    """Has a translation every kept thing of its text, as often as that?"""
    return sorted(KEPT.findall(translation)) == sorted(KEPT.findall(text))


def tight(translation: str, sides: Sequence[str]) -> str:
    """White space that has come to be on the inner side of a kept thing is moved to its outer side."""

    def moved(match: re.Match[str]) -> str:
        before, tag, number, after = match.groups()
        if sides[int(number)] == OPEN:
            return f"{before}{after}{tag}"
        return f"{tag}{before}{after}" if sides[int(number)] == CLOSE else match[0]

    return _SPACED.sub(moved, translation)


def widened(sides: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """From first to last, and to the partners of what is in between; "" is the side of what has none."""
    pairs, opened = [], []
    for number, side in enumerate(sides):
        if side == OPEN:
            opened.append(number)
        elif side == CLOSE and opened:
            pairs.append((opened.pop(), number))
    for start, end in pairs:  # inner ones first
        if first <= start <= last or first <= end <= last:
            first, last = min(first, start), max(last, end)
    return first, last


def restored(translation: str, written: Callable[[int], str]) -> str:
    """The translation with what was kept in its place."""
    return KEPT.sub(lambda match: written(int(match[1])), translation)
