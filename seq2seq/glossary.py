"""Terms that a translation is to use: read from a table, found in a source, looked for in a translation.

Words are compared by their stems (the Snowball project's, through snowballstemmer), so that "keyboards" asks for
"teclado", and "teclados" honours it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from seq2seq.errors import DataError, UsageError

GLOSSARY = "glossary"  # the flag of a translation that leaves out a term
SOURCE, TARGET = "english", "spanish"
HEADER = ("source", "target")
_WORD = re.compile(r"\w+")
_CONSONANT = re.compile(r"[bcdfghjklmnñpqrtvwxyz]$")
_AND = ("y", "e", "o", "u")
_OF = ("de", "del", "a", "al", "con", "en", "para", "por", "sin", "sobre")  # what stands behind keeps its number
_SHORT = dict(zip("áéíóú", "aeiou", strict=True))


@dataclass(frozen=True)
class Term:
    """A word or some words, and what they may be translated as; with the stems of both, the targets' plurals too."""

    source: str
    targets: tuple[str, ...]
    source_stems: tuple[str, ...]
    target_stems: frozenset[tuple[str, ...]]

    def is_in(self, translation: str) -> bool:
        """Is one of the targets there, in any inflection?"""
        stems = _stems(TARGET, translation)
        return any(_places(stems, wanted) for wanted in self.target_stems)

    def forms(self) -> list[str]:
        """The targets and their plurals, as a search may write them."""
        return list(dict.fromkeys(form for target in self.targets for form in _forms(target)))


class Glossary:
    """Terms, and which of them a sentence asks for."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """From sources and targets; a source that comes twice may be either target. `UsageError` without stemmers."""
        targets: dict[str, list[str]] = {}
        for source, target in pairs:
            targets.setdefault(source, []).append(target)
        self.terms = [
            Term(
                source, tuple(own), _stems(SOURCE, source), frozenset(_stems(TARGET, f) for t in own for f in _forms(t))
            )
            for source, own in targets.items()
        ]
        self._by_first: dict[str, list[Term]] = {}
        for term in sorted(self.terms, key=lambda term: -len(term.source_stems)):
            self._by_first.setdefault(term.source_stems[0], []).append(term)

    def asked(self, sentence: str) -> list[Term]:
        """The terms of a sentence, each once; of those that overlap, the first, and of those the longest."""
        stems = _stems(SOURCE, sentence)
        found: dict[str, Term] = {}
        place = 0
        while place < len(stems):
            begun = self._by_first.get(stems[place], ())
            term = next((t for t in begun if stems[place : place + len(t.source_stems)] == t.source_stems), None)
            if term:
                found[term.source] = term
            place += len(term.source_stems) if term else 1
        return list(found.values())


def read_glossary(path: Path) -> Glossary:
    """From a CSV file with a source and a target in each row, under the header "source,target" or none.

    `UsageError` where it cannot be read, `DataError` with file and line where a row is none.
    """
    pairs: list[tuple[str, str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True, skipinitialspace=True)
            for row in rows:
                cells = [unicodedata.normalize("NFC", cell).strip() for cell in row]
                if not any(cells) or (not pairs and tuple(map(str.lower, cells[:2])) == HEADER):
                    continue
                if len(cells) < 2 or not (_WORD.search(cells[0]) and _WORD.search(cells[1])):
                    raise DataError(f"{path}:{rows.line_num}: a term has a source and a target: keyboard,teclado")
                pairs.append((cells[0], cells[1]))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a CSV file with source,target") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8; convert it first, for example with iconv") from None
    except csv.Error as error:
        raise DataError(f"{path}:{rows.line_num}: {error}; quote a cell that holds quotes, and double those") from None
    if not pairs:
        raise DataError(f"{path} has no terms; write one in each line: keyboard,teclado")
    return Glossary(pairs)


def plural(text: str) -> str:
    """Spanish words in the plural, by the rules that hold for most of them.

    >>> plural("disco duro"), plural("configuración"), plural("tarjeta de crédito"), plural("teclados")
    ('discos duros', 'configuraciones', 'tarjetas de crédito', 'teclados')
    """
    behind = next((word.start() for word in _WORD.finditer(text) if word[0].lower() in _OF), len(text))
    return _WORD.sub(lambda word: _plural(word[0]), text[:behind]) + text[behind:]


def _forms(target: str) -> tuple[str, str]:
    return target, plural(target)


def _plural(word: str) -> str:
    if word.isupper() or word.lower() in _AND:
        return word  # an abbreviation, and
    if word.endswith("z"):
        return f"{word[:-1]}ces"
    if word[-2:-1] in _SHORT and word.endswith(("n", "s")) and not word.endswith("ís"):  # jardín, autobús; país
        return f"{word[:-2]}{_SHORT[word[-2]]}{word[-1]}es"
    if _CONSONANT.search(word) or word.endswith("ís"):
        return f"{word}es"
    return word if word.endswith("s") else f"{word}s"


def _stems(language: str, text: str) -> tuple[str, ...]:
    """The stems of the words of a text, without accents and as if z and c were one (vez, veces)."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    return tuple(_plain(stem) for stem in _stemmer(language).stemWords(words))


def _plain(stem: str) -> str:
    letters = unicodedata.normalize("NFD", stem)
    return re.sub("z$", "c", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def _places(stems: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(stems[start : start + len(wanted)] == wanted for start in range(len(stems) - len(wanted) + 1))


@lru_cache
def _stemmer(language: str) -> Any:
    try:
        import snowballstemmer
    except ImportError:
        raise UsageError("a glossary needs snowballstemmer; pip install 'seq2seq[glossary]'") from None
    return snowballstemmer.stemmer(language)
