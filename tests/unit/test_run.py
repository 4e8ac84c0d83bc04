"""How a run begins: the network before its first update."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seq2seq import bundle
from seq2seq.cli.train import _config
from seq2seq.config import Config, DataConfig, ModelConfig, Source, TokenizerConfig, TrainingConfig
from seq2seq.errors import CheckpointError, UsageError
from seq2seq.locations import pretrained
from seq2seq.preparation import prepare
from seq2seq.run import Released, Started, execute, fingerprint, new_model
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


def test_a_run_without_its_prepared_text_is_not_begun_anew_over_its_weights(
    begun: tuple[Config, Path], tmp_path: Path
) -> None:
    config, before = begun
    out = tmp_path / "run"
    shutil.copytree(before, out)
    shutil.rmtree(out / "data")
    with pytest.raises(UsageError, match="holds a run already; go on with it by --resume"):
        list(execute(config, out))
    longer = replace(config, training=replace(config.training, max_steps=3))
    events = list(execute(longer, out, resume=True))
    assert [event.step for event in events if isinstance(event, Started)] == [2]
    source = tmp_path / "pairs.tsv"
    source.write_bytes(SAMPLE.read_bytes())
    data = replace(config.data, train=(Source(path=str(source)),))
    other = replace(config, data=data, start_from=str(before))  # whose tokenizer says nothing of the text
    list(execute(other, tmp_path / "other"))
    shutil.rmtree(tmp_path / "other" / "data")
    src, tgt = SAMPLE.read_text("utf-8").splitlines()[0].split("\t")
    source.write_text(SAMPLE.read_text("utf-8").replace(f"{src}\t{tgt}", f"{src}\t{tgt} Sí."), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"learned from other text .* delete .*data and --resume"):
        list(execute(other, tmp_path / "other", resume=True))
    source.write_bytes(SAMPLE.read_bytes())
    shutil.rmtree(tmp_path / "other" / "data")
    list(execute(other, tmp_path / "other", resume=True))
    (tmp_path / "other" / "checkpoint.safetensors").unlink()
    shutil.rmtree(tmp_path / "other" / "data")
    with pytest.raises(UsageError, match="holds a run already"):  # its model would be lost
        list(execute(other, tmp_path / "other"))


def test_dev_scores_are_of_greedy_search_whatever_is_set_for_use(begun: tuple[Config, Path], tmp_path: Path) -> None:
    config, before = begun
    drawn = replace(config, search=replace(config.search, temperature=5.0, coverage_penalty=1.0))
    list(execute(drawn, tmp_path / "run"))
    assert (tmp_path / "run/best.json").read_text() == (before / "best.json").read_text()


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


def test_a_started_run_s_model_can_still_say_what_the_new_text_does_not_hold(
    begun: tuple[Config, Path], tmp_path: Path
) -> None:
    config, before = begun
    few = [line for line in SAMPLE.read_text(encoding="utf-8").splitlines() if line.startswith("Who")][:4]
    (tmp_path / "few.tsv").write_text("".join(f"{line}\n" for line in few), encoding="utf-8")
    source = Source(path=str(tmp_path / "few.tsv"))
    started = replace(config, start_from=str(before), data=replace(config.data, train=(source,), dev=(source,)))
    list(execute(started, tmp_path / "run"))
    old, new = (bundle.load(path).lexicon for path in (before, tmp_path / "run"))
    assert old
    assert new
    assert set(old.common.tolist()) <= set(new.common.tolist())
    for known, now in zip(old.candidates.tolist(), new.candidates.tolist(), strict=True):
        assert set(known) <= set(now) | {-1} or len(set(now) - {-1}) == len(now)


def test_a_run_that_was_begun_before_fields_were_added_is_still_that_run() -> None:
    config = Config(data=DataConfig(train=(Source(corpus="sample"),)), training=TrainingConfig(max_steps=7))
    assert fingerprint(config) == "80ebc574cff3163acba19ecc15866b073d3bfcdad92d98c0ee408a6b2c7c8789"
    assert fingerprint(replace(config, data=replace(config.data, reverse=True))) != fingerprint(config)


def test_what_nothing_else_is_said_of_is_the_model_s(begun: tuple[Config, Path], tmp_path: Path) -> None:
    before, loaded = tmp_path / "model", bundle.load(begun[1])
    narrow = replace(loaded.config, search=replace(loaded.config.search, beam_size=2))
    bundle.save(before, replace(loaded, config=narrow), "card")
    told = _config(layers=[{"start_from": str(before)}, {"model": {"dropout": 0.5}}])
    assert (told.model.width, told.model.dropout, told.tokenizer.vocab_size) == (32, 0.5, 500)
    assert (told.search.beam_size, told.training.max_epochs, told.training.learning_rate) == (2, 3, 3e-4)
    limited = _config(layers=[{"start_from": str(before)}, {"training": {"max_steps": 9, "learning_rate": 1e-3}}])
    assert (limited.training.max_steps, limited.training.max_epochs, limited.training.learning_rate) == (9, 0, 1e-3)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'start_from = "{before}"\n')
    assert _config(recipe).model == limited.model
    recipe.write_text('start_from = "pretrained"\n')
    assert _config(recipe).start_from == "pretrained"
    assert _config(recipe).model.width == bundle.load(pretrained()).config.model.width


def test_a_run_cannot_start_from_a_model_of_other_sizes(begun: tuple[Config, Path], tmp_path: Path) -> None:
    config, before = begun
    wider = replace(config, start_from=str(before), model=replace(config.model, width=64))
    with pytest.raises(UsageError, match=r"model\.width = 64, but 32 in .*leave the model's sizes out"):
        prepare(wider, tmp_path / "data")
    apart = replace(config, start_from=str(before), tokenizer=replace(config.tokenizer, joint=False))
    with pytest.raises(UsageError, match="one tokenizer for both languages"):
        prepare(apart, tmp_path / "data")
    bpe = replace(config, start_from=str(before), tokenizer=replace(config.tokenizer, kind="bpe"))
    with pytest.raises(UsageError, match=r"tokenizer\.kind = bpe, but unigram in .*leave it out"):
        prepare(bpe, tmp_path / "data")
