"""Text files and streams at the door: lines in, lines out, nothing lost or overwritten."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from seq2seq.errors import UsageError, UserError
from seq2seq.lines import decode_line

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
STDIN, STDOUT = "<stdin>", "<stdout>"
READ_SIZE = 2**16  # bytes read at once: about a thousand sentences


@contextmanager
def open_input(path: Path | None) -> Iterator[BufferedReader]:
    """The file, or standard input, for reading bytes; `UsageError` says why where it cannot be."""
    if path is None:
        if sys.stdin is None:
            raise UsageError("standard input is closed; give text, or --input FILE")
        yield sys.stdin.buffer  # type: ignore[misc]  # typed as BinaryIO, which has no read1
        return
    try:
        file = path.open("rb")
        file.peek(1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a text file that exists") from None
    with file:
        yield file


@contextmanager
def open_output(path: Path | None, *, overwrite: bool = False, option: str = "--output") -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name when all is written: after an error nothing has changed.

    `option` is what named it. What is no regular file, such as a named pipe, is written to as it stands.
    """
    if path is None:
        if sys.stdout is None:
            raise UsageError("standard output is closed; give --output FILE")
        with _room_for(STDOUT):
            yield sys.stdout.buffer
        return
    check_output(path, overwrite=overwrite, option=option)
    with _room_for(str(path)):
        if path.exists() and not path.is_file():
            with _create(path, path, option) as file:
                yield file
        else:
            yield from _beside(path, option)


def check_output(path: Path, *, overwrite: bool, option: str = "--output") -> None:
    """`UsageError` where a file can't be or mustn't be written."""
    if path.is_dir():
        raise UsageError(f"{path} is a directory; name a file as {option}")
    if path.is_file() and not overwrite:
        raise UsageError(f"{path} exists and would be overwritten; add --overwrite, or choose another {option}")


def is_plain(path: Path) -> bool:
    """Is it a file, or nothing yet? Pipes and devices are written to as they stand."""
    return path.is_file() or path.is_dir() or not path.exists()


def check_apart(written: Sequence[Path | None], read: Sequence[Path | None]) -> None:
    """`UsageError` where a file is to be written twice, or over what is read."""
    files = [path for path in written if path and is_plain(path)]
    if len({path.resolve() for path in files}) < len(files):
        raise UsageError(f"two outputs would be one file, {files[0]}; give them different names")
    for path in files:
        if path.resolve() in [one.resolve() for one in read if one]:
            raise UsageError(f"{path} would take the place of what is read; choose another name for what is written")


def _beside(path: Path, option: str) -> Iterator[BinaryIO]:
    """A file next to the one that `path` means, which it replaces in the end."""
    from seq2seq.jobs import flush_directory

    target = path.resolve()
    part = target.with_name(f".{target.name}.new")  # other than the name that a job's work lies under
    file = _create(part, path, option)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        flush_directory(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _create(file: Path, name: Path, option: str) -> BinaryIO:
    try:
        return file.open("wb")
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}; choose another {option}") from None


@contextmanager
def _room_for(name: str) -> Iterator[None]:
    """Tells of a full disk where it is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise UserError(
            f"cannot write {name}: {error.strerror}; make room, or choose another place, and run it again"
        ) from None


def read_lines(path: Path) -> list[str]:
    """All lines of a text file, without their ends (LF or CRLF) and without a byte order mark."""
    with open_input(path) as file:
        lines = [decode_line(line, str(path), number) for number, line in enumerate(file, start=1)]
    if lines:
        lines[0] = lines[0].removeprefix("\ufeff")
    return [line.removesuffix("\n").removesuffix("\r") for line in lines]


def ready_blocks(file: BufferedReader) -> Iterator[list[bytes]]:
    """Lines, with their ends, in blocks of what is there: many from a file, a single one from someone who types.

    A read waits until there is something and takes what there is, at most READ_SIZE bytes; so memory is bounded
    by that and the longest line.
    """
    begun: list[bytes] = []  # a line whose end has not come yet
    while data := file.read1(READ_SIZE):
        ended, newline, rest = data.rpartition(b"\n")
        if newline:
            yield [line + b"\n" for line in b"".join([*begun, ended]).split(b"\n")]
            begun = []
        begun.append(rest)
    if last := b"".join(begun):
        yield [last]
