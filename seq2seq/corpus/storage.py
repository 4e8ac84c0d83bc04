"""Arrow files that are written once, whole or not at all, and then memory-mapped.

The format is Arrow's streaming format, which `datasets.Dataset.from_file` opens
too. All record batches but the last have CHUNK rows, so that row i is found by
division.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seq2seq.errors import DataError, UserError

if TYPE_CHECKING:
    import pyarrow

CHUNK = 2**14  # rows
END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"  # without it, a file cut between two batches would seem whole


class Writer:
    """Gathers rows and writes them in batches of CHUNK."""

    def __init__(self, stream: Any, schema: pyarrow.Schema) -> None:
        self._stream, self._schema = stream, schema
        self._columns: list[list[Any]] = [[] for _ in schema]

    @property
    def waiting(self) -> int:
        """Rows that are not written yet."""
        return len(self._columns[0])

    def add(self, *columns: Sequence[Any]) -> None:
        """Rows, given as one sequence for each column."""
        for column, values in zip(self._columns, columns, strict=True):
            column.extend(values)
        while self.waiting >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Writes up to CHUNK of the waiting rows."""
        import pyarrow

        arrays = [
            pyarrow.array(column[:CHUNK], type=field.type)
            for column, field in zip(self._columns, self._schema, strict=True)
        ]
        self._stream.write_batch(pyarrow.record_batch(arrays, schema=self._schema))
        self._columns = [column[CHUNK:] for column in self._columns]


@contextmanager
def writing(path: Path, schema: pyarrow.Schema) -> Iterator[Writer]:
    """A writer of `path`, which appears, or is replaced, only when the block ends without an error."""
    import pyarrow

    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                with pyarrow.ipc.new_stream(file, schema) as stream:
                    writer = Writer(stream, schema)
                    yield writer
                    if writer.waiting:
                        writer.flush()
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:  # readers have told theirs as `DataError`
        raise UserError(f"cannot write {path}: {error.strerror or error}; make room, or choose another place") from None


def open_table(path: Path) -> pyarrow.Table:
    """The memory-mapped table in a file of `writing`; its columns are read when they are touched."""
    import pyarrow

    try:
        with path.open("rb") as file:
            file.seek(-len(END_OF_STREAM), os.SEEK_END)
            if file.read() != END_OF_STREAM:
                raise DataError(f"{path} is cut off, or no file of prepared text")
        table = pyarrow.ipc.open_stream(pyarrow.memory_map(str(path))).read_all()
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise DataError(f"{path} cannot be read ({error})") from None
    return table


def stream_batches(path: Path) -> Iterator[pyarrow.RecordBatch]:
    """The batches of such a file in order, read and let go one by one: mapped pages would count as memory."""
    import pyarrow

    with pyarrow.OSFile(str(path)) as file:
        yield from pyarrow.ipc.open_stream(file)


class Ragged:
    """A column of lists of int32, or of strings as UTF-8 bytes: each row is a view into the mapped file."""

    def __init__(self, column: pyarrow.ChunkedArray) -> None:
        assert all(len(chunk) == CHUNK for chunk in column.chunks[:-1])
        dtype = np.uint8 if str(column.type) == "string" else np.int32
        self._chunks: list[tuple[np.ndarray, np.ndarray]] = []
        for chunk in column.chunks:
            buffers = chunk.buffers()  # validity, offsets, …, values
            offsets = np.frombuffer(buffers[1], dtype=np.int32, count=len(chunk) + 1)
            self._chunks.append((offsets, np.frombuffer(buffers[-1], dtype=dtype, count=offsets[-1])))

    def __getitem__(self, row: int) -> np.ndarray:
        offsets, values = self._chunks[row // CHUNK]
        row %= CHUNK
        return values[offsets[row] : offsets[row + 1]]

    def blocks(self) -> Iterator[np.ndarray]:
        """The values of all rows in order, some thousand rows at a time."""
        yield from (values for _, values in self._chunks)

    def lengths(self) -> np.ndarray:
        """Of all rows: int32 (n,)."""
        if not self._chunks:
            return np.zeros(0, dtype=np.int32)
        return np.concatenate([np.diff(offsets) for offsets, _ in self._chunks])
