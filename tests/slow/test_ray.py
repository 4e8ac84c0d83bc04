"""A job on a Ray cluster: the bytes of a local one, also when an actor is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq.errors import DataError, UserError
from seq2seq.jobs import translate_file
from seq2seq.locations import pretrained
from seq2seq.workers import RAY, Work

pytest.importorskip("ray", reason="Ray is not installed: pip install '.[ray]'")
LINES, DIFFERENT = 6 * 1024 + 7, 3 * 1024 + 5  # so that the last shards have nothing new


@pytest.fixture
def work() -> Work:
    return Work(models=(str(pretrained()),), precision="fp32", search={"beam_size": 1})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "many.en"
    path.write_text("".join(f"{number % DIFFERENT} cats.\n" for number in range(LINES)))
    return path


@pytest.fixture
def wanted(source: Path, work: Work) -> bytes:
    list(translate_file(source, source.with_name("local.es"), work, jobs=2))
    return source.with_name("local.es").read_bytes()


def actors() -> list[int]:
    """The processes of this user that are actors of Ray Data."""
    told = subprocess.run(["pgrep", "-f", "^ray::MapWorker"], capture_output=True, text=True, check=False)
    return [int(number) for number in told.stdout.split()]


def test_a_cluster_gives_the_bytes_of_this_machine_though_an_actor_is_killed(
    source: Path, work: Work, wanted: bytes
) -> None:
    target, killed = source.with_name("ray.es"), 0
    for progress in translate_file(source, target, work, jobs=2, engine=RAY):
        if progress.position.lines and not killed:
            killed = actors()[0]
            os.kill(killed, signal.SIGKILL)
    assert killed
    assert target.read_bytes() == wanted


def test_what_is_wrong_with_a_shard_is_told(source: Path, work: Work) -> None:
    missing = Work(models=(str(source.parent / "none"),), precision="fp32")
    with pytest.raises(UserError, match="none"):
        list(translate_file(source, source.with_name("ray.es"), missing, jobs=1, engine=RAY))
    source.write_bytes(b"a\0b\n")
    with pytest.raises(DataError, match=":1: a NUL"):
        list(translate_file(source, source.with_name("ray.es"), work, jobs=1, engine=RAY))


def test_a_job_that_a_cluster_began_is_ended_by_this_machine(source: Path, work: Work, wanted: bytes) -> None:
    target = source.with_name("mixed.es")
    begun = translate_file(source, target, work, jobs=1, engine=RAY)
    for progress in begun:
        if progress.position.lines:
            begun.close()
            break
    assert not target.exists()
    list(translate_file(source, target, work, jobs=2, resume=True))
    assert target.read_bytes() == wanted


def test_the_command_has_nothing_but_the_file_to_show(source: Path) -> None:
    source.write_text("The cat sleeps.\n")
    command = [sys.executable, "-m", "seq2seq", "translate", "--input", source, "--output", source.with_name("a.es")]
    done = subprocess.run([*command, "--engine", "ray"], capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert b"INFO" not in done.stderr
    assert source.with_name("a.es").read_text() == "El gato duerme.\n"
