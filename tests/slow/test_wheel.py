"""The wheel alone, in an empty environment and an empty directory, trains on the sample and translates."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TIMEOUT = 900  # seconds: installing torch takes most of them


def run(*command: object, cwd: Path) -> str:
    """Standard output of a command that must succeed and cannot see the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SEQ2SEQ"))}
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=environment | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin directory of an environment that holds the wheel and what it depends on."""
    base = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", base, ROOT, cwd=base)
    (wheel,) = base.glob("seq2seq-*.whl")
    venv.create(base / "env", with_pip=True)
    binaries = base / "env" / "bin"
    constraints = ROOT / "constraints.txt"
    run(binaries / "python", "-m", "pip", "install", "--quiet", "--constraint", constraints, wheel, cwd=base)
    return binaries


def test_the_package_comes_from_the_environment_and_not_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import seq2seq; print(seq2seq.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent / "lib")
    assert "site-packages" in where


def test_the_command_trains_on_the_sample_and_translates(installed: Path, tmp_path: Path) -> None:
    seq2seq = installed / "seq2seq"
    run(
        *(seq2seq, "train", "--preset", "tiny", "--data", "sample", "--dev", "sample:dev"),
        *("--steps", 30, "--set", "training.validate_every=30", "--out", "m"),
        cwd=tmp_path,
    )
    assert run(seq2seq, "translate", "--model", "m", "The cat sleeps.", cwd=tmp_path).count("\n") == 1
    assert run(seq2seq, "--version", cwd=tmp_path).startswith("seq2seq ")
