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

from seq2seq import tags
from seq2seq.casing import case, lowered, raised
from seq2seq.scripts import FOREIGN_LETTER
from seq2seq.tags import Pair
from seq2seq.tokenizer import PLACEHOLDERS

_FOREIGN = rf"{FOREIGN_LETTER}[^\x00-\u02ff\u2000-\u206f\s]*"  # a word in another script, with its accents
_DOMAINS = r"(?:com|org|net|edu|gov|co|ac)(?:\.[a-z]{2})?|info|io|dev|app|eu"  # those that are hardly ever words
_KINDS = (
    r"(?<!`)(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`)",  # code
    r"</?[A-Za-z][\w:.-]*(?:\s[^<>\n]*)?/?>|<\d[\d:.]*>|&(?:[A-Za-z]+|#\d+|#[xX][\dA-Fa-f]+);",  # tags and entities
    r"(?:https?|ftp|file)://[^\s<>\"'«»]*[^\s<>\"'«».,;:!?)\]}…]|www\.[\w.-]+\w(?:/[^\s<>\"'«»]*[\w/])?",  # addresses
    r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"\{\{[^{}\n]{1,60}\}\}|\{%[^{}\n]{1,60}%\}|<%[^<>\n]{1,60}%>",  # of templates
    r"\$?\{(?:[^{}\s][^{}\n]{0,60})?\}|\$[A-Za-z_]\w+",  # slots
    r"%(?:\(\w+\)|\d+\$)?[-+0#]*\d*(?:\.\d+)?(?:hh|ll|[hlLqjzt])?[diouxXeEfFgGcsSpa@](?![A-Za-z])|%%",
    rf"{_FOREIGN}(?:[ \u00a0]+{_FOREIGN})*",
    r"(?<![\w/])[@#]\w*[A-Za-z]\w*",  # @names and #tags
    r"(?<![\w.])~?(?:/[\w.+-]+){2,}/?|\b[A-Z]:\\[\w.\\-]+",  # paths
    r"(?<![\w.])(?<!::)(?<!->)[A-Za-z]\w*(?:(?:\.|::|->)\w+)*\(\)|\b(?=[\d_]*[A-Za-z])\w+_\w+\b",  # names in programs
    r"\b\w+\.(?:py|js|ts|cpp|rs|go|java|php|html?|css|xml|json|ya?ml|toml|txt|csv|pdf|png|jpe?g|zip|exe)\b",
    rf"(?<![\w.@-])(?:[A-Za-z0-9-]+\.)+(?:{_DOMAINS})(?![\w-]|\.\w|\()(?::\d+)?(?:/[^\s<>\"'«»]*[\w/])?",
    r"\b\d{1,4}(?P<between>[-/.])\d{1,2}(?P=between)\d{1,4}\b",  # dates
    r"\b\d+(?:[.,]\d+){2,}\b|\b\d{1,3}(?:,\d{3})+\b|\b\d{5,}\b",  # long numbers
    r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50](?:[\uFE0F\u200D\U0001F000-\U0001FAFF\u2600-\u27BF])*",  # emoji
    "|".join(map(re.escape, PLACEHOLDERS)),  # of the text itself
)
_NO_BREAK_ENTITY = re.compile("&(?:nbsp|#160|#xA0);", re.IGNORECASE)
_NO_BREAK = re.compile(r"(?<!\S)(\S*)([\u00a0\u202f])(?=(\S*))")
PLACEHOLDER = "placeholder"  # the flag of a translation that lost one
_PROTECTED = re.compile("|".join(_KINDS))
_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
_SPLIT = re.compile(f"({_PLACEHOLDER.pattern})")


@dataclass(frozen=True)
class Protected:
    """A sentence with placeholders and what they stand for, in order; the `casing.case` it had; tags it is without.

    bound: words that a space stood between at which no line may break, and that space.
    """

    text: str
    originals: tuple[str, ...] = ()
    case: str = ""
    pairs: tuple[Pair, ...] = ()
    bound: tuple[tuple[str, str, str], ...] = ()


def protect(sentence: str, *, words: bool = False, lift: bool = False) -> Protected:
    """The sentence with a placeholder for each different thing that must not be changed.

    There are as many as there are placeholders; of what comes after, nothing is protected. With `words`, what has
    a space in it is not either: then the placeholders' words are as many as the sentence's. With `lift`, the sentence
    is as a reader sees it: tags around words are lifted, and a space that doesn't break a line is a space.
    """
    if lift:
        sentence = _NO_BREAK_ENTITY.sub("\u00a0", sentence)
    own = dict.fromkeys(_PLACEHOLDER.findall(sentence))  # these first: what they stand for must not be another's
    originals = dict(zip(own, PLACEHOLDERS, strict=False))
    marks = tags.marks(sentence, _PROTECTED.finditer(sentence)) if lift and "<" in sentence else {}

    def placeholder(match: re.Match[str]) -> str:
        if match.start() in marks:
            return marks[match.start()]
        if match[0] not in originals:
            if len(originals) == len(PLACEHOLDERS) or (words and any(map(str.isspace, match[0]))):
                return match[0]
            originals[match[0]] = PLACEHOLDERS[len(originals)]
        return originals[match[0]]

    text = _PROTECTED.sub(placeholder, sentence)
    had = case(text)
    lifted = {mark: _PROTECTED.match(sentence, place)[0] for place, mark in marks.items()}  # type: ignore[index]
    bare, pairs = tags.lifted(lowered(text) if had else text, lifted)
    bound = tuple(_NO_BREAK.findall(bare)) if lift else ()
    return Protected(_NO_BREAK.sub(r"\1 ", bare) if bound else bare, tuple(originals), had, pairs, bound)


def is_whole(protected: Protected, translation: str) -> bool:
    """Has a translation every placeholder of its source, as often as that?"""
    return all(translation.count(symbol) == protected.text.count(symbol) for symbol in PLACEHOLDERS)


def between(text: str) -> list[str]:
    """The text cut at its placeholders: what stands before, the first, what is between, the second, …"""
    return _SPLIT.split(text)


def restore(protected: Protected, translation: str) -> str:
    """The translation with what placeholders and marks stand for; what is not the source's is left out.

    A space that stood between two words, or by a number, and did not break, does not where they are again.
    """
    originals = dict(zip(PLACEHOLDERS, protected.originals, strict=False))

    def original(match: re.Match[str]) -> str:
        own = match[0] if match[0] in protected.text else ""  # of a text that was not protected
        return originals.get(match[0], own)

    for before, space, after in protected.bound:
        translation = _bound(translation, before, space, after)
    return tags.unmarked(_PLACEHOLDER.sub(original, raised(translation, protected.case)), protected.pairs)


def _bound(translation: str, before: str, space: str, after: str) -> str:
    """The translation with `space` between the two words, or by the one that has a figure, once."""
    words = [(before, after)]
    words += [(before, "")] if any(map(str.isdigit, before)) else []
    words += [("", after)] if any(map(str.isdigit, after)) else []
    for one, other in words:
        start = rf"(?<!\S){re.escape(one)}" if one else ""
        end = rf"{re.escape(other)}(?!\S)" if other else ""
        found = re.search(f"{start}( ){end}", translation)
        if found:
            return translation[: found.start(1)] + space + translation[found.end(1) :]
    return translation
