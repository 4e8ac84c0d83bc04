"""How a run begins: the network before its first update."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seq2seq import bundle
from seq2seq.config import Config, DataConfig, ModelConfig, Source, TokenizerConfig, TrainingConfig
from seq2seq.errors import UsageError
from seq2seq.preparation import prepare
from seq2seq.run import Released, execute, new_model
from seq2seq.training import Validation

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "dev.tsv"


@pytest.mark.parametrize("joint", [True, False])
def test_embeddings_begin_as_counted_or_at_random_as_the_seed_has_it(tmp_path: Path, joint: bool) -> None:
    source = Source(path=str(SAMPLE))
    counted = Config(
        data=DataConfig(train=(source,), dev=(source,)),
        tokenizer=TokenizerConfig(vocab_size=500, joint=joint),
        model=ModelConfig(width=64, encoder_layers=1, decoder_layers=1),
        training=TrainingConfig(max_steps=1),
    )
    random = replace(counted, training=replace(counted.training, embeddings="random"))
    models = []
    for config in (counted, counted, random, random):
        prepared = prepare(config, tmp_path / config.training.embeddings)
        models.append(dict(new_model(config, prepared, torch.device("cpu")).named_parameters()))
    embeddings = {"tgt_embedding.weight"} if joint else {"src_embedding.weight", "tgt_embedding.weight"}
    for first, again in (models[:2], models[2:]):
        assert all(torch.equal(first[name], again[name]) for name in first)
    assert {name for name in models[0] if not torch.equal(models[0][name], models[2][name])} == embeddings

    tokenizer = prepared.tgt_tokenizer if joint else None
    if tokenizer:
        ids = {piece: i for i, piece in enumerate(tokenizer.pieces(range(len(tokenizer))))}
        both = [ids["▁water"], ids["▁agua"]]
        near, far = (torch.cosine_similarity(*model["tgt_embedding.weight"][both], dim=0) for model in models[1:3])
        assert near > 0.5 > far.abs() + 0.1


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    """A small run, and its directory."""
    out = tmp_path_factory.mktemp("begun") / "run"
    source = Source(path=str(SAMPLE))
    config = Config(
        data=DataConfig(train=(source,), dev=(source,)),
        tokenizer=TokenizerConfig(vocab_size=500),
        model=ModelConfig(width=32, heads=4, encoder_layers=1, decoder_layers=1),
        training=TrainingConfig(max_steps=2),
    )
    list(execute(config, out))
    return config, out


def test_a_run_that_starts_from_a_model_has_its_tokenizer_and_weights_and_scores_them_first(
    begun: tuple[Config, Path], tmp_path: Path
) -> None:
    config, before = begun
    started = replace(config, start_from=str(before), training=replace(config.training, seed=5))
    events = list(execute(started, tmp_path / "run"))
    first, last = (event for event in events if isinstance(event, Validation))
    released = next(event for event in events if isinstance(event, Released))
    assert (first.step, last.step) == (0, 2)
    assert released.score == max(first.bleu, last.bleu)
    assert (tmp_path / "run/data/spm.model").read_bytes() == (before / "model/spm.model").read_bytes()

    prepared = prepare(started, tmp_path / "run/data")  # as it lies there: the model may be gone
    weights = dict(new_model(started, prepared, torch.device("cpu")).named_parameters())
    assert all(torch.equal(weights[name], weight) for name, weight in bundle.load(before).model.named_parameters())


def test_a_run_cannot_start_from_a_model_of_other_sizes(begun: tuple[Config, Path], tmp_path: Path) -> None:
    config, before = begun
    wider = replace(config, start_from=str(before), model=replace(config.model, width=64))
    with pytest.raises(UsageError, match=r"model\.width = 64, but 32 in .*leave the model's sizes out"):
        prepare(wider, tmp_path / "data")
    apart = replace(config, start_from=str(before), tokenizer=replace(config.tokenizer, joint=False))
    with pytest.raises(UsageError, match="one tokenizer for both languages"):
        prepare(apart, tmp_path / "data")
