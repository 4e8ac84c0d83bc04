"""Makes pairs that the collected text lacks, by changing pairs that it has.

    python data/recipes/variations.py DATA/train.tsv.xz OUT.tsv

People write names, numbers, capitals and several sentences in ways that no corpus shows often enough: each
function here makes one such variation of a pair, or nothing where the pair does not lend itself to it. What is
written follows from the input alone. Lines are source, target, and the variation's name.
"""

from __future__ import annotations

import lzma
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from seq2seq.protection import protect
from seq2seq.tokenizer import PLACEHOLDERS

Pair = tuple[str, str]

SHARES = {
    "joined": 24_000,
    "capitals": 6_000,
    "lower": 12_000,
    "open": 12_000,
    "unaccented": 2_000,
    "digits": 16_000,
    "names": 24_000,
    "masked": 32_000,
}
MEN = """
    Adam Ahmed Alan Andrew Anton Antonio Arthur Barack Ben Bill Brian Bruno Carlos Charles Chris Daniel David Diego
    Dmitri Edward Eric Ethan Felix Fernando Francisco Frank George Hans Harry Henry Hiroshi Ian Ivan Jack James
    Jason Javier Jim Joe John José Juan Karl Kevin Lars Leo Liam Louis Luis Marco Mark Martin Matthew Max Michael
    Miguel Mohammed Nick Nikolai Noah Oliver Omar Oscar Pablo Patrick Paul Pedro Peter Philip Rafael Ravi Richard
    Robert Roger Ryan Samuel Sergei Simon Stephen Steve Thomas Tim Victor Walter Wei William Xavier Yusuf
"""
WOMEN = """
    Agnes Aisha Alice Amanda Amelia Ana Angela Anna Barbara Beatriz Bella Carla Carmen Caroline Catherine Chloe
    Clara Daniela Diana Elena Elizabeth Ella Emily Emma Eva Fatima Fiona Gabriela Grace Hannah Helen Ingrid Isabel
    Jane Jennifer Jessica Joan Julia Karen Kate Keiko Laura Leila Linda Lisa Lucía Lucy Maria Marta Mei Mia Nadia
    Nancy Natalia Nina Nora Olga Olivia Patricia Paula Priya Rachel Rosa Ruth Sandra Sara Sofía Sonia Sophie Susan
    Teresa Valentina Vera Victoria Yuki Zoe
"""
SURNAMES = """
    Anderson Baker Bauer Brown Castillo Chen Clark Cohen Davis Dubois Fischer García Gómez Gonzalez Hall Hansen
    Harris Hernández Ibrahim Ivanova Jackson Jensen Jones Kim Kowalski Kumar Lee Lewis López Martínez Meyer Miller
    Moore Müller Nakamura Nguyen Novak O'Brien Okafor Pérez Ramírez Reyes Rivera Roberts Robinson Rodríguez Rossi
    Ruiz Sánchez Schmidt Silva Singh Smith Suzuki Taylor Thompson Torres Walker Watson White Williams Wilson Wright
    Zhang
"""


def capitals(pair: Pair, draw: random.Random) -> Pair | None:
    """SHOUTED, on both sides."""
    return (pair[0].upper(), pair[1].upper()) if len(pair[0]) < 80 else None


def lower(pair: Pair, draw: random.Random) -> Pair | None:
    """Typed without capitals, and meant with them."""
    return (pair[0].lower(), pair[1]) if pair[0] != pair[0].lower() and len(pair[0]) < 100 else None


def open_ended(pair: Pair, draw: random.Random) -> Pair | None:
    """A statement without its full stop, as titles and cells of tables are."""
    src, tgt = pair
    fits = src.endswith(".") and tgt.endswith(".") and not src.endswith("..") and src.count(".") == 1
    return (src[:-1], tgt[:-1]) if fits else None


def unaccented(pair: Pair, draw: random.Random) -> Pair | None:
    """A source that leaves out the accents of foreign names."""
    plain = "".join(c for c in unicodedata.normalize("NFD", pair[0]) if not unicodedata.combining(c))
    return (plain, pair[1]) if plain != pair[0] else None


