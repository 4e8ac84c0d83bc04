"""The tokenizer loses no text, trains and samples reproducibly, and says what it cannot do."""

from __future__ import annotations

import io
import lzma
import math
import pickle
import random
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seq2seq import tokenizer as module
from seq2seq.errors import BundleError, ConfigError, DataError
from seq2seq.tokenizer import BOS_ID, EOS_ID, PAD_ID, PLACEHOLDERS, UNK_ID, Tokenizer, normalize

RNG = random.Random(1)
SYLLABLES = [
    "ca",
    "ción",
    "la",
    "ni",
    "ña",
    "per",
    "ro",
    "ing",
    "the",
    "in",
    "ter",
    "est",
    "güe",
    "s",
    "á",
    "or",
]
WORDS = ["".join(RNG.choices(SYLLABLES, k=RNG.randint(1, 4))) for _ in range(400)]
SENTENCES = [" ".join(RNG.choices(WORDS, k=7)) + RNG.choice(".!?") for _ in range(900)]
SENTENCES += ["¿Qué ves?", "<s> </s> <pad> <unk> <0x0A>", "⟦0⟧ ▁ \ufdd0 \ufdd01"] * 30

EXOTIC = [
    *["", " ", "\n", "\t a\r\nb ", "a  b"],
    *["▁", "▁▁ ▁", "a▁b", "\ufdd0", "\ufdd00", "\ufdd01▁", "\ufdd0▁1"],
    *["<s>", "</s>", "<pad>", "<unk>", "<0x0A>", "a<0x41>b", "⁇", " ⁇ ", "▅"],
    *[*PLACEHOLDERS, "x⟦0⟧y", "⟦0⟧⟦1⟧ ⟦", "⟦0 ⟧"],
    *[
        "\0",
        "a\0b",
        "\x01\x1b\x7f\x85\x1c",
        "\ufeff",
        "\ufeffa\ufeff",
        "\ufffd",
        "\uffff\U0010ffff",
        "\u2028\u2029",
    ],
    *["a\u00a0b", "\u00a0a\u00a0", "\u3000a\u2009b\u202f", "12\u202f345"],
    *["👩\u200d👩\u200d👧 🏳\ufe0f\u200d🌈", "\u0301", "\u0301\u0301 x", "ñ", "n\u0303"],
    *["漢字かな", "עברית العربية", "हिन्दी", "x" * 3000, "." * 500],
]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.sampled_from([*EXOTIC, "cat", " ", "  ", "\t", "\r\n", "la "]), max_size=8).map("".join),
)


def train(kind: str) -> Tokenizer:
    return Tokenizer.train(SENTENCES, vocab_size=400, kind=kind)


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return train(request.param)


@pytest.fixture(scope="module")
def unigram() -> Tokenizer:
    return train("unigram")


@pytest.fixture(scope="module")
def bpe() -> Tokenizer:
    return train("bpe")


def test_special_ids_and_placeholders_come_first(tokenizer: Tokenizer) -> None:
    assert len(tokenizer) == 400
    assert tokenizer.pieces([PAD_ID, UNK_ID, BOS_ID, EOS_ID]) == ["<pad>", "<unk>", "<s>", "</s>"]
    assert tuple(tokenizer.pieces(range(4, 4 + len(PLACEHOLDERS)))) == PLACEHOLDERS


@settings(max_examples=300)
@given(text=TEXTS)
@example(text="".join(EXOTIC))
@example(text=" ".join(EXOTIC))
def test_nothing_is_lost_but_runs_of_white_space(tokenizer: Tokenizer, text: str) -> None:
    spaced = "".join(" " if char in "\t\n\r\v\f" else char for char in text)
    collapsed = " ".join(word for word in spaced.split(" ") if word)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == collapsed
    assert all(EOS_ID < piece_id < len(tokenizer) for piece_id in ids)


def test_no_segmentation_loses_text(tokenizer: Tokenizer) -> None:
    for alpha in (0.1, 0.5, 0.9):
        sampled = tokenizer.sample(EXOTIC, alpha=alpha, seed=1)
        assert [tokenizer.decode(ids) for ids in sampled] == [normalize(text) for text in EXOTIC]


def test_white_space_other_than_ascii_survives() -> None:
    assert normalize(" \t a \r\n\v\f b\u00a0\u00a0c\u2028 ") == "a b\u00a0\u00a0c\u2028"


def test_decoding_arbitrary_ids_gives_one_line(tokenizer: Tokenizer) -> None:
    rng = random.Random(0)
    line_feed = tokenizer.pieces(range(len(tokenizer))).index("<0x0A>")
    for _ in range(300):
        ids = rng.choices(range(len(tokenizer)), k=20)
        text = tokenizer.decode([*ids, line_feed, line_feed, *ids])
        assert text == normalize(text)
        assert "\n" not in text


