"""What the complete outputs in a folder were made from, so that `--resume` takes none for what it is not.

A hidden file holds a line of JSON for each: its name, hashes of the input, the model and the options, and how many of
its lines have each flag. Lines are only ever added, so that several machines may fill one folder; the last one of a
name counts.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seq2seq.workers import Work

NAME = ".seq2seq-done"
MEANINGS = {"input": "another input", "model": "another model", "options": "other options"}

FLAGS = "flags"

Made = Mapping[str, Any]


def made_from(source: Path, kind: str, work: Work) -> Made:
    """Hashes of all that the translation of a file follows from, but for what a memory holds, which may grow."""
    from seq2seq.jobs import options_of

    options = options_of(work)
    models = options.pop("models")
    options["memory"] = bool(work.memory)
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while data := file.read(2**20):
            digest.update(data)
    return {"input": digest.hexdigest()[:16], "model": _hash(models), "options": _hash([kind, options])}


def differences(made: Made, wanted: Made) -> str:
    """In words what an output was made from that is not what is wanted now; "" where there is nothing."""
    return " and ".join(words for name, words in MEANINGS.items() if made.get(name) != wanted[name])


def has_ledger(folder: Path) -> bool:
    """Is something noted there?"""
    return (folder / NAME).exists()


def read_ledger(folder: Path) -> dict[str, Made]:
    """What is known of the outputs below a folder, by their names there."""
    try:
        with (folder / NAME).open("rb") as file:
            return {name: made for line in file for name, made in _read(line)}
    except FileNotFoundError:
        return {}


def note(folder: Path, target: Path, made: Made, flags: Counter[str]) -> None:
    """Adds an output, which is complete."""
    facts = {**made, FLAGS: flags} if flags else made
    line = json.dumps([str(target.relative_to(folder)), facts]).encode() + b"\n"
    with (folder / NAME).open("ab") as file:
        file.write(line)


def flags_of(made: Made | None) -> Counter[str]:
    """How many lines of an output have each flag, as far as it was noted."""
    return Counter(made.get(FLAGS, {}) if made else {})


def _read(line: bytes) -> list[tuple[str, Made]]:
    """A name and what it was made from; nothing of half a line, which a machine that died has left."""
    try:
        name, made = json.loads(line)
        return [(str(name), dict(made))]
    except (ValueError, TypeError):
        return []


def _hash(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
