"""What costs nothing: help, the version, and importing the package."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command import MODULE, ROOT, SCRIPT, Done, environment, run

from seq2seq import __version__
from seq2seq.cli import app

HEAVY = {
    "matplotlib",
    "torch",
    "datasets",
    "numpy",
    "pyarrow",
    "sacrebleu",
    "sentencepiece",
    "sentencex",
    "safetensors",
    "lxml",
    "polib",
    "ray",
}
SPY = """
import runpy, sys
try:
    {code}
finally:
    print("\\n".join({heavy} & {{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


def spy(code: str) -> Done:
    """Runs code in a new Python, which tells on stderr which of HEAVY were imported."""
    command = [sys.executable, "-c", SPY.format(code=code, heavy=HEAVY)]
    return subprocess.run(command, capture_output=True, env=environment(), timeout=60)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ["translate", "train", "evaluate", "--version"]),
        (("translate",), ["--model", "--input", "--output", "--beam-size", "--n-best", "--length-penalty", "--json"]),
        (("train",), ["--data", "--preset", "--set", "--resume", "--out"]),
        (("report",), ["--out", "--png"]),
        (("evaluate",), ["--hyp", "--ref", "--model", "--src", "--json"]),
        (("compare",), ["--src", "--ref", "--report"]),
        (("score",), ["--worst-first", "--at-least"]),
        (("explain",), ["--out"]),
        (("memory",), ["add", "export", "find"]),
        *((("memory", command), ["memory"]) for command in ("add", "export", "find")),
    ],
)
def test_help_names_the_options_and_imports_nothing_heavy(arguments: tuple[str, ...], words: list[str]) -> None:
    argv = ["cli.py", *arguments, "--help"]
    done = spy(f"sys.argv = {argv}; runpy.run_path({str(ROOT / 'cli.py')!r}, run_name='__main__')")
    assert done.returncode == 0
    assert done.stderr.decode().split() == []
    for word in words:
        assert word in done.stdout.decode()


def test_no_command_is_left_out_above() -> None:
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert commands == {"translate", "train", "evaluate", "compare", "score", "explain", "report"}
    assert [group.name for group in app.registered_groups] == ["memory"]


@pytest.mark.parametrize("package", ["seq2seq", "seq2seq.cli", "seq2seq.config", "seq2seq.errors"])
def test_importing_the_package_imports_nothing_heavy(package: str) -> None:
    done = spy(f"import {package}")
    assert (done.returncode, done.stderr.decode().split()) == (0, [])


def test_the_spy_sees_what_is_imported() -> None:
    assert "numpy" in spy("import numpy.linalg").stderr.decode().split()


@pytest.mark.parametrize("door", [SCRIPT, MODULE])
def test_version_is_the_package_s(door: tuple[str, ...]) -> None:
    done = run("--version", door=door)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"seq2seq {__version__}\n".encode(), b"")


def test_no_command_at_all_shows_the_help() -> None:
    assert run().stdout == run("--help").stdout
    assert run().returncode == 0
