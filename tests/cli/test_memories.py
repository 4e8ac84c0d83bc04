"""`seq2seq memory`, and `translate` with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from command import Done, told

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
