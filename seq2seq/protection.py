"""What must come through a translation unharmed: found, replaced by placeholders, put back.

    "Mail ana@example.org or see https://example.org/help."
    "Mail ⟦0⟧ or see ⟦1⟧."            what the model translates
    "Escriba a ⟦0⟧ o mire ⟦1⟧."
    "Escriba a ana@example.org o mire https://example.org/help."

The network knows each placeholder as one symbol that stands for a name or a thing, so it can move it as grammar asks.
A sentence In Title Case or in CAPITALS is shown to it as others are written, and its translation comes out in kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seq2seq.casing import case, lowered, raised
from seq2seq.tokenizer import PLACEHOLDERS

_KINDS = (
    r"(?<!`)(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`)",  # code
    r"</?[A-Za-z][\w:.-]*(?:\s[^<>\n]*)?/?>|<\d[\d:.]*>|&(?:[A-Za-z]+|#\d+);",  # tags and entities
    r"(?:https?|ftp|file)://[^\s<>\"'«»]*[^\s<>\"'«».,;:!?)\]}…]|www\.[\w.-]+\w(?:/[^\s<>\"'«»]*[\w/])?",  # addresses
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"\{\{[^{}\n]{1,60}\}\}|\$?\{[^{}\s][^{}\n]{0,60}\}|%\(\w+\)[a-z]|%\d+\$[a-z]|%[a-z](?![a-z])|\$[A-Z_]\w+",  # slots
    r"(?<![\w/])[@#]\w*[A-Za-z]\w*",  # @names and #tags
    r"(?<![\w.])~?(?:/[\w.+-]+){2,}/?|\b[A-Z]:\\[\w.\\-]+",  # paths
    r"\b[A-Za-z]\w*(?:(?:\.|::|->)\w+)*\(\)|\b\w*[A-Za-z]\w*_\w+\b",  # names in programs
    r"\b\w+\.(?:py|js|ts|cpp|rs|go|java|php|html?|css|xml|json|ya?ml|toml|txt|csv|pdf|png|jpe?g|zip|exe)\b",
    r"\b\d{1,4}(?P<between>[-/.])\d{1,2}(?P=between)\d{1,4}\b",  # dates
    r"\b\d+(?:[.,]\d+){2,}\b|\b\d{1,3}(?:,\d{3})+\b|\b\d{5,}\b",  # long numbers
    r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50](?:[\uFE0F\u200D\U0001F000-\U0001FAFF\u2600-\u27BF])*",  # emoji
    "|".join(map(re.escape, PLACEHOLDERS)),  # of the text itself
)
PLACEHOLDER = "placeholder"  # the flag of a translation that lost one
_PROTECTED = re.compile("|".join(_KINDS))
_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
_SPLIT = re.compile(f"({_PLACEHOLDER.pattern})")


@dataclass(frozen=True)
class Protected:
    """A sentence with placeholders and what they stand for, in order; the `casing.case` it had."""

    text: str
    originals: tuple[str, ...] = ()
    case: str = ""


def protect(sentence: str, *, words: bool = False) -> Protected:
    """The sentence with a placeholder for each different thing that must not be changed.

    There are as many as there are placeholders; of what comes after, nothing is protected. With `words`, what has
    a space in it is not either: then the placeholders' words are as many as the sentence's.
    """
    own = dict.fromkeys(_PLACEHOLDER.findall(sentence))  # these first: what they stand for must not be another's
    originals = dict(zip(own, PLACEHOLDERS, strict=False))

    def placeholder(match: re.Match[str]) -> str:
        if match[0] not in originals:
            if len(originals) == len(PLACEHOLDERS) or (words and any(map(str.isspace, match[0]))):
                return match[0]
            originals[match[0]] = PLACEHOLDERS[len(originals)]
        return originals[match[0]]

    text = _PROTECTED.sub(placeholder, sentence)
    had = case(text)
    return Protected(lowered(text) if had else text, tuple(originals), had)


def is_whole(protected: Protected, translation: str) -> bool:
    """Has a translation every placeholder of its source, as often as that?"""
    return all(translation.count(symbol) == protected.text.count(symbol) for symbol in PLACEHOLDERS)


def between(text: str) -> list[str]:
    """The text cut at its placeholders: what stands before, the first, what is between, the second, …"""
    return _SPLIT.split(text)


def restore(protected: Protected, translation: str) -> str:
    """The translation with what the placeholders stand for; one that is not the source's is left out."""
    originals = dict(zip(PLACEHOLDERS, protected.originals, strict=False))

    def original(match: re.Match[str]) -> str:
        own = match[0] if match[0] in protected.text else ""  # of a text that was not protected
        return originals.get(match[0], own)

    return _PLACEHOLDER.sub(original, raised(translation, protected.case))
