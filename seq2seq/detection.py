"""Failures that show in the text: a phrase that loops, the source copied through, a number that is not the source's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from seq2seq.figures import ENGLISH, SPANISH, figures, words

LOOP, COPY, NUMBER = "loop", "copy", "number"
SCRIPT = "script"  # of a source that is in another script than English
_WORD = re.compile(r"\w+")
_ORDINAL = re.compile(r"\b\d+['’]?(?:st|nd|rd|th|s)\b")  # 16th, 1960s
_LOOPS = 3  # times that a phrase follows itself in a loop
_LONGEST_PHRASE = 12  # words
_COPIED = 0.75  # share of the source's words
_MOST_WORDS = 200  # of a sentence that are looked at: longer ones are cut before they are translated


def failures(source: str, translation: str) -> tuple[str, ...]:
    """What is wrong with a sentence's translation: some of LOOP, COPY and NUMBER, or nothing."""
    checks = {LOOP: is_loop, COPY: is_copy, NUMBER: has_other_numbers}
    return tuple(name for name, check in checks.items() if check(source, translation))


def is_loop(source: str, translation: str) -> bool:
    """Does a phrase follow itself three times or more, and oftener than any does in the source?

    A single word must do so four times: people do say "no, no, no".
    """
    said = _most_repeats(_words(translation))
    return said >= _LOOPS and said > _most_repeats(_words(source))


def is_copy(source: str, translation: str) -> bool:
    """Are most of the source's words in the translation as they were?

    Names and other words with a capital may be, so they don't count, nor do words of one letter; a source of
    fewer than three others is never called copied.
    """
    words = [word for word in _WORD.findall(source)[:_MOST_WORDS] if word.islower() and len(word) > 1]
    if len(words) < 3:
        return False
    kept = Counter(words) & Counter(_WORD.findall(translation)[:_MOST_WORDS])
    return sum(kept.values()) >= _COPIED * len(words)


def has_other_numbers(source: str, translation: str) -> bool:
    """Has the source a number that the translation has not, or the other way round?

    1,234.5 is 1.234,5; 7 may have become siete, and seven 7; of the 16th century may be said siglo XVI, of the 1960s
    los años 60.
    """
    ordinals = [re.sub(r"\D", "", number) for number in _ORDINAL.findall(source)]
    wanted, found = figures(_ORDINAL.sub(" ", source)), figures(translation)
    for number in list(wanted):
        same = next((other for other in found if number & other), None)
        if same is not None:
            wanted.remove(number)
            found.remove(same)
    if not wanted and not found:
        return False
    may_go = words(translation, SPANISH)
    may_come = words(source, ENGLISH) | {number[-length:].lstrip("0") for number in ordinals for length in (1, 2, 4)}
    return any(not number & may_go for number in wanted) or any(not number & may_come for number in found)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())[:_MOST_WORDS]


def _most_repeats(words: Sequence[str]) -> int:
    """How often a phrase follows itself at most; a phrase of one word counts once less."""
    most = 1
    for size in range(1, min(_LONGEST_PHRASE, len(words) // 2) + 1):
        run = 0  # words in a row that are the same as `size` words before
        for before, word in zip(words, words[size:], strict=False):
            run = run + 1 if before == word else 0
            most = max(most, run // size + (size > 1))
    return most
