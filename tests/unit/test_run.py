"""How a run begins: the network before its first update."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seq2seq.config import Config, DataConfig, ModelConfig, Source, TokenizerConfig, TrainingConfig
from seq2seq.preparation import prepare
from seq2seq.run import new_model

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