def test_decode_drops_special_ids(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("la niña lee")
    assert tokenizer.decode([BOS_ID, *ids, EOS_ID, UNK_ID, PAD_ID, PAD_ID]) == "la niña lee"
    assert tokenizer.decode([]) == tokenizer.decode([BOS_ID, EOS_ID]) == ""


def test_a_placeholder_is_one_piece_also_when_sampled(tokenizer: Tokenizer) -> None:
    text = f"the cat {PLACEHOLDERS[0]} sees{PLACEHOLDERS[7]}."
    for ids in [tokenizer.encode(text), *tokenizer.sample([text] * 20, alpha=0.5, seed=3)]:
        assert {PLACEHOLDERS[0], PLACEHOLDERS[7]} <= set(tokenizer.pieces(ids))


def test_batch_and_single_encoding_agree(tokenizer: Tokenizer) -> None:
    texts = [*EXOTIC, *SENTENCES[:50]]
    assert tokenizer.encode_batch(texts) == [tokenizer.encode(text) for text in texts]
    assert tokenizer.encode_batch([]) == []


def test_a_lone_surrogate_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(DataError, match=r"character 3 .* U\+D800"):
        tokenizer.encode("ab\ud800")


# Training


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_training_is_reproducible(kind: str) -> None:
    assert train(kind).to_bytes() == train(kind).to_bytes()


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_an_impossible_vocabulary_size_names_the_limit_and_the_limit_works(kind: str) -> None:
    for wrong, words in ((99_999, "too large"), (270, "cannot hold")):
        with pytest.raises(ConfigError, match=rf"tokenizer\.vocab_size = {wrong} .*{words}") as caught:
            Tokenizer.train(SENTENCES, vocab_size=wrong, kind=kind)
        limit = int(str(caught.value).split()[-1])
        assert len(Tokenizer.train(SENTENCES, vocab_size=limit, kind=kind)) == limit
        with pytest.raises(ConfigError):
            Tokenizer.train(SENTENCES, vocab_size=limit + (1 if wrong > limit else -1), kind=kind)


@pytest.mark.parametrize("nothing", [[], ["", " \n", "\t"]])
def test_training_on_nothing_is_a_data_error(nothing: list[str]) -> None:
    with pytest.raises(DataError, match="no text"):
        Tokenizer.train(nothing, vocab_size=300)


def test_training_draws_from_all_of_a_long_text() -> None:
    kept = module._reservoir(map(str, range(5000)), 100, random.Random(0))
    assert len(set(kept)) == len(kept) == 100
    assert min(map(int, kept)) < 500
    assert max(map(int, kept)) > 4500

    def trained(seed: int) -> bytes:
        texts = (text for text in SENTENCES)
        return Tokenizer.train(texts, vocab_size=340, max_sentences=300, seed=seed).to_bytes()

    assert trained(1) == trained(1) != trained(2)


def test_a_line_of_any_length_is_trained_on() -> None:
    text = " ".join(SENTENCES)
    assert len(text) > 20_000
    assert len(Tokenizer.train([text], vocab_size=340)) == 340


def test_training_and_failing_to_load_write_nothing_to_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    train("unigram")
    with pytest.raises(BundleError):
        Tokenizer.from_bytes(b"garbage")
    assert capfd.readouterr() == ("", "")


# Files


def test_saved_and_loaded_is_the_same(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "spm.model")
    for again in (
        Tokenizer.load(tmp_path / "spm.model"),
        Tokenizer.from_bytes(tokenizer.to_bytes()),
        pickle.loads(pickle.dumps(tokenizer)),
    ):
        assert again.to_bytes() == tokenizer.to_bytes()
        assert again.encode_batch(SENTENCES[:9]) == tokenizer.encode_batch(SENTENCES[:9])


def test_missing_damaged_and_foreign_files_are_named(unigram: Tokenizer, tmp_path: Path) -> None:
    path = tmp_path / "spm.model"
    with pytest.raises(BundleError, match=r"cannot read .*spm\.model: No such file"):
        Tokenizer.load(path)
    with pytest.raises(BundleError, match=r"cannot read .*: Is a directory"):
        Tokenizer.load(tmp_path)
    for damaged in (b"", b"\0" * 100, unigram.to_bytes()[:-50]):
        path.write_bytes(damaged)
        with pytest.raises(BundleError, match=r"spm\.model is damaged"):
            Tokenizer.load(path)
    foreign = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=foreign, vocab_size=60, minloglevel=2
    )
    path.write_bytes(foreign.getvalue())
    with pytest.raises(BundleError, match=r"spm\.model is a SentencePiece model from elsewhere"):
        Tokenizer.load(path)


# Sampling