def digits(pair: Pair, draw: random.Random) -> Pair | None:
    """The same numbers on both sides become other numbers."""
    numbers = re.findall(r"\d+", pair[0])
    if not numbers or len(set(numbers)) < len(numbers) or sorted(numbers) != sorted(re.findall(r"\d+", pair[1])):
        return None
    others = {number: _another(number, draw) for number in numbers}
    src, tgt = (re.sub(r"\d+", lambda found: others[found[0]], side) for side in pair)
    return src, tgt


def _another(number: str, draw: random.Random) -> str:
    """A number of as many digits; one of a single digit stays, for grammar may hang on it."""
    if len(number) == 1:
        return number
    return draw.choice("123456789" if number[0] != "0" else "0") + "".join(
        draw.choices("0123456789", k=len(number) - 1)
    )


def names(pair: Pair, draw: random.Random) -> Pair | None:
    """Tom and Mary, of whom our everyday sentences tell over and over, make room for others."""
    src, tgt = pair
    changed = False
    for told, written, first in (("Tom", "Tom", MEN), ("Mary", "Mary", WOMEN), ("Mary", "María", WOMEN)):
        here, there = rf"\b{told}\b(?!')", rf"\b{written}\b"
        if len(re.findall(here, src)) == len(re.findall(there, tgt)) > 0:
            name = draw.choice(first.split()) + (f" {draw.choice(SURNAMES.split())}" if draw.random() < 0.3 else "")
            src, tgt, changed = re.sub(here, name, src), re.sub(there, name, tgt), True
    return (src, tgt) if changed else None


def masked(pair: Pair, draw: random.Random) -> Pair | None:
    """Placeholders for what must not be translated, and for names: they stand in sentences as names do."""
    whole = set(protect(pair[0]).originals)
    names = [word for word in sorted(set(CAPITALIZED.findall(pair[0]))) if word not in " ".join(whole)]
    some = draw.sample(names, min(len(names), draw.randint(1, 2)))
    kept = [word for word in (*whole, *some) if pair[0].count(word) == pair[1].count(word) == 1]
    kept = sorted(kept, key=pair[0].index)[: len(PLACEHOLDERS)]
    src, tgt = pair
    for symbol, word in zip(PLACEHOLDERS, kept, strict=False):
        src, tgt = src.replace(word, symbol), tgt.replace(word, symbol)
    fits = kept and all(src.count(symbol) == tgt.count(symbol) == 1 for symbol in PLACEHOLDERS[: len(kept)])
    return (src, tgt) if fits else None


def joined(pairs: list[Pair], draw: random.Random) -> Pair | None:
    """Two to four pairs, one after the other."""
    some = draw.sample(pairs, draw.randint(2, 4))
    whole = all(src[-1:] in ".!?" and tgt[-1:] in ".!?" for src, tgt in some)
    src, tgt = (" ".join(side) for side in zip(*some, strict=True))
    return (src, tgt) if whole and len(src) < 300 else None


ONE: dict[str, Callable[[Pair, random.Random], Pair | None]] = {
    "capitals": capitals,
    "lower": lower,
    "open": open_ended,
    "unaccented": unaccented,
    "digits": digits,
    "names": names,
    "masked": masked,
}
CAPITALIZED = re.compile(r"\b[A-Z][\w-]+\w\b")


def variations(
    everyday: list[Pair], other: list[Pair], shares: Mapping[str, int] = SHARES
) -> Iterable[tuple[str, str, str]]:
    """Rows of source, target and variation, as many of each as its share at most; three of four of everyday ones."""
    for name, share in shares.items():
        draw = random.Random(f"en-es {name}")
        for pairs, wanted in ((everyday, share * 3 // 4), (other, share // 4)):
            made = 0
            for pair in draw.sample(pairs, len(pairs)):
                changed = joined(pairs, draw) if name == "joined" else ONE[name](pair, draw)
                if changed is not None:
                    yield (*changed, name)
                    made += 1
                if made == wanted:
                    break


def main(path: str, out: str) -> None:
    with (lzma.open if path.endswith(".xz") else open)(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    everyday = [(src, tgt) for src, tgt, source in rows if source == "tatoeba"]
    other = [(src, tgt) for src, tgt, source in rows if source != "tatoeba" and len(src) < 200]
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text("".join("\t".join(row) + "\n" for row in variations(everyday, other)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
