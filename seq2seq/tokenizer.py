"""SentencePiece between text and ids: train, load, encode, sample, decode.

For every text, `decode(encode(text)) == normalize(text)`: nothing is unknown, since a character outside the
vocabulary is spelled as bytes, and nothing is rewritten but white space.
"""

from __future__ import annotations

import io
import random
import re
from array import array
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, islice
from math import exp, log
from pathlib import Path

import sentencepiece

from seq2seq.errors import BundleError, ConfigError, DataError

PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3
PLACEHOLDERS: tuple[str, ...] = tuple(f"⟦{n}⟧" for n in range(8))
"""Symbols that are always one piece, reserved to stand for what must not be translated, such as a URL."""

# The order of the ids: special ones, placeholders, bytes, what was learned.
_FIRST_BYTE = EOS_ID + 1 + len(PLACEHOLDERS)
FIRST_PIECE = _FIRST_BYTE + 256
_GIVEN = ["<pad>", "<unk>", "<s>", "</s>", *PLACEHOLDERS, *(f"<0x{byte:02X}>" for byte in range(256))]

# SentencePiece writes a space as ▁ and cannot tell it from a ▁ of the text, so that one is escaped. The
# escape character is a Unicode noncharacter, set aside for such use; where a text has it, it is escaped too.
_SPACE, _ESCAPE = "\u2581", "\ufdd0"
_ESCAPED_SPACE, _ESCAPED_ESCAPE = _ESCAPE + "1", _ESCAPE + "0"

_COVERAGE = 0.99995  # of the characters in training; the others, rare, are spelled as bytes
_TRAINING_CHARS = 4000  # of a sentence; the rest of a longer one is not trained on
_THREADS = 4  # part of the result: probabilities summed in another order round differently
_FEW = 16  # texts: for more it pays that SentencePiece starts a thread for a list
_MAX_SAMPLED_CHARS = 100  # a longer word is never resegmented: that takes much memory, or quadratic time
_CACHED_WORDS = 20_000  # of the sampler: a lattice takes two or three kilobytes, and few words are most of a text

_Arc = tuple[int, tuple[int, ...], float]  # a piece: how many characters, its ids (one, or bytes), and its score


def normalize(text: str) -> str:
    """`text` with each run of space, \\t, \\n, \\v, \\f, \\r as one space, and none at the ends.

    All other white space (no-break, thin and ideographic spaces, …) is kept as any character is. A lone
    surrogate raises `DataError`.
    """
    try:
        return b" ".join(text.encode().split()).decode()  # bytes.split knows just these six
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise DataError(
            f"character {error.start + 1} of a text is a lone surrogate, U+{code:04X}, and no character; "
            "read the text as UTF-8, or in the encoding that it has"
        ) from None


def _escape(text: str) -> str:
    return normalize(text).replace(_ESCAPE, _ESCAPED_ESCAPE).replace(_SPACE, _ESCAPED_SPACE)


def _unescape(text: str) -> str:
    return text.replace(_ESCAPED_SPACE, _SPACE).replace(_ESCAPED_ESCAPE, _ESCAPE)


