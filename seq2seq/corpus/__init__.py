"""Sentence pairs: where they come from, what is dropped, and their ids on disk.

`read_pairs` yields the pairs of a source, strictly: what is not text is an
error with file and line. `clean` turns sources into `Texts` on disk and reports
what each rule dropped; `encode` turns those into a `Corpus`, ids in
memory-mapped Arrow.
"""

from __future__ import annotations

from seq2seq.corpus.catalogue import NamedCorpus, data_dir, named, named_corpora, resolve
from seq2seq.corpus.cleaning import CleaningReport, clean
from seq2seq.corpus.encoded import Corpus, encode
from seq2seq.corpus.sources import Pair, read_pairs, source_name
from seq2seq.corpus.texts import Texts

__all__ = [
    "CleaningReport",
    "Corpus",
    "NamedCorpus",
    "Pair",
    "Texts",
    "clean",
    "data_dir",
    "encode",
    "named",
    "named_corpora",
    "read_pairs",
    "resolve",
    "source_name",
]
