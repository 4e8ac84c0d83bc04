"""What a text holds that is no text: shown as `<kept0/>`, `<kept1/>`, …, which come through translation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

KEPT = re.compile(r"<kept(\d+)/>")
_SPACED = re.compile(rf"( *){KEPT.pattern}( *)")
OPEN, CLOSE = "open", "close"  # of two kept things that stand around a text


def mark(number: int) -> str:
    """How a kept thing is shown to the translator."""
    return f"<kept{number}/>"


def is_whole(text: str, translation: str) -> bool:
    """Has a translation every kept thing of its text, as often as that?"""
    return sorted(KEPT.findall(translation)) == sorted(KEPT.findall(text))


def tight(translation: str, sides: Sequence[str]) -> str:
    """White space that has come to be on the inner side of a kept thing is moved to its outer side."""

    def moved(match: re.Match[str]) -> str:
        side = sides[int(match[2])]
        inner = match[3] if side == OPEN else match[1] if side == CLOSE else ""
        if not inner:
            return match[0]
        return f"{match[1]}{inner}{mark(int(match[2]))}" if side == OPEN else f"{mark(int(match[2]))}{inner}{match[3]}"

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
