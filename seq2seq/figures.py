"""Numbers in English and Spanish text: in figures, with points and commas as either writes them, and in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NUMBER = re.compile(r"(?<!⟦)\d+(?:[.,:\u00a0\u202f]\d+| \d{3}\b)*")  # what stands in a placeholder is no number
_GROUPED = re.compile(r"[1-9]\d{0,2}([.,\u00a0\u202f ])\d{3}(?:\1\d{3})*")
_DECIMAL = re.compile(r"(.*)([.,])(\d+)")
_TIME = re.compile(r"\d{1,2}[.:][0-5]\d")
_WORD = re.compile(r"[^\W\d_]+")
_TENS = range(20, 100, 10)


def _table(units: str, tens: str, large: Mapping[str, int]) -> dict[str, int]:
    """Words and their numbers: of 0, 1, 2, … separated by spaces, of 20, 30, …, and of others; | between equals."""
    rows = [*enumerate(units.split()), *zip(_TENS, tens.split(), strict=True)]
    return {word: number for number, words in rows for word in words.split("|")} | dict(large)


ENGLISH = _table(
    "zero|no one|a|an|once|first|single|another two|second|both|double|twice|pair|couple three|third|triple "
    "four|fourth|quarter five|fifth six|sixth seven|seventh eight|eighth nine|ninth ten|tenth eleven twelve|dozen|noon "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "twenty thirty forty fifty|half sixty seventy eighty ninety",
    {"hundred": 100, "thousand": 1000, "million": 10**6, "millions": 10**6, "billion": 10**9, "billions": 10**9},
)
SPANISH = _table(
    "cero|ningún|ninguna un|una|uno|primer|primero|primera dos|segundo|segunda|ambos|ambas|par|doble "
    "tres|tercer|tercero|tercera|triple cuatro|cuarto|cuarta|cuartos cinco|quinto|quinta seis|sexto|sexta "
    "siete|séptimo|séptima ocho|octavo|octava nueve|noveno|novena diez|décimo|décima once doce|docena|mediodía trece "
    "catorce quince dieciséis diecisiete dieciocho diecinueve veinte|vigésimo veintiún|veintiuno|veintiuna veintidós "
    "veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    {
        "cien": 100,
        "ciento": 100,
        "doscientos": 200,
        "doscientas": 200,
        "trescientos": 300,
        "trescientas": 300,
        "cuatrocientos": 400,
        "cuatrocientas": 400,
        "quinientos": 500,
        "quinientas": 500,
        "seiscientos": 600,
        "seiscientas": 600,
        "setecientos": 700,
        "setecientas": 700,
        "ochocientos": 800,
        "ochocientas": 800,
        "novecientos": 900,
        "novecientas": 900,
        "mil": 1000,
        "miles": 1000,
        "millón": 10**6,
        "millones": 10**6,
    },
)
_LINKS = ("and", "y")  # thirty and five


def figures(text: str) -> list[frozenset[str]]:
    """What each number in figures may be: 1.234 is a thousand and more, or one and a bit; 1,234.5 is 1234.5.

    >>> [sorted(number) for number in figures("1.234 or 1,234.50 or 007 or 5.30")]
    [['1.234', '1234'], ['1234.5'], ['7'], ['5.3', '5:30']]
    """
    return [_readings(number) for number in _NUMBER.findall(text)]


def words(text: str, known: Mapping[str, int]) -> frozenset[str]:
    """What may be meant by the number words of a text: thirty-five is 30, 5 and 35.

    >>> sorted(words("thirty-five thousand of them", ENGLISH), key=int)
    ['5', '30', '35', '1000', '35000']
    """
    meant: set[int] = set()
    total = group = 0  # of the words in a row so far: what stands before a thousand, and after it
    for word in _WORD.findall(text.lower()):
        number = known.get(word)
        if number is None:
            if word not in _LINKS:
                total = group = 0
            continue
        if number >= 1000:
            total, group = total + max(group, 1) * number, 0
        elif number == 100:
            group = 100 * max(group, 1)
        else:
            group += number
        meant |= {number, group or number, total + group}
    return frozenset(map(str, meant))


def _readings(number: str) -> frozenset[str]:
    found = set()
    digits = re.sub(r"\D", "", number)
    if _GROUPED.fullmatch(number):
        found.add(digits)
    if _TIME.fullmatch(number):
        found.add(f"{digits[:-2]}:{digits[-2:]}")
    if (decimal := _DECIMAL.fullmatch(number)) and (decimal[1].isdigit() or _GROUPED.fullmatch(decimal[1])):
        whole, point, fraction = decimal.groups()
        if point not in whole:
            found.add(f"{int(re.sub(r'[^0-9]', '', whole))}.{fraction}".rstrip("0").removesuffix("."))
    return frozenset(found or {digits.lstrip("0") or "0"})  # of a version or a date, the separators don't count
