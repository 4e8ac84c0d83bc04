"""The card says what a model was made from and how good it is, and nothing about the user's machine."""

from __future__ import annotations

import dataclasses
import re

import pytest

from seq2seq import __version__
from seq2seq.card import Card, describe, render
from seq2seq.checkpoint import Position
from seq2seq.config import Config, DataConfig, ModelConfig, Source, TokenizerConfig
from seq2seq.corpus import named_corpora
from seq2seq.evaluation import evaluate

CARD = Card(
    config=Config(
        data=DataConfig(train=(Source(corpus="sample"), Source(path="/home/ana/secret/pairs.tsv"))),
        tokenizer=TokenizerConfig(vocab_size=1234, kind="bpe", joint=False),
        model=ModelConfig(cell="gru", attention="additive", width=322, encoder_layers=3, decoder_layers=5),
    ),
    kept=123_456,
    dropped=7_890,
    dev_pairs=1_011,
    parameters=9_876_543,
    vocab_size=1_233,
    bleu=41.237,
    chrf=62.504,
    step=12_000,
    position=Position(step=15_000, tokens=55_555_555, seconds=3725.4),
)


def test_the_card_says_what_a_run_started_from_and_which_way_it_goes() -> None:
    config = dataclasses.replace(
        CARD.config, start_from="/home/ana/runs/first/model", data=dataclasses.replace(CARD.config.data, reverse=True)
    )
    text = render(dataclasses.replace(CARD, config=config))
    assert text.startswith("# Spanish to English, GRU")
    assert "Begun from the model `first`. " in text
    assert "/home" not in text


@pytest.mark.parametrize(
    "fact",
    [
        "# English to Spanish, GRU encoder-decoder",
        f"seq2seq {__version__}",
        "123,456 pairs after cleaning, 7,890 dropped; 1,011 pairs for development",
        "| parameters | 9,876,543 |",
        "| vocabulary | 1,233 pieces (bpe, one each) |",
        "| width | 322 |",
        "| encoder, decoder layers | 3, 5 |",
        "| attention | additive |",
        "12,000 updates",
        "55,555,555 target tokens and 1:02:05 in all",
        "BLEU 41.24  ",
        "chrF2 62.50  ",
    ],
)
def test_each_fact_is_on_the_card(fact: str) -> None:
    assert fact in render(CARD)


def test_scores_have_the_signatures_they_are_computed_with() -> None:
    for score in evaluate(["a b"], ["a b"]):
        assert re.search(rf"^    {score.name} [\d.]+  {re.escape(score.signature)}$", render(CARD), re.MULTILINE)


def test_the_user_s_files_are_told_by_name_alone() -> None:
    assert "- pairs.tsv (licence not stated)" in render(CARD)
    assert not re.search("ana|secret|/home", render(CARD))


def test_a_card_has_nothing_left_to_fill_in() -> None:
    assert not re.search(r"[{}]|None", render(CARD))


def test_another_run_has_another_card() -> None:
    for change in ({"bleu": 1.0}, {"step": 1}, {"kept": 1}, {"position": Position()}):
        assert render(dataclasses.replace(CARD, **change)) != render(CARD)


@pytest.mark.parametrize("name", named_corpora())
def test_a_named_corpus_is_described_with_licence_and_origin(name: str) -> None:
    named = named_corpora()[name]
    text = describe(Source(corpus=name))
    assert text.startswith(f"{name}: ")
    assert named.licence
    assert f"Licence: {named.licence}" in text
    assert named.url
    assert named.url in text


def test_files_and_hub_data_sets_are_described_by_what_is_known() -> None:
    aligned = Source(src_path="a/x.en", tgt_path="b/x.es")
    assert describe(aligned) == "x.en, x.es (licence not stated)"
    assert describe(Source(hub="opus", subset="en-es")).startswith("opus en-es from the Hugging Face hub; its page")
    assert describe(Source(hub="opus")).startswith("opus from the")
