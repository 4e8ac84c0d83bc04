"""A translation memory: what is in it, what is near, and who may change it."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError, UsageError, UserError
from seq2seq.formats.exchange import read_tmx, write_tmx
from seq2seq.memory import MACHINE, Memory

PAIRS = [
    ("The cat sleeps in the kitchen.", "El gato duerme en la cocina."),
    ("The dog sleeps.", "El perro duerme."),
    ('It\'s "here" OR there; NOT (now)', "aquí o allí"),
]


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    made = Memory(tmp_path / "m.sqlite", create=True)
    made.add(PAIRS)
    return made


def test_what_is_in_it_is_found_as_it_stands(memory: Memory, tmp_path: Path) -> None:
    wanted = dict(PAIRS)
    assert memory.exact([*wanted, "The cat", "the dog sleeps."]) == wanted
    assert [unit[:2] for unit in memory.units()] == PAIRS
    assert Memory(tmp_path / "m.sqlite").exact(wanted) == wanted
    many = [f"{number} cats" for number in range(2000)]
    assert memory.exact(many) == {}


def test_what_is_nearly_in_it_is_shown_nearest_first(memory: Memory) -> None:
    memory.add([("The cat sleeps in the garden.", "x"), ("The cat sleeps in the kitchen", "y")])
    near = memory.near("The cat sleeps in the kitchen.")
    assert [one.target for one in near] == ["y", "x"]
    assert 1 > near[0].similarity > near[1].similarity > 0.6
    assert memory.near("Something else entirely") == []
    assert memory.near("?!") == []
    assert [one.target for one in memory.near('It\'s "here" OR there; NOT (then)')] == ["aquí o allí"]


def test_a_person_is_believed_before_a_machine(memory: Memory) -> None:
    source = PAIRS[0][0]
    assert memory.add([(source, "otro"), ("New.", "Nuevo.")], MACHINE) == 1
    assert memory.exact([source, "New."]) == {source: PAIRS[0][1], "New.": "Nuevo."}
    assert memory.add([("New.", "Nueva."), (source, PAIRS[0][1]), ("  ", "x"), ("x", "")]) == 1
    assert memory.exact(["New."]) == {"New.": "Nueva."}
    assert len(memory) == len(PAIRS) + 1


def test_its_state_differs_after_every_change(memory: Memory) -> None:
    before = memory.state()
    assert memory.state() == before
    memory.add([(PAIRS[0][0], "otro")])
    assert memory.state() != before


def test_after_an_error_nothing_was_added(memory: Memory) -> None:
    def broken() -> object:
        yield "One.", "Uno."
        raise DataError("broken")

    before = memory.state()
    with pytest.raises(DataError):
        memory.add(broken())  # type: ignore[arg-type]
    assert (memory.state(), memory.exact(["One."])) == (before, {})


def test_that_another_process_writes_to_it_is_told(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seq2seq.memory._PATIENCE", 0.01)
    locked = Memory(tmp_path / "m.sqlite")
    with sqlite3.connect(tmp_path / "m.sqlite") as other:
        locked.check_writable()
        other.execute("begin immediate")
        for write in (locked.check_writable, lambda: locked.add([("One.", "Uno.")])):
            with pytest.raises(UserError, match=r"another process writes to .*m\.sqlite; wait"):
                write()
    locked.check_writable()
    assert [unit[:2] for unit in memory.units()] == PAIRS


def test_what_is_no_memory_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no translation memory"):
        Memory(tmp_path / "none.sqlite")
    (tmp_path / "text").write_bytes(b"just some text that is long enough to be no header\n" * 30)
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.execute("create table t (x)")
    for name in ("text", "other.sqlite"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(DataError, match="no translation memory"):
            Memory(tmp_path / name, create=True)
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(UsageError, match="cannot use"):
        Memory(tmp_path / "nowhere" / "m.sqlite", create=True)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: " ".join(text.split()) == text
)


@given(st.lists(st.tuples(texts, texts, st.booleans()), max_size=5))
def test_units_go_out_as_tmx_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, units: list[tuple[str, str, bool]]
) -> None:
    file = io.BytesIO()
    assert write_tmx(file, units) == len(units)
    path = tmp_path_factory.mktemp("tmx") / "m.tmx"
    path.write_bytes(file.getvalue())
    assert list(read_tmx(path)) == units


TMX = """<?xml version="1.0"?>
<tmx version="1.4"><header/><body>
<tu><tuv xml:lang="EN-US"><seg>Press <bpt i="1">&lt;b></bpt>OK<ept i="1"/>.</seg></tuv>
    <tuv xml:lang="es-ES"><note>x</note><seg>Pulsa
    OK.</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Only English</seg></tuv><tuv xml:lang="de"><seg>Deutsch</seg></tuv></tu>
<tu><tuv xml:lang="eng"><seg>Yes</seg></tuv><tuv xml:lang="est"><seg>Jah</seg></tuv></tu>
<tu><tuv xml:lang="eng"><seg>Yes</seg></tuv><tuv xml:lang="spa_MX"><seg>Sí</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>No</seg></tuv><tuv xml:lang="es" creationtool="seq2seq"><seg>No</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Go</seg></tuv>
    <tuv xml:lang="es" creationtool="seq2seq" changeid="ana"><seg>Ve</seg></tuv></tu>
</body></tmx>
"""


def test_the_tmx_of_others_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.tmx").write_text(TMX)
    assert list(read_tmx(tmp_path / "a.tmx")) == [
        ("Press <b>OK.", "Pulsa OK.", False),
        ("Yes", "Sí", False),
        ("No", "No", True),
        ("Go", "Ve", False),
    ]


def test_xml_that_is_broken_or_a_bomb_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 20}">' for n in range(12))
    bomb = f'<!DOCTYPE tmx [<!ENTITY e0 "{"x" * 1000}">{entities}]><tmx><body><tu>&e12;</tu></body></tmx>'
    for content in (TMX[:-9], "no xml", bomb):
        (tmp_path / "a.tmx").write_text(content)
        with pytest.raises(DataError, match=r"a\.tmx is no TMX"):
            list(read_tmx(tmp_path / "a.tmx"))
    with pytest.raises(UsageError, match=r"none\.tmx"):
        list(read_tmx(tmp_path / "none.tmx"))
