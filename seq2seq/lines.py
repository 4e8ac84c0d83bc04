"""A line of a file as text."""

from __future__ import annotations

from seq2seq.errors import DataError


def decode_line(line: bytes, name: str, number: int) -> str:
    """A line's text. `DataError` names file and line where it is binary or not UTF-8."""
    if b"\0" in line:
        raise DataError(f"{name}:{number}: a NUL byte; this is binary or UTF-16, give text in UTF-8")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}:{number}: byte 0x{line[error.start]:02x} at column {error.start + 1} is not UTF-8; "
            "convert the text first, for example with: iconv -f LATIN1 -t UTF-8"
        ) from None
