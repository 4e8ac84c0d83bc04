"""`seq2seq memory`, and `translate` with one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Done, contents, told

from seq2seq import memory as memories
from seq2seq import sentences
from seq2seq.cli import ledger
from seq2seq.memory import Memory
from seq2seq.translator import Translator

Call = Callable[..., Done]
TEXT = "The cat sleeps.\nMy uncle sleeps. The cat sleeps.\n\n***\n"


def test_a_memory_is_filled_looked_into_and_taken_elsewhere(call: Call, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("The cat sleeps.\tEl felino reposa.\n")
    done = call("memory", "add", tmp_path / "m.sqlite", tmp_path / "pairs.tsv")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"1 new or changed; 1 in" in done.stderr
    assert call("memory", "find", tmp_path / "m.sqlite", "The cat sleeps.").stdout.decode() == (
        "1.00\tThe cat sleeps.\tEl felino reposa.\n"
    )
    assert call("memory", "find", tmp_path / "m.sqlite", "The cat eats.").stdout.decode() == (
        "0.75\tThe cat sleeps.\tEl felino reposa.\n"
    )
    assert call("memory", "export", tmp_path / "m.sqlite", tmp_path / "m.tmx").returncode == 0
    again = call("memory", "add", tmp_path / "m.sqlite", tmp_path / "m.tmx")
    assert b"0 new or changed; 1 in" in again.stderr
    told(call("memory", "export", tmp_path / "m.sqlite", tmp_path / "m.tmx"), 2, "m.tmx", "--overwrite")
    told(call("memory", "find", tmp_path / "none.sqlite", "x"), 2, "none.sqlite", "seq2seq memory add")
    told(call("memory", "add", tmp_path / "m.sqlite", tmp_path / "none.tsv"), 2, "none.tsv")


def test_what_is_in_the_memory_is_taken_from_there(call: Call, model: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("The cat sleeps.\tEl felino reposa.\n")
    call("memory", "add", tmp_path / "m.sqlite", tmp_path / "pairs.tsv")
    options = ("translate", "--model", model, "--precision", "fp32")
    plain = call(*options, stdin=TEXT.encode()).stdout.decode().splitlines()
    done = call(*options, "--memory", tmp_path / "m.sqlite", stdin=TEXT.encode())
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "El felino reposa."
    assert lines[1].endswith(" El felino reposa.")
    assert lines[1].removesuffix("El felino reposa.").strip() in plain[1]
    assert lines[2:] == ["", "***"]
    done = call(*options, "--json", "--memory", tmp_path / "m.sqlite", "The cat sleeps.", "The cat sleeps!")
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["translation"], first["memory"], first["confidence"]) == ("El felino reposa.", "exact", 1.0)
    assert "memory" not in second
    assert second["near"] == [{"source": "The cat sleeps.", "target": "El felino reposa.", "similarity": 0.75}]


def test_a_text_of_several_lines_is_taken_from_the_memory_as_one_of_one_line_is(model: Path, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "m.sqlite", create=True)
    pairs = [("The cat.\n\tIt sleeps.", "El felino.\n\tReposa."), ("Hello.", "Hola.\r\nBuenas."), ("Привет", "Hola")]
    memory.add(pairs)
    translator = Translator.load(model, memory=memory, precision="fp32")
    found = list(translator.stream(["\nThe cat.\n\tIt sleeps.  ", "Hello.", "Hello. The cat sleeps."]))
    assert found[0].text == "\nEl felino.\n\tReposa.  "
    assert found[1].text == "Hola. Buenas."  # one line in, one line out
    assert "\n" not in found[2].text
    assert [one.remembered for one in found] == [True, True, False]
    [foreign, unknown] = translator.stream(["Привет", "Пока"])
    assert (foreign.text, foreign.flags) == ("Hola", ())  # another script, but a person knows it
    assert "script" in unknown.flags


def test_nothing_is_taken_from_the_memory_where_a_translation_is_to_begin_otherwise(
    call: Call, model: Path, tmp_path: Path
) -> None:
    memory = Memory(tmp_path / "m.sqlite", create=True)
    memory.add([("The cat sleeps.", "El felino reposa.")])
    translator = Translator.load(model, memory=memory, precision="fp32")
    assert translator.translate(["The cat sleeps."], prefix="Mi")[0].startswith("Mi")
    options = ("--model", model, "--memory", tmp_path / "m.sqlite", "--prefix", "Mi")
    told(call("translate", *options, "The cat sleeps."), 2, "--memory", "--prefix")


def test_what_was_translated_is_remembered_but_for_what_is_flagged(call: Call, model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text(TEXT)
    (tmp_path / "a.csv").write_text("id,text\n1,My uncle sleeps.\n")
    memory = tmp_path / "m.sqlite"
    options = ("translate", "--model", model, "--precision", "fp32", "--memory", memory)
    told(call(*options, "Hi."), 2, "m.sqlite")
    (tmp_path / "pairs.tsv").write_text("Hi.\tHola.\n")
    call("memory", "add", memory, tmp_path / "pairs.tsv")
    done = call(*options, "--input", tmp_path / "a.en", "--output", tmp_path / "a.es", "--remember")
    assert done.returncode == 0, done.stderr
    made = dict(zip(TEXT.splitlines(), (tmp_path / "a.es").read_text().splitlines(), strict=True))
    found = call("memory", "find", memory, "The cat sleeps.").stdout.decode()
    assert f"1.00\tThe cat sleeps.\t{made['The cat sleeps.']}\n" in found
    assert "***" not in call("memory", "find", memory, "***").stdout.decode()
    done = call(
        *options, "--input", tmp_path / "a.csv", "--column", "text", "--output", tmp_path / "b.csv", "--remember"
    )
    assert done.returncode == 0, done.stderr
    assert "1.00\tMy uncle sleeps." in call("memory", "find", memory, "My uncle sleeps.").stdout.decode()
    assert call(*options, "--remember", "The house is red.").returncode == 0
    assert "1.00\tThe house is red." in call("memory", "find", memory, "The house is red.").stdout.decode()
    told(call("translate", "--model", model, "--remember", "Hi."), 2, "--remember", "--memory")


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_what_is_flagged_is_not_remembered(
    call: Call, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    lines = ["The cat sleeps.", "My uncle sleeps.", "The house is red."]
    (tmp_path / name).write_text("".join(f"<p>{line}</p>\n" if name == "a.html" else f"{line}\n" for line in lines))
    Memory(tmp_path / "m.sqlite", create=True).close()
    monkeypatch.setattr(sentences, "failures", lambda source, _: ("loop",) if "cat" in source else ())
    options = ("translate", "--model", model, "--memory", tmp_path / "m.sqlite", "--remember")
    assert call(*options, "--input", tmp_path / name, "--output", tmp_path / f"out.{name}").returncode == 0
    assert [source for source, *_ in Memory(tmp_path / "m.sqlite").units()] == lines[1:]


def test_a_pipe_fills_a_memory_that_was_begun_empty_and_tmx_tells_whose_it_is(
    call: Call, model: Path, tmp_path: Path
) -> None:
    memory, tmx, other = (tmp_path / name for name in ("m.sqlite", "m.tmx", "other.sqlite"))
    assert call("memory", "add", memory).returncode == 0
    assert call("translate", "--model", model, "--memory", memory, "--remember", stdin=b"The cat sleeps.\n").stdout
    Memory(memory).add([("Hello.", "Hola.")])
    assert call("memory", "export", memory, tmx).returncode == 0
    assert call("memory", "add", other, tmx).returncode == 0
    assert list(Memory(other).units()) == list(Memory(memory).units())
    assert [(source, origin) for source, _, origin in Memory(other).units()] == [
        ("The cat sleeps.", "machine"),
        ("Hello.", "person"),
    ]


def test_a_memory_that_another_process_writes_to(
    call: Call, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memories, "_PATIENCE", 0.05)
    source, target = tmp_path / "a.en", tmp_path / "a.es"
    source.write_text("The cat sleeps.\n")
    Memory(tmp_path / "m.sqlite", create=True).close()
    options = ("translate", "--model", model, "--memory", tmp_path / "m.sqlite", "--remember")
    options += ("--input", source, "--output", target)
    with sqlite3.connect(tmp_path / "m.sqlite") as other:
        other.execute("begin immediate")
        before = contents(tmp_path)
        told(call(*options), 1, "m.sqlite", "another process", "wait")
        assert contents(tmp_path) == before
        monkeypatch.setattr(Memory, "check_writable", lambda _: None)  # as if the other one had come later
        told(call(*options), 1, "m.sqlite", "another process", "--resume")
        assert not target.exists()
    Memory(tmp_path / "m.sqlite").add([("Hello.", "Hola.")])
    assert call(*options, "--resume").returncode == 0
    [_, (remembered, translation, _)] = Memory(tmp_path / "m.sqlite").units()
    assert (remembered, f"{translation}\n") == ("The cat sleeps.", target.read_text())
    assert set(contents(tmp_path)) == {"a.en", "a.es", "m.sqlite", ledger.NAME}
