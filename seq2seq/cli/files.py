"""Text files and streams at the door: lines in, lines out, nothing lost or overwritten."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from seq2seq.errors import DataError, UsageError


def decode_line(line: bytes, name: str, number: int) -> str:
    """A line's text. `DataError` names file and line where it is binary or not UTF-8."""
    if b"\0" in line:
        raise DataError(f"{name}:{number}: a NUL byte; this is a binary file, give a text file in UTF-8")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}:{number}: byte 0x{line[error.start]:02x} at column {error.start + 1} is not UTF-8; "
            f"convert the file first, for example: iconv -f LATIN1 -t UTF-8 {name}"
        ) from None


@contextmanager
def open_input(path: Path) -> Iterator[BinaryIO]:
    """The file for reading bytes; `UsageError` says why where it cannot be."""
    try:
        file = path.open("rb")
        file.peek(1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a text file that exists") from None
    with file:
        yield file


@contextmanager
def open_output(path: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its name when all is written; after an error nothing has changed."""
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists and would be overwritten; add --overwrite, or choose another --output")
    beside = path.with_name(f".{path.name}.part")
    try:
        file = beside.open("wb")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}; choose another --output") from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def read_lines(path: Path) -> list[str]:
    """All lines of a text file, without their ends."""
    with open_input(path) as file:
        lines = [decode_line(line, str(path), number) for number, line in enumerate(file, start=1)]
    return [line.rstrip("\r\n").removeprefix("\ufeff") for line in lines]


def ready_blocks(file: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """Lines in blocks of what is there: a full block from a file, a single line from someone who types.

    A thread reads ahead by at most a block, so that memory is bounded and a slow source is answered line by
    line.
    """
    waiting: queue.Queue[bytes | BaseException | None] = queue.Queue(maxsize=size)

    def read() -> None:
        try:
            for line in file:
                waiting.put(line)
            waiting.put(None)
        except BaseException as error:  # handed to the reader of the queue, which raises it
            waiting.put(error)

    threading.Thread(target=read, daemon=True).start()
    item: bytes | BaseException | None = b""
    while item is not None:
        block = []
        item = waiting.get()
        while isinstance(item, bytes):
            block.append(item)
            if len(block) == size:
                break
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                break
        if isinstance(item, BaseException):
            raise item
        if block:
            yield block
