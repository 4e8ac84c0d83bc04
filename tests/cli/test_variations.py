"""The pairs that `make pretrained` makes of pairs: what comes out is a translation still, or nothing does."""

from __future__ import annotations

import importlib.util
import random
import re
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "data" / "recipes" / "variations.py"
EVERYDAY = [
    (f"Tom saw Mary in the house at {hour}:{minute}.", f"Tom vio a María en la casa a las {hour}:{minute}.")
    for hour in range(10, 20)
    for minute in range(10, 40)
]
OTHER = [(f"Chapter {n} is by José Núñez.", f"El capítulo {n} es de José Núñez.") for n in range(100, 160)]


@pytest.fixture(scope="module")
def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("variations", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "pair", "expected"),
    [
        ("capitals", ("It's late.", "Ya es tarde, señor."), ("IT'S LATE.", "YA ES TARDE, SEÑOR.")),
        ("capitals", ("long " * 20, "largo " * 20), None),
        ("lower", ("Is Ana here?", "¿Está Ana aquí?"), ("is ana here?", "¿Está Ana aquí?")),
        ("lower", ("yes", "Sí"), None),
        ("open", ("Save the file.", "Guarde el archivo."), ("Save the file", "Guarde el archivo")),
        ("open", ("Wait...", "Espera..."), None),
        ("open", ("It is 3.5 m. Really.", "Son 3,5 m. De verdad."), None),
        ("open", ("Is it?", "¿Lo es?"), None),
        ("unaccented", ("Málaga and Łódź", "Málaga y Łódź"), ("Malaga and Łodz", "Málaga y Łódź")),
        ("unaccented", ("Madrid", "Madrid"), None),
        ("digits", ("3 cats", "3 gatos"), ("3 cats", "3 gatos")),  # "1 cats" would be wrong
        ("digits", ("12 or 12", "12 o 12"), None),
        ("digits", ("12 eggs", "una docena"), None),
        ("names", ("Tom's dog saw Tom.", "El perro de Tom vio a Tom."), None),
        ("names", ("Nobody came.", "No vino nadie."), None),
        ("masked", ("all in lower case", "todo en minúsculas"), None),
    ],
)
def test_what_each_variation_makes_of_a_pair(
    made: ModuleType, name: str, pair: tuple[str, str], expected: tuple[str, str] | None
) -> None:
    assert made.ONE[name](pair, random.Random(1)) == expected


def test_other_numbers_are_the_same_on_both_sides_and_as_long(made: ModuleType) -> None:
    for seed in range(50):
        src, tgt = made.digits(("From 1999 to 2005, 30 m.", "De 1999 a 2005, 30 m."), random.Random(seed))
        numbers = re.findall(r"\d+", src)
        assert re.findall(r"\d+", tgt) == numbers
        assert [len(number) for number in numbers] == [4, 4, 2]
        assert not any(number.startswith("0") for number in numbers)


def test_a_man_s_name_takes_the_place_of_tom_and_a_woman_s_that_of_mary(made: ModuleType) -> None:
    for seed in range(50):
        src, tgt = made.names(("Tom met Mary.", "Tom conoció a Mary."), random.Random(seed))
        man, woman = re.fullmatch(r"(.+) met (.+)\.", src).groups()  # type: ignore[union-attr]
        assert tgt == f"{man} conoció a {woman}."
        assert man.split()[0] in made.MEN.split()
        assert woman.split()[0] in made.WOMEN.split()


def test_placeholders_stand_for_names_and_for_what_is_not_translated_in_the_source_s_order(made: ModuleType) -> None:
    pair = ("See https://a.org/b with Boston.", "Con Boston, mire https://a.org/b.")
    seen = {made.masked(pair, random.Random(seed)) for seed in range(50)}
    assert ("See ⟦0⟧ with ⟦1⟧.", "Con ⟦1⟧, mire ⟦0⟧.") in seen
    for src, tgt in seen:
        assert sorted(re.findall("⟦.⟧", src)) == sorted(re.findall("⟦.⟧", tgt)) != []


def test_joined_sentences_are_two_to_four_whole_ones_in_the_same_order(made: ModuleType) -> None:
    pairs = [(f"Word {n}.", f"Palabra {n}.") for n in range(9)] + [("Title", "Título")]
    rows = [made.joined(pairs, random.Random(seed)) for seed in range(50)]
    whole = [row for row in rows if row is not None]
    assert len(whole) > 10
    for src, tgt in whole:
        assert 2 <= src.count("Word") <= 4
        assert tgt == src.replace("Word", "Palabra")
    assert made.joined([("Title", "Título")] * 4, random.Random(1)) is None


def test_the_same_text_gives_the_same_variations_no_more_than_their_shares(made: ModuleType) -> None:
    shares = {"joined": 8, "names": 40, "digits": 12, "unaccented": 100}
    rows = list(made.variations(EVERYDAY, OTHER, shares))
    assert rows == list(made.variations(EVERYDAY, OTHER, shares))
    counts = {name: sum(row[2] == name for row in rows) for name in shares}
    assert counts == {"joined": 8, "names": 30, "digits": 12, "unaccented": 25}  # what there is, three of four everyday
