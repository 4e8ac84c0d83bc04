"""Running `python cli.py …` and judging how it ended."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCRIPT = (str(ROOT / "cli.py"),)
MODULE = ("-m", "seq2seq")
TIMEOUT = 120  # seconds

Done = subprocess.CompletedProcess[bytes]


def environment() -> dict[str, str]:
    """One thread, so that tests may run side by side, and no settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEQ2SEQ_", "PYTHON"))}
    return kept | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def run(
    *arguments: object, stdin: bytes = b"", door: tuple[str, ...] = SCRIPT, closed: str = "", **options: Any
) -> Done:
    """The command as a process of its own, to its end; `closed` as the shell writes it, such as "<&-"."""
    command = [sys.executable, *door, *map(str, arguments)]
    if closed:
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", *command]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": TIMEOUT, **options}
    return subprocess.run(command, input=stdin, env=environment(), **options)


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """The command as a process that goes on; Ctrl-C reaches it even where the tests run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # which a child would inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, *SCRIPT, *map(str, arguments)]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(command, env=environment(), **options)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Until the condition holds; fails where the process ends before."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def told(done: Done, code: int, *words: str) -> str:
    """The one line that a failed command says: no results, no traceback, and all of `words` in it."""
    message = done.stderr.decode()
    assert done.returncode == code, message
    assert done.stdout == b""
    assert message.startswith("error: ")
    assert message.endswith("\n")
    assert message.count("\n") == 1
    for word in words:
        assert str(word) in message, f"{word!r} is not in {message!r}"
    return message


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, to see that none was touched."""
    return {str(file.relative_to(directory)): file.read_bytes() for file in directory.rglob("*") if file.is_file()}


def seal(directory: Path) -> None:
    """Makes the checksums of a model directory fit again, so that what lies behind that check is reached."""
    files = sorted(file for file in directory.iterdir() if file.name != "SHA256SUMS")
    lines = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    (directory / "SHA256SUMS").write_text("".join(lines))


def change_config(directory: Path, section: str = "", **fields: object) -> None:
    """Sets fields in config.json, checksum included."""
    path = directory / "config.json"
    table = json.loads(path.read_text())
    (table[section] if section else table).update(fields)
    path.write_text(json.dumps(table))
    seal(directory)
