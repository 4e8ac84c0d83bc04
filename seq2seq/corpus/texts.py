"""Cleaned text on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from seq2seq.config import Source
from seq2seq.corpus.sources import source_name
from seq2seq.corpus.storage import open_table, stream_batches


class Texts:
    """Cleaned pairs in an Arrow file with the columns src, tgt and source.

    `names` and `weights` are those of the sources; the column source is an index into them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        table = open_table(path)
        self._rows: int = table.num_rows
        self.metadata: dict[bytes, bytes] = table.schema.metadata
        self.names, self.weights = read_sources(self.metadata)

    def __len__(self) -> int:
        return self._rows

    def batches(self) -> Iterator[tuple[list[str], list[str], list[int]]]:
        """The pairs in order, some thousands at a time: sources, targets, indices of where they are from."""
        for batch in stream_batches(self.path):
            src, tgt, source = (batch.column(name).to_pylist() for name in ("src", "tgt", "source"))
            yield src, tgt, source

    def sentences(self, *sides: str) -> Iterator[str]:
        """All sentences of one side, "src" or "tgt", or of both, which take turns."""
        assert sides in (("src",), ("tgt",), ("src", "tgt"))
        for batch in stream_batches(self.path):
            for row in zip(*(batch.column(side).to_pylist() for side in sides), strict=True):
                yield from row


def source_metadata(sources: Sequence[Source]) -> dict[str, str]:
    """What an Arrow file says of the sources of its rows."""
    facts = [{"name": source_name(source), "weight": source.weight} for source in sources]
    return {"sources": json.dumps(facts)}


def read_sources(metadata: Mapping[bytes, bytes]) -> tuple[list[str], list[float]]:
    """Names and weights that `source_metadata` wrote."""
    sources = json.loads(metadata[b"sources"])
    return [source["name"] for source in sources], [source["weight"] for source in sources]
