"""The README and docs/training.md are run: every command, the Python, the recipe, in order, in an empty directory.

Training commands are cut short. `make demo` and `make test` are what continuous integration runs.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRAINING = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
SHORT = (
    "--steps 4 --set model.width=16 --set model.heads=2 --set tokenizer.vocab_size=600 --set training.validate_every=4"
)


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README + TRAINING, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty directory with the files that the README takes for granted, and `seq2seq` on the path."""
    path = tmp_path_factory.mktemp("readme")
    sample = (ROOT / "data" / "sample" / "test.tsv").read_text(encoding="utf-8")
    src, tgt = zip(*(line.split("\t") for line in sample.splitlines()), strict=True)
    for name in ("pairs.tsv", "more.tsv"):
        (path / name).write_text(sample, encoding="utf-8")
    (path / "dev.tsv").write_text("How old is he?\t¿Cuántos años tiene?\n")
    (path / "more.csv").write_text("english,spanish\nThe cat sleeps.,El gato duerme.\n", encoding="utf-8")
    (path / "data").mkdir()
    (path / "data" / "sample").symlink_to(ROOT / "data" / "sample")
    for name in ("train", "dev", "letter"):
        (path / f"{name}.en").write_text("\n".join(src) + "\n", encoding="utf-8")
        (path / f"{name}.es").write_text("\n".join(tgt) + "\n", encoding="utf-8")
    (path / "letter.es").unlink()
    (path / "letters").mkdir()
    (path / "letters" / "one.txt").write_text("The cat sleeps.\n")
    (path / "shop.csv").write_text('id,text,price\n7,"A ""small"" table, almost new",1e2\n8,Two wooden chairs,35.50\n')
    (path / "terms.csv").write_text("source,target\ncell phone,celular\nsettings,ajustes\n")
    (path / "film.srt").write_text("1\n00:00:01,000 --> 00:00:02,800\nThe door was open.\n")
    (path / "many.en").write_text("".join(f"{number} cats.\n" for number in range(50)))
    command = path / "bin" / "seq2seq"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seq2seq "$@"\n')
    command.chmod(0o755)
    return path


def run(home: Path, command: str) -> subprocess.CompletedProcess[str]:
    paths = [str(home / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = os.environ | {"PATH": ":".join(paths), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def shortened(command: str) -> str:
    """Of a training, few updates of a small network, or of the one that it starts from."""
    if "seq2seq train" not in command:
        return command
    return f"{command} --steps 2" if "--start-from" in command else f"{command} {SHORT}"


def test_every_command_the_python_and_the_recipe_of_the_readme_run(home: Path) -> None:
    commands = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
    assert len(commands) >= 9
    for command in commands:
        done = run(home, shortened(command))
        killed = command.startswith("timeout -s KILL") and done.returncode == -9
        cut = "| head" in command and done.returncode == 128 + signal.SIGPIPE
        assert done.returncode == 0 or killed or cut, f"{command}\n{done.stderr}"
    for program in blocks("python"):
        done = run(home, f"{sys.executable} - <<'END'\n{program}\nEND")
        assert done.returncode == 0, f"{program}\n{done.stderr}"
    for recipe in blocks("toml"):
        (home / "recipe.toml").write_text(recipe, encoding="utf-8")
        [command] = re.findall(r"^# recipe\.toml: +(seq2seq train .*)$", recipe, flags=re.MULTILINE)
        done = run(home, shortened(command))
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_the_readme_names_every_preset_and_every_exit_code() -> None:
    from seq2seq.config import preset_names

    for name in preset_names():
        assert f"| `{name}` |" in README
    for code in (0, 1, 2, 3, 130):
        assert f"| {code} |" in README