def test_sampling_depends_on_the_seed_alone(tokenizer: Tokenizer) -> None:
    texts = SENTENCES[:64]
    first = tokenizer.sample(texts, alpha=0.2, seed=7)
    assert first != tokenizer.sample(texts, alpha=0.2, seed=8)
    tokenizer.sample(SENTENCES[64:200], alpha=0.5, seed=7)
    sentencepiece.set_random_generator_seed(3)
    assert first == tokenizer.sample(texts, alpha=0.2, seed=7)
    assert first == Tokenizer.from_bytes(tokenizer.to_bytes()).sample(texts, alpha=0.2, seed=7)
    assert first != tokenizer.encode_batch(texts)


def test_sampling_is_the_same_in_another_process(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "spm.model")
    code = (
        "import sys; from pathlib import Path; from seq2seq.tokenizer import Tokenizer;"
        "t = Tokenizer.load(Path(sys.argv[1])); print(t.sample(['la canción', 'ü'] * 9, alpha=0.3, seed=5))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "spm.model"], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == str(tokenizer.sample(["la canción", "ü"] * 9, alpha=0.3, seed=5))


def test_alpha_zero_is_the_best_segmentation(tokenizer: Tokenizer) -> None:
    assert tokenizer.sample(SENTENCES[:20], alpha=0, seed=1) == tokenizer.encode_batch(SENTENCES[:20])


def test_without_randomness_bpe_samples_what_sentencepiece_encodes(bpe: Tokenizer) -> None:
    assert isinstance(bpe._sampler, module._BpeSampler)
    texts = [*SENTENCES[::7], *(text for text in EXOTIC if text.strip())]
    assert bpe.sample(texts, alpha=1e-15, seed=1) == bpe.encode_batch(texts)


def test_without_randomness_unigram_samples_what_sentencepiece_encodes(unigram: Tokenizer) -> None:
    """With a large alpha the best segmentation has all the probability, unless another is as good."""
    assert isinstance(unigram._sampler, module._UnigramSampler)
    texts = SENTENCES[::7]
    sampled = unigram.sample(texts, alpha=1e5, seed=1)
    scores = unigram._processor.get_score(list(range(len(unigram))))
    for ids, best in zip(sampled, unigram.encode_batch(texts), strict=True):
        assert sum(scores[i] for i in ids) == pytest.approx(sum(scores[i] for i in best), abs=1e-4)


def test_full_dropout_leaves_characters(bpe: Tokenizer) -> None:
    (ids,) = bpe.sample(["la niña"], alpha=1.0, seed=1)
    assert bpe.pieces(ids) == ["▁", "l", "a", "▁", "n", "i", "ñ", "a"]


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0])
def test_unigram_samples_have_the_probabilities_that_enumeration_gives(unigram: Tokenizer, alpha: float) -> None:
    scores = unigram._processor.get_score(list(range(len(unigram))))
    ids = {piece: i for i, piece in enumerate(unigram.pieces(range(len(unigram))))}

    def segmentations(rest: str) -> Iterator[tuple[int, ...]]:
        if not rest:
            yield ()
        for end in range(1, len(rest) + 1):
            if rest[:end] in ids:
                for tail in segmentations(rest[end:]):
                    yield (ids[rest[:end]], *tail)

    word = max(WORDS, key=lambda word: len(list(segmentations("▁" + word))))
    weights = {path: math.exp(alpha * sum(scores[i] for i in path)) for path in segmentations("▁" + word)}
    assert len(weights) > 10
    n = 20_000
    counts = Counter(map(tuple, unigram.sample([word] * n, alpha=alpha, seed=11)))
    assert set(counts) <= set(weights)
    total = sum(weights.values())
    for path, weight in weights.items():
        p = weight / total
        assert abs(counts[path] / n - p) <= 5 * math.sqrt(p * (1 - p) / n) + 1e-9


def test_bpe_dropout_leaves_out_each_merge_with_its_probability(bpe: Tokenizer) -> None:
    sampler = bpe._sampler
    assert isinstance(sampler, module._BpeSampler)
    pair = next(piece for piece in sampler._pieces if len(piece) == 2)
    rng = random.Random(2)
    n = 20_000
    split = sum(len(sampler.sample(pair, 0.3, rng)) == 2 for _ in range(n))
    assert split / n == pytest.approx(0.3, abs=0.02)


def test_very_long_words_keep_their_best_segmentation(tokenizer: Tokenizer) -> None:
    text = "".join(WORDS)
    assert tokenizer.sample([text], alpha=0.1, seed=1) == tokenizer.encode_batch([text])


def test_real_text_comes_back(shared: Path) -> None:
    with lzma.open(shared / "train.tsv.xz", "rt", encoding="utf-8", newline="\n") as lines:
        texts = [side for _, line in zip(range(3000), lines, strict=False) for side in line.split("\t")[:2]]
    trained = Tokenizer.train(texts, vocab_size=2000)
    for text, ids in zip(texts, trained.encode_batch(texts), strict=True):
        assert trained.decode(ids) == normalize(text)
        assert unicodedata.is_normalized("NFC", trained.decode(ids)) == unicodedata.is_normalized("NFC", text)
