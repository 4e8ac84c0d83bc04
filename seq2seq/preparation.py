"""From sources of text to what training reads: cleaned pairs, tokenizers, ids, vectors, and a development set."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import Tensor

from seq2seq import bundle
from seq2seq.bundle import Bundle
from seq2seq.checkpoint import write_atomically
from seq2seq.config import Config
from seq2seq.corpus import CleaningReport, Corpus, Pair, Texts, clean, encode, read_pairs
from seq2seq.errors import DataError, UsageError
from seq2seq.lexicon import Lexicon, combine, count_lexicon
from seq2seq.tokenizer import Tokenizer, normalize
from seq2seq.vectors import counted_vectors

REPORT, VECTORS, LEXICON = "report.json", "vectors.safetensors", "lexicon.safetensors"
START = "start.safetensors"
ARCHITECTURE = ("cell", "attention", "width", "encoder_layers", "decoder_layers", "heads")  # that weights are of
HELD_OUT = 1000  # pairs, about, that are held out where no development set is given
BLOCK = 10_000  # pairs that are looked through at once
HELD_OUT_SHARE = 50  # and at most one in so many


@dataclass(frozen=True)
class Prepared:
    """What a run trains on and is measured by. With a joint vocabulary both tokenizers are one object."""

    corpus: Corpus
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer
    dev_src: list[str]
    dev_tgt: list[str]
    report: dict[str, Any]  # of the cleaning: `CleaningReport.as_table`, and the digest of what was made
    lexicon: Lexicon  # for search
    vectors: tuple[Tensor, Tensor] | None = None  # counted ones, for source and target; one object where joint
    start: dict[str, Tensor] | None = None  # the weights to begin with, where they are another model's
    cleaning: CleaningReport | None = field(default=None, compare=False)  # where it was done just now

    @property
    def digest(self) -> str:
        """What tells this text and these tokenizers from others; empty where they are from before it was noted."""
        return str(self.report.get("digest", ""))

    @property
    def pairs(self) -> int:
        """Those that are trained on: not those of the development set, or without weight."""
        return int((self.corpus.weights > 0).sum())


def prepare(config: Config, directory: Path, data_dirs: Sequence[Path] = ()) -> Prepared:
    """Everything under `directory`, made now or found there.

    `report.json` is written last: without it the directory is half done and is made anew. Raises what reading
    and cleaning raise.
    """
    done = directory / REPORT
    if done.exists():
        if not (directory / LEXICON).exists():  # prepared before there were lexicons
            corpus, src_tokenizer, tgt_tokenizer = _open(config, directory)
            _count_lexicon(config, corpus, len(src_tokenizer), len(tgt_tokenizer), directory)
        return reopen(config, directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    cleaning = _make(config, directory, data_dirs)
    report = cleaning.as_table() | {"digest": _digest(directory)}
    write_atomically(done, json.dumps(report, indent=2, ensure_ascii=False).encode())
    return replace(reopen(config, directory), cleaning=cleaning)


def reopen(config: Config, directory: Path) -> Prepared:
    """What `prepare` has left in `directory`; `DataError` where there is nothing."""
    if not (directory / REPORT).exists():
        raise DataError(
            f"there are no prepared data in {directory}; "
            "processes on several machines need one --out that all of them see"
        )
    corpus, src_tokenizer, tgt_tokenizer = _open(config, directory)
    dev = json.loads((directory / "dev.json").read_text(encoding="utf-8"))
    report = json.loads((directory / REPORT).read_text(encoding="utf-8"))
    lexicon = Lexicon(**load_file(directory / LEXICON))
    vectors = _vectors(directory / VECTORS, len(src_tokenizer), joint=config.tokenizer.joint)
    start = load_file(directory / START) if config.start_from else None
    return Prepared(corpus, src_tokenizer, tgt_tokenizer, dev["src"], dev["tgt"], report, lexicon, vectors, start)


def _digest(directory: Path) -> str:
    """What tells the ids, tokenizers and development pairs in `directory` from others."""
    found = sha256(Corpus.open(directory / "pairs.arrow").digest().encode())
    for path in sorted([directory / "dev.json", *directory.glob("spm*.model")]):
        found.update(path.read_bytes())
    return found.hexdigest()


def _open(config: Config, directory: Path) -> tuple[Corpus, Tokenizer, Tokenizer]:
    """The pairs, those that are held out with weight 0, and the tokenizers."""
    src_tokenizer = Tokenizer.load(directory / ("spm.model" if config.tokenizer.joint else "spm.src.model"))
    tgt_tokenizer = src_tokenizer if config.tokenizer.joint else Tokenizer.load(directory / "spm.tgt.model")
    try:
        corpus = Corpus.open(directory / "pairs.arrow")
    except DataError as error:
        raise DataError(f"{error}; delete {directory}, and --resume makes it again from the same text") from None
    corpus.weights[json.loads((directory / "dev.json").read_text(encoding="utf-8"))["rows"]] = 0.0
    return corpus, src_tokenizer, tgt_tokenizer


def _make(config: Config, directory: Path, data_dirs: Sequence[Path]) -> CleaningReport:
    parent = bundle.load(Path(config.start_from)) if config.start_from else None
    if parent:
        check_start(config, parent)
    dev_pairs = _read_dev(config, data_dirs)
    if config.data.dev and not dev_pairs:
        raise DataError(
            "the development set holds no pair with text on both sides; name another with --dev, or leave it out"
        )
    cleaning = config.data.cleaning
    texts, report = clean(
        config.data.train, cleaning, directory / "texts.arrow", data_dirs=data_dirs, reverse=config.data.reverse
    )
    src_tokenizer, tgt_tokenizer = _tokenizers(config, texts, parent)
    _save_tokenizers(config, src_tokenizer, tgt_tokenizer, directory)
    corpus, too_long = encode(texts, src_tokenizer, tgt_tokenizer, cleaning.max_tokens, directory / "pairs.arrow")
    (directory / "texts.arrow").unlink()  # pairs.arrow holds the text as well
    report = report.then(too_long)
    if dev_pairs:
        src, tgt = [pair.src for pair in dev_pairs], [pair.tgt for pair in dev_pairs]
        rows, seen = _known(corpus, {normalize(text) for text in src})
        if len(rows) == len(corpus):  # it is to learn its development set by heart
            rows, seen = [], CleaningReport(read=len(corpus))
        report = report.then(seen)
    else:
        rows = hold_out(corpus)
        src, tgt = corpus.texts(rows)
    corpus.weights[rows] = 0.0
    known = parent.lexicon if parent else None
    _count_lexicon(config, corpus, len(src_tokenizer), len(tgt_tokenizer), directory, known)
    if parent:  # all that the run needs lies with it, wherever it goes on
        weights = {name: weight.detach().contiguous() for name, weight in parent.model.named_parameters()}
        write_atomically(directory / START, to_bytes(weights))
    elif config.training.embeddings == "counted":
        _count_vectors(config, corpus, len(src_tokenizer), len(tgt_tokenizer), directory)
    dev = {"rows": rows, "src": src, "tgt": tgt}
    write_atomically(directory / "dev.json", json.dumps(dev, ensure_ascii=False).encode())
    return report


def _count_lexicon(
    config: Config, corpus: Corpus, src_size: int, tgt_size: int, directory: Path, known: Lexicon | None = None
) -> None:
    """Writes what search is confined to: what the pairs show, and what the model that the run starts from knew."""
    lexicon = count_lexicon(corpus, src_size, tgt_size, seed=config.training.seed)
    if known:
        lexicon = combine(lexicon, known)
    write_atomically(directory / LEXICON, to_bytes({"candidates": lexicon.candidates, "common": lexicon.common}))


def _count_vectors(config: Config, corpus: Corpus, src_size: int, tgt_size: int, directory: Path) -> None:
    """Writes the vectors that the embeddings begin with."""
    offset, size = (0, src_size) if config.tokenizer.joint else (src_size, src_size + tgt_size)
    vectors = counted_vectors(corpus, size, config.model.width, tgt_offset=offset, seed=config.training.seed)
    write_atomically(directory / VECTORS, to_bytes({"vectors": vectors}))


def _vectors(path: Path, src_size: int, *, joint: bool) -> tuple[Tensor, Tensor] | None:
    if not path.exists():
        return None
    vectors = load_file(path)["vectors"]
    return (vectors, vectors) if joint else (vectors[:src_size], vectors[src_size:])


def _read_dev(config: Config, data_dirs: Sequence[Path]) -> list[Pair]:
    """The development pairs that are given; those with an empty side, such as blank lines, measure nothing."""
    pairs = (
        pair
        for source in config.data.dev
        for pair in read_pairs(source, data_dirs=data_dirs, reverse=config.data.reverse)
    )
    return [pair for pair in pairs if pair.src and pair.tgt]


def check_start(config: Config, parent: Bundle) -> None:
    """`UsageError` where a run's configuration is of another network or tokenizer than the model it starts from."""
    for name in ARCHITECTURE:
        own, wanted = getattr(parent.config.model, name), getattr(config.model, name)
        if own != wanted:
            raise UsageError(
                f"model.{name} = {wanted}, but {own} in {config.start_from}, which the run is to start from; "
                "leave the model's sizes out, or train from the beginning"
            )
    tokenizer = parent.tgt_tokenizer
    for name, has in (("vocab_size", len(tokenizer)), ("kind", tokenizer.kind)):
        asked = getattr(config.tokenizer, name)
        if has != asked:
            raise UsageError(
                f"tokenizer.{name} = {asked}, but {has} in {config.start_from}, which the run is to start from; leave "
                "it out"
            )
    if parent.config.joint != config.tokenizer.joint:
        kind = "one tokenizer for both languages" if parent.config.joint else "a tokenizer for each language"
        raise UsageError(f"{config.start_from}, which the run is to start from, has {kind}; leave tokenizer.joint out")


