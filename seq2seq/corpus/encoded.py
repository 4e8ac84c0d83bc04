"""Pairs as ids, in memory-mapped Arrow: a corpus costs disk, not memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np

from seq2seq.corpus.cleaning import CleaningReport
from seq2seq.corpus.sources import Pair
from seq2seq.corpus.storage import Ragged, open_table, writing
from seq2seq.corpus.texts import Texts, read_sources
from seq2seq.errors import DataError


class TextEncoder(Protocol):
    """What `encode` needs of a tokenizer."""

    def encode_batch(self, texts: Sequence[str], /) -> list[list[int]]:
        """The ids of each text, without bos and eos."""


def encode(
    texts: Texts, src_tokenizer: TextEncoder, tgt_tokenizer: TextEncoder, max_tokens: int, out: Path
) -> tuple[Corpus, CleaningReport]:
    """Writes the ids of all pairs to the Arrow file `out`.

    Pairs with a side of more than `max_tokens` are dropped as too long, and as empty those with a side of no
    tokens at all. `out` appears, or is replaced, when all is done. Raises `DataError` where nothing is left.
    """
    import pyarrow

    ids, text = pyarrow.list_(pyarrow.int32()), pyarrow.string()
    columns = {"src_ids": ids, "tgt_ids": ids, "src": text, "tgt": text, "source": pyarrow.int32()}
    report = CleaningReport()
    with writing(out, pyarrow.schema(columns, metadata=texts.metadata)) as writer:
        for src, tgt, source in texts.batches():
            report.read += len(src)
            rows = []
            src_ids, tgt_ids = src_tokenizer.encode_batch(src), tgt_tokenizer.encode_batch(tgt)
            for row in zip(src_ids, tgt_ids, src, tgt, source, strict=True):
                shorter, longer = sorted((len(row[0]), len(row[1])))
                if shorter and longer <= max_tokens:
                    rows.append(row)
                else:
                    report.drop("too long" if shorter else "empty", Pair(row[2], row[3], texts.names[row[4]]))
            if rows:
                writer.add(*zip(*rows, strict=True))
        if not report.kept:
            raise DataError(f"all pairs have more than {max_tokens} subwords: raise data.cleaning.max_tokens")
    return Corpus.open(out), report


class Corpus:
    """Encoded pairs, addressed by their number. No bos or eos is stored.

    src_lengths, tgt_lengths: int32 (n,), tokens. weights: float32 (n,), how often a pair is seen in an epoch.
    """

    def __init__(self, path: Path) -> None:
        table = open_table(path)
        self._src_ids, self._tgt_ids, self._src, self._tgt = (
            Ragged(table.column(name)) for name in ("src_ids", "tgt_ids", "src", "tgt")
        )
        self.path = path
        self.src_lengths = self._src_ids.lengths()
        self.tgt_lengths = self._tgt_ids.lengths()
        self.source_names, source_weights = read_sources(table.schema.metadata)
        self._sources = table.column("source")
        self.weights = np.array(source_weights, dtype=np.float32)[self._sources.to_numpy()]

    @classmethod
    def open(cls, path: Path) -> Corpus:
        """The corpus that `encode` wrote. Raises `DataError` if it is missing or damaged."""
        return cls(path)

    def __len__(self) -> int:
        return len(self.src_lengths)

    def pair(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Source and target ids of a pair: int32, read-only views into the file."""
        return self._src_ids[row], self._tgt_ids[row]

    def source(self, row: int) -> str:
        """The name of where a pair is from."""
        name: str = self.source_names[self._sources[row].as_py()]
        return name

    def digest(self) -> str:
        """What tells these pairs from others: a hash of all their ids. It reads the whole file."""
        found = sha256()
        for lengths, ids in ((self.src_lengths, self._src_ids), (self.tgt_lengths, self._tgt_ids)):
            found.update(lengths.tobytes())
            for values in ids.blocks():
                found.update(values.tobytes())
        return found.hexdigest()

    def texts(self, rows: Iterable[int]) -> tuple[list[str], list[str]]:
        """The sentences of these pairs: sources, targets."""
        rows = list(rows)
        src, tgt = ([column[row].tobytes().decode() for row in rows] for column in (self._src, self._tgt))
        return src, tgt
