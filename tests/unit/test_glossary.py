"""Terms: which a sentence asks for, and when a translation has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seq2seq.errors import DataError, UsageError
from seq2seq.glossary import Glossary, plural, read_glossary

PAIRS = [
    ("keyboard", "teclado"),
    ("drive", "unidad"),
    ("hard drive", "disco duro"),
    ("time", "vez"),
    ("car", "coche"),
    ("phone", "celular"),
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The Keyboards are new.", ["keyboard"]),
        ("A hard drive, two hard drives, and a drive.", ["hard drive", "drive"]),
        ("A career is hard.", []),
        ("", []),
    ],
)
def test_terms_are_found_in_any_inflection_the_longest_first(sentence: str, expected: list[str]) -> None:
    assert [term.source for term in Glossary(PAIRS).asked(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "translation", "expected"),
    [
        ("a keyboard", "Los TECLADOS son nuevos.", True),
        ("a keyboard", "Teclea algo.", False),
        ("a hard drive", "los discos duros", True),
        ("a hard drive", "duro es el disco", False),
        ("many times", "Muchas veces.", True),
        ("a phone", "tus celulares", True),
        ("a car", "un automóvil", False),
    ],
)
def test_a_translation_has_a_term_in_any_inflection(sentence: str, translation: str, expected: bool) -> None:
    [term] = Glossary(PAIRS).asked(sentence)
    assert term.is_in(translation) == expected


def test_a_source_may_have_several_targets() -> None:
    [term] = Glossary([("computer", "ordenador"), ("computer", "PC")]).terms
    assert term.targets == ("ordenador", "PC")
    assert term.is_in("mis ordenadores")
    assert term.is_in("un pc")
    assert term.forms() == ["ordenador", "ordenadores", "PC"]


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("teclado", "teclados"),
        ("disco duro", "discos duros"),
        ("unidad", "unidades"),
        ("configuración", "configuraciones"),
        ("capitán", "capitanes"),
        ("jardín", "jardines"),
        ("almacén de datos", "almacenes de datos"),
        ("autobús", "autobuses"),
        ("país", "países"),
        ("búsqueda y reemplazo", "búsquedas y reemplazos"),
        ("tarjeta de crédito", "tarjetas de crédito"),
        ("lápiz", "lápices"),
        ("ajustes", "ajustes"),
    ],
)
def test_plurals(one: str, several: str) -> None:
    assert plural(one) == several


@pytest.mark.parametrize("header", ["", "source,target\n", "\ufeffSource,Target,Note\n"])
def test_a_file_of_terms(tmp_path: Path, header: str) -> None:
    path = tmp_path / "terms.csv"
    path.write_text(f'{header}keyboard,teclado\n\n"Smith, Ltd", "Smith S. A.",keep\n', encoding="utf-8")
    assert [(term.source, term.targets) for term in read_glossary(path).terms] == [
        ("keyboard", ("teclado",)),
        ("Smith, Ltd", ("Smith S. A.",)),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"keyboard,teclado\nmouse\n", r"terms\.csv:2"),
        (b"keyboard,\n", r"terms\.csv:1"),
        (b"--,teclado\n", r"terms\.csv:1"),
        (b'keyboard,"teclado" x\n', r"terms\.csv:1"),
        (b"keyboard,tecl\xe1do\n", "not UTF-8"),
        (b"source,target\n", "no terms"),
        (b"", "no terms"),
    ],
)
def test_what_is_no_glossary_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "terms.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=told):
        read_glossary(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"terms\.csv"):
        read_glossary(tmp_path / "terms.csv")