def _tokenizers(config: Config, texts: Texts, parent: Bundle | None) -> tuple[Tokenizer, Tokenizer]:
    """Those of the model that the run goes on from, else new ones: one from both sides, or one from each."""
    if parent:
        return parent.src_tokenizer, parent.tgt_tokenizer
    size, kind = config.tokenizer.vocab_size, config.tokenizer.kind
    if config.tokenizer.joint:
        joint = Tokenizer.train(texts.sentences("src", "tgt"), vocab_size=size, kind=kind)
        return joint, joint
    return (
        Tokenizer.train(texts.sentences("src"), vocab_size=size, kind=kind),
        Tokenizer.train(texts.sentences("tgt"), vocab_size=size, kind=kind),
    )


def _save_tokenizers(config: Config, src: Tokenizer, tgt: Tokenizer, directory: Path) -> None:
    if config.tokenizer.joint:
        src.save(directory / "spm.model")
    else:
        src.save(directory / "spm.src.model")
        tgt.save(directory / "spm.tgt.model")


def _known(corpus: Corpus, sources: Set[str]) -> tuple[list[int], CleaningReport]:
    """Rows with one of these sources, as `normalize` makes them, and the report that drops them."""
    rows, report = [], CleaningReport(read=len(corpus))
    for block in _blocks(corpus):
        for row, src, tgt in zip(block, *corpus.texts(block), strict=True):
            if normalize(src) in sources:
                rows.append(row)
                report.drop("in the development set", Pair(src, tgt, corpus.source(row)))
    return rows, report


def _blocks(corpus: Corpus) -> Iterator[range]:
    for start in range(0, len(corpus), BLOCK):
        yield range(start, min(start + BLOCK, len(corpus)))


def hold_out(corpus: Corpus) -> list[int]:
    """Rows for development, about HELD_OUT or one in HELD_OUT_SHARE, whichever is fewer, chosen by the source's text.

    Pairs with the same source go the same way, so no sentence of development is trained on.
    """
    every = max(HELD_OUT_SHARE, len(corpus) // HELD_OUT)
    rows = []
    for block in _blocks(corpus):
        sources, _ = corpus.texts(block)
        rows += [row for row, src in zip(block, sources, strict=True) if crc32(normalize(src).encode()) % every == 0]
    if not rows or len(rows) == len(corpus):
        raise DataError(
            f"{len(corpus)} pairs are too few to hold some out for development; name a development set with --dev"
        )
    return rows