class Tokenizer:
    """A SentencePiece model with the ids the network expects: pad, unk, bos, eos, then `PLACEHOLDERS`.

    Texts are normalized, and encoded and sampled without bos and eos. All methods may run in several threads.
    """

    def __init__(self, model: bytes, where: str) -> None:
        """The tokenizer in a serialized `model`; if damaged or foreign, `BundleError` says so of `where`."""
        self._model = model
        self._processor = sentencepiece.SentencePieceProcessor()
        try:
            self._processor.load_from_serialized_proto(model)
        except RuntimeError:
            raise BundleError(f"{where} is damaged or no SentencePiece model; restore it") from None
        if self._processor.id_to_piece(list(range(min(FIRST_PIECE, len(self))))) != _GIVEN:
            raise BundleError(f"{where} is a SentencePiece model from elsewhere; use one trained by seq2seq")

    @classmethod
    def train(
        cls,
        sentences: Iterable[str],
        *,
        vocab_size: int,
        kind: str = "unigram",
        max_sentences: int = 1_000_000,
        seed: int = 0,
    ) -> Tokenizer:
        """A tokenizer of exactly `vocab_size` pieces, learned from `sentences` of one language or of both.

        `kind`: "unigram" (Kudo 2018, arXiv 1804.10959) or "bpe" (Sennrich et al. 2016, arXiv 1508.07909). Of
        more than `max_sentences`, so many are drawn at random, by `seed`. The same sentences and options give
        the same bytes, whatever the number of cores. Raises `ConfigError` with the sizes that are possible if
        `vocab_size` is too small or too large for the text, and `DataError` if there is no text.
        """
        texts = filter(None, map(_escape, sentences))
        chosen = _reservoir(texts, max_sentences, random.Random(seed))
        if not chosen:
            raise DataError("there is no text to train the tokenizer on; check what data.train names")
        model = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=(text[:_TRAINING_CHARS] for text in chosen),
                model_writer=model,
                model_type=kind,
                vocab_size=vocab_size,
                pad_id=PAD_ID,
                unk_id=UNK_ID,
                bos_id=BOS_ID,
                eos_id=EOS_ID,
                user_defined_symbols=list(PLACEHOLDERS),
                byte_fallback=True,
                normalization_rule_name="identity",
                character_coverage=_COVERAGE,
                max_sentence_length=4 * _TRAINING_CHARS,  # in bytes
                num_threads=_THREADS,
                minloglevel=2,
            )
        except RuntimeError as error:
            raise _size_error(vocab_size, str(error)) from error
        return cls.from_bytes(model.getvalue())

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """The tokenizer that `save` wrote; `BundleError` names a file that is missing, damaged or foreign."""
        try:
            model = path.read_bytes()
        except OSError as error:
            raise BundleError(f"cannot read the tokenizer {path}: {error.strerror}") from None
        return cls(model, str(path))

    @classmethod
    def from_bytes(cls, model: bytes, where: str = "the SentencePiece model") -> Tokenizer:
        """The tokenizer that `to_bytes` gave; `BundleError` says of `where` that it is damaged or foreign."""
        return cls(model, where)

    def to_bytes(self) -> bytes:
        """The serialized SentencePiece model."""
        return self._model

    def save(self, path: Path) -> None:
        """Writes the SentencePiece model, which any SentencePiece reads."""
        path.write_bytes(self._model)

    def __reduce__(self) -> tuple[Callable[[bytes], Tokenizer], tuple[bytes]]:
        return Tokenizer.from_bytes, (self._model,)

    def __len__(self) -> int:
        """The vocabulary's size."""
        return len(self._processor)

    @property
    def kind(self) -> str:
        """How its pieces were learned: "unigram" or "bpe"."""
        return "bpe" if isinstance(self._sampler, _BpeSampler) else "unigram"

    def encode(self, text: str) -> list[int]:
        """The ids of the best segmentation of `text`."""
        ids: list[int] = self._processor.encode(_escape(text))
        return ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """`encode` of each text, of many faster."""
        if len(texts) < _FEW:
            return [self.encode(text) for text in texts]
        ids: list[list[int]] = self._processor.encode([_escape(text) for text in texts], num_threads=1)
        return ids

    def sample(self, texts: Sequence[str], *, alpha: float, seed: int) -> list[list[int]]:
        """A random segmentation of each text, to regularise training.

        Unigram: drawn with a probability proportional to P(segmentation)^alpha (Kudo 2018, arXiv 1804.10959).
        BPE: each merge is left out with probability alpha (BPE-dropout; Provilkov et al. 2020, arXiv
        1910.13267). With alpha = 0 both are off: it is `encode_batch`.

        The same texts, alpha and seed give the same ids in any process and whatever was sampled before.
        SentencePiece's own sampling cannot promise that, for its generator is salted in each process.
        """
        if alpha == 0:
            return self.encode_batch(texts)
        rng = random.Random(seed)
        return [self._sample(_escape(text), alpha, rng) for text in texts]

    def sample_each(self, texts: Sequence[str], *, alpha: float, seeds: Sequence[int]) -> list[list[int]]:
        """`sample` of each text by its own seed, so that its segmentation is the same in whatever company."""
        return [self.sample([text], alpha=alpha, seed=seed)[0] for text, seed in zip(texts, seeds, strict=True)]

    @cached_property
    def _sampler(self) -> _UnigramSampler | _BpeSampler:
        ids = list(range(len(self)))
        return _sampler(self._processor.id_to_piece(ids), self._processor.get_score(ids))

    def _sample(self, text: str, alpha: float, rng: random.Random) -> list[int]:
        ids: list[int] = []
        for word in text.split(" ") if text else ():  # no piece crosses a space: words are independent
            if PLACEHOLDERS[0][0] in word or len(word) > _MAX_SAMPLED_CHARS:  # a placeholder stays whole
                ids += self._processor.encode(word)
            else:
                ids += self._sampler.sample(_SPACE + word, alpha, rng)
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`, normalized: whatever the ids, it holds no \\n. Special ids are dropped.

        Bytes that form no character become U+FFFD.
        """
        text: str = self._processor.decode([piece_id for piece_id in ids if piece_id > EOS_ID])
        return normalize(_unescape(text))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The pieces as the model spells them, special ones too: ▁ is a space, <0x0A> a byte."""
        return [self._processor.id_to_piece(piece_id) for piece_id in ids]


class _UnigramSampler:
    """Forward filtering, backward sampling over all segmentations of a word."""

    def __init__(self, pieces: Mapping[str, int], scores: Sequence[float]) -> None:
        self._pieces: dict[str, _Arc] = {
            piece: (len(piece), (piece_id,), scores[piece_id]) for piece, piece_id in pieces.items()
        }
        self._max_chars = max(map(len, pieces))
        self._bytes_score = min(scores) - 10  # of a character that is no piece, as in SentencePiece
        self._lattice = lru_cache(_CACHED_WORDS)(self._build_lattice)

    def sample(self, word: str, alpha: float, rng: random.Random) -> list[int]:
        lattice = self._lattice(word, alpha)
        path: list[tuple[int, ...]] = []
        end = len(word)
        while end:
            arcs, weights = lattice[end - 1]
            chars, ids, _ = arcs[bisect(weights, rng.random() * weights[-1], 0, len(arcs) - 1)]
            path.append(ids)
            end -= chars
        return [piece_id for ids in reversed(path) for piece_id in ids]

    def _build_lattice(self, word: str, alpha: float) -> list[tuple[tuple[_Arc, ...], array[float]]]:
        """For each end in `word`: the pieces that end there, and their cumulative weights."""
        log_sums = [0.0]  # for each position: over all segmentations of what is before it
        lattice = []
        for end in range(1, len(word) + 1):
            starts = range(max(0, end - self._max_chars), end)
            found = [self._pieces.get(word[start:end]) for start in starts]
            if found[-1] is None:
                found[-1] = (1, tuple(_byte_ids(word[end - 1])), self._bytes_score)
            arcs = tuple(filter(None, found))
            log_weights = [log_sums[end - chars] + alpha * score for chars, _, score in arcs]
            highest = max(log_weights)
            weights = array("d", accumulate(exp(log_weight - highest) for log_weight in log_weights))
            log_sums.append(highest + log(weights[-1]))
            lattice.append((arcs, weights))
        return lattice


class _BpeSampler:
    """BPE that leaves out each possible merge with a probability, anew after each merge."""

    def __init__(self, pieces: Mapping[str, int]) -> None:
        self._pieces = pieces  # ids are in the order in which the merges were learned, single characters last

    def sample(self, word: str, alpha: float, rng: random.Random) -> list[int]:
        symbols = list(word)
        while merges := [
            (piece_id, i)
            for i, pair in enumerate(map(str.__add__, symbols, symbols[1:]))
            if (piece_id := self._pieces.get(pair)) is not None and rng.random() >= alpha
        ]:
            _, i = min(merges)
            symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
        return [piece_id for symbol in symbols for piece_id in self._ids(symbol)]

    def _ids(self, symbol: str) -> Sequence[int]:
        return [self._pieces[symbol]] if symbol in self._pieces else _byte_ids(symbol)


def _sampler(vocabulary: Sequence[str], scores: Sequence[float]) -> _UnigramSampler | _BpeSampler:
    """The sampler for a model with these scores: those of BPE are the ranks of the merges, 0, -1, -2, …"""
    learned = range(FIRST_PIECE, len(vocabulary))
    pieces = {vocabulary[i]: i for i in learned}
    if all(scores[i] == FIRST_PIECE - i for i in learned):
        return _BpeSampler(pieces)
    return _UnigramSampler(pieces, scores)


def _byte_ids(text: str) -> list[int]:
    return [_FIRST_BYTE + byte for byte in text.encode()]


def _reservoir(texts: Iterable[str], size: int, rng: random.Random) -> list[str]:
    """`size` of the texts, each as likely as any other (algorithm R, Vitter 1985); all, if they are fewer."""
    texts = iter(texts)
    kept = list(islice(texts, size))
    for seen, text in enumerate(texts, start=size + 1):
        place = rng.randrange(seen)
        if place < size:
            kept[place] = text
    return kept


def _size_error(vocab_size: int, message: str) -> ConfigError:
    """SentencePiece's complaint about the size of the vocabulary, in terms of our configuration."""
    if largest := re.search(r"size too high .*<= (\d+)", message):
        return ConfigError(f"tokenizer.vocab_size = {vocab_size} is too large for so little text: at most {largest[1]}")
    if smallest := re.search(r"smaller than required_chars. \d+ vs (\d+)", message):
        return ConfigError(
            f"tokenizer.vocab_size = {vocab_size} cannot hold this text's characters: at least {smallest[1]}"
        )
    raise AssertionError(f"SentencePiece cannot train: {message}")
