"""A configuration is read, layered and written without loss, and every mistake is told by the field's name."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq.config import (
    ATTENTIONS,
    CELLS,
    FORMATS,
    PRECISIONS,
    CleaningConfig,
    Config,
    DataConfig,
    ModelConfig,
    SearchConfig,
    Source,
    TokenizerConfig,
    TrainingConfig,
    as_table,
    build,
    merge,
    parse_setting,
    parse_toml,
    preset_names,
    read_preset,
    read_recipe,
    to_toml,
)
from seq2seq.errors import ConfigError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
RATES = st.floats(0.0, 0.9)
SOURCES = st.one_of(
    st.builds(Source, corpus=TEXT, split=TEXT, weight=st.floats(1e-3, 1e3)),
    st.builds(Source, hub=TEXT, subset=TEXT, src=TEXT, tgt=TEXT),
    st.builds(Source, src_path=TEXT, tgt_path=TEXT),
    st.builds(
        Source,
        path=TEXT,
        format=st.sampled_from(FORMATS),
        header=st.none() | st.booleans(),
        where=st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2),
    ),
)
CONFIGS = st.builds(
    Config,
    data=st.builds(
        DataConfig,
        train=st.lists(SOURCES, max_size=3).map(tuple),
        dev=st.lists(SOURCES, max_size=1).map(tuple),
        cleaning=st.builds(CleaningConfig, max_ratio=st.floats(1, 1e6), drop_identical=st.booleans()),
    ),
    tokenizer=st.builds(
        TokenizerConfig,
        vocab_size=st.integers(300, 10**6),
        kind=st.sampled_from(["unigram", "bpe"]),
        joint=st.booleans(),
    ),
    model=st.builds(
        ModelConfig,
        cell=st.sampled_from(CELLS),
        attention=st.sampled_from(ATTENTIONS),
        width=st.integers(1, 50).map(lambda n: 8 * n),
        dropout=RATES,
    ),
    training=st.builds(
        TrainingConfig,
        max_steps=st.integers(1, 10**9),
        learning_rate=st.floats(1e-9, 1e3),
        label_smoothing=RATES,
        precision=st.sampled_from(PRECISIONS),
        device=TEXT,
        tensorboard=st.booleans(),
    ),
    search=st.builds(SearchConfig, beam_size=st.integers(1, 99), length_penalty=st.floats(0, 5)),
)


def table_of(setting: str) -> dict[str, Any]:
    """A table that is right but for one setting."""
    return merge({"training": {"max_steps": 1}}, parse_setting(setting))


@given(CONFIGS)
@settings(max_examples=60)
def test_what_is_written_is_read_back(config: Config) -> None:
    assert build(Config, parse_toml(to_toml(config), "config.toml")) == config
    assert build(Config, json.loads(json.dumps(as_table(config)))) == config


def test_presets_come_smallest_first_and_each_makes_a_configuration() -> None:
    configs = [build(Config, read_preset(name)) for name in preset_names()]
    assert preset_names() == ["tiny", "small", "base"]
    widths = [config.model.width for config in configs]
    assert widths == sorted(set(widths))


def test_a_preset_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r'"huge"; there are: tiny, small, base'):
        read_preset("huge")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.widht=256", "unknown field model.widht: did you mean model.width?"),
        ("modle.width=256", "unknown field modle: did you mean model?"),
        ("data.cleaning.max_token=9", "did you mean data.cleaning.max_tokens?"),
        ("search.beam=4", "did you mean search.beam_size?"),
        ("search.zzzz=4", "known here: beam_size, n_best, length_penalty"),
        ("=4", "unknown field : known here: start_from, data, tokenizer, model"),
    ],
)
def test_an_unknown_field_is_answered_with_the_closest_one(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(Config, table_of(setting))
    assert message in str(caught.value)


def test_an_unknown_field_of_a_source_is_named_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"unknown field data\.train\.pth: did you mean data\.train\.path\?"):
        build(Config, {"data": {"train": [{"corpus": "sample"}, {"pth": "x.tsv"}]}})


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.width=wide", "model.width = 'wide' should be an integer"),
        ("model.width=256.0", "model.width = 256.0 should be an integer"),
        ("model.width=true", "model.width = True should be an integer"),
        ("model.dropout=none", "model.dropout = 'none' should be a number"),
        ("model.dropout=false", "model.dropout = False should be a number"),
        ("tokenizer.joint=1", "tokenizer.joint = 1 should be true or false"),
        ("model.cell=4", "model.cell = 4 should be a string"),
        ("model=small", "model = 'small' should be a table"),
        ("data.train=pairs.tsv", "data.train = 'pairs.tsv' should be tables, each under its own [[data.train]]"),
        ('data.train=["pairs.tsv"]', "data.train = 'pairs.tsv' should be a table"),
        ('data.train=[{path="x", header="yes"}]', "data.train.header = 'yes' should be true or false"),
        ('data.train=[{path="x", where={kind="news"}}]', "data.train.where.kind = 'news' should be an array"),
        ('data.train=[{path="x", where={kind=[1]}}]', "data.train.where.kind = 1 should be a string"),
        ('data.train=[{path="x", where=1}]', "data.train.where = 1 should be a table"),
    ],
)
def test_a_value_of_a_wrong_type_is_told_by_field_value_and_kind(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(Config, table_of(setting))
    assert str(caught.value) == message


def test_an_integer_is_taken_for_a_number() -> None:
    rate = build(Config, table_of("model.dropout=0")).model.dropout
    assert type(rate) is float


@pytest.mark.parametrize(
    "setting",
    [
        "data.cleaning.max_tokens=0",
        "data.cleaning.max_ratio=0.9",
        "tokenizer.vocab_size=299",
        "tokenizer.kind=word",
        "tokenizer.sampling_alpha=1.1",
        "model.cell=transformer",
        "model.attention=self",
        "model.width=0",
        "model.width=-2",
        "model.encoder_layers=0",
        "model.decoder_layers=0",
        "model.heads=0",
        "model.dropout=1.0",
        "model.dropout=-0.1",
        "training.batch_tokens=0",
        "training.accumulate=0",
        "training.validate_every=0",
        "training.save_every=0",
        "training.warmup_steps=-1",
        "training.weight_decay=-0.1",
        "training.seed=9223372036854775808",
        "search.seed=9223372036854775808",
        "training.max_steps=-1",
        "training.max_epochs=-1",
        "training.max_minutes=-1",
        "training.patience=-1",
        "training.learning_rate=0",
        "training.learning_rate=-0.001",
        "training.clip_norm=0",
        "training.label_smoothing=1",
        "training.ema_decay=1",
        "training.schedule=linear",
        "training.precision=fp16",
        "training.metric=ter",
        "search.beam_size=0",
        "search.n_best=0",
        "search.n_best=5",
        "search.length_penalty=-1",
        "search.max_length_factor=-1",
        "search.max_length_extra=0",
    ],
)
def test_an_impossible_value_is_told_by_the_name_of_its_field(setting: str) -> None:
    field, _, value = setting.partition("=")
    with pytest.raises(ConfigError) as caught:
        build(Config, table_of(setting))
    assert str(caught.value).startswith(f"{field} = ")
    assert value.strip("-") in str(caught.value).split(" must ")[0].split(" is not ")[0]


def _number_fields() -> list[str]:
    config = Config(data=DataConfig())
    sections = {
        "data.cleaning": config.data.cleaning,
        "tokenizer": config.tokenizer,
        "model": config.model,
        "training": config.training,
        "search": config.search,
    }
    return [
        f"{name}.{field}"
        for name, section in sections.items()
        for field, hint in get_type_hints(type(section)).items()
        if hint is float
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("field", _number_fields())
def test_no_number_may_be_nan_or_infinite(field: str, value: float) -> None:
    with pytest.raises(ConfigError) as caught:
        build(Config, table_of(f"{field}={value}"))
    assert str(caught.value).startswith(f"{field} = {value} must ")


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_source_has_a_positive_finite_weight(value: float) -> None:
    with pytest.raises(ConfigError, match=r"^weight = "):
        Source(corpus="sample", weight=value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.width=513", "model.width = 513 must be even"),
        ("model.heads=7", "model.heads = 7 must divide model.width = 512"),
        ("training.max_steps=0", "set one of training.max_steps, training.max_epochs, training.max_minutes"),
    ],
)
def test_fields_that_contradict_each_other_are_named(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(Config, table_of(setting))
    assert message in str(caught.value)


def test_heads_matter_to_multi_head_attention_alone() -> None:
    assert ModelConfig(width=20, heads=3, attention="dot").heads == 3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "exactly one of: corpus, path, src_path with tgt_path, hub"),
        ({"corpus": "a", "path": "b"}, "exactly one of"),
        ({"src_path": "a"}, "src_path and tgt_path come together"),
        ({"tgt_path": "a"}, "src_path and tgt_path come together"),
        ({"path": "a", "subset": "x"}, "a source with path has no subset; hub has"),
        ({"corpus": "a", "src": "x"}, "a source with corpus has no src; path or hub has"),
        ({"hub": "a", "header": False}, "a source with hub has no header; path has"),
        ({"src_path": "a", "tgt_path": "b", "where": {"x": ["y"]}}, "a source with src_path has no where"),
        ({"path": "a", "format": "xml"}, 'format = "xml" is not one of: tsv, csv, jsonl, parquet'),
    ],
)
def test_a_source_is_from_one_place_and_has_that_place_s_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Source(**fields)
    assert message in str(caught.value)


def test_layers_are_laid_over_one_another_table_by_table() -> None:
    base = {"model": {"width": 8, "heads": 2}, "training": {"seed": 1}, "data": {"train": [1, 2]}}
    before = json.dumps(base)
    top = {"model": {"width": 16}, "search": {"n_best": 2}, "data": {"train": [3]}}
    assert merge(base, top) == {
        "model": {"width": 16, "heads": 2},
        "training": {"seed": 1},
        "search": {"n_best": 2},
        "data": {"train": [3]},
    }
    assert json.dumps(base) == before


def test_defaults_preset_recipe_and_settings_come_in_that_order(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[model]\nwidth = 64\nheads = 2\n[training]\nseed = 7\n", encoding="utf-8")
    table = merge(merge(read_preset("tiny"), read_recipe(recipe)), parse_setting("model.heads=8"))
    config = build(Config, table)
    assert (config.model.heads, config.model.width, config.training.seed) == (8, 64, 7)
    assert config.model.dropout == read_preset("tiny")["model"]["dropout"]
    assert config.search == SearchConfig()


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("model.width=256", {"model": {"width": 256}}),
        ("model.width = 256", {"model": {"width": 256}}),
        ("model.dropout=1e-1", {"model": {"dropout": 0.1}}),
        ("model.cell=gru", {"model": {"cell": "gru"}}),
        ("model.cell = gru ", {"model": {"cell": "gru"}}),
        ('model.cell="gru"', {"model": {"cell": "gru"}}),
        ("training.device=cuda:1", {"training": {"device": "cuda:1"}}),
        ("training.tensorboard=true", {"training": {"tensorboard": True}}),
        ('data.dev=[{path="a=b.tsv"}]', {"data": {"dev": [{"path": "a=b.tsv"}]}}),
        ("data.cleaning.max_tokens=9", {"data": {"cleaning": {"max_tokens": 9}}}),
        ("model.cell=", {"model": {"cell": ""}}),
    ],
)
def test_a_setting_is_a_field_and_a_toml_value_or_a_bare_word(text: str, table: dict[str, Any]) -> None:
    assert parse_setting(text) == table


def test_a_setting_without_a_value_is_answered_with_an_example() -> None:
    with pytest.raises(ConfigError, match=r'such as model\.width=256, not "model\.width"'):
        parse_setting("model.width")


def test_paths_in_a_recipe_are_taken_from_where_it_lies(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        '[[data.train]]\npath = "pairs.tsv"\n[[data.train]]\npath = "/all/pairs.tsv"\n'
        '[[data.train]]\ncorpus = "sample"\n[[data.dev]]\nsrc_path = "dev.en"\ntgt_path = "../dev.es"\n',
        encoding="utf-8",
    )
    data = build(Config, read_recipe(recipe)).data
    assert [source.path for source in data.train] == [str(tmp_path / "pairs.tsv"), "/all/pairs.tsv", ""]
    assert (data.dev[0].src_path, data.dev[0].tgt_path) == (str(tmp_path / "dev.en"), str(tmp_path / "../dev.es"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[model\n", "recipe.toml is not valid TOML"),
        (b"x = '\xff'\n", "cannot read the recipe"),
        (b"data = 3\n", "data = 3 should be a table"),
        (b"[data]\ntrain = 3\n", "data.train = 3 should be tables"),
        (b"[data]\ntrain = ['x']\n", "data.train = 'x' should be a table"),
        (b"[data.train]\npath = 'x.tsv'\n", "each under its own [[data.train]]"),
        (b"[[data.train]]\npath = 3\n", "data.train.path = 3 should be a string"),
    ],
)
def test_a_recipe_that_is_none_is_a_configuration_error(tmp_path: Path, content: bytes, message: str) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        build(Config, read_recipe(recipe))
    assert message in str(caught.value)


def test_a_recipe_that_is_missing_or_a_directory_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(ConfigError) as caught:
            read_recipe(path)
        assert str(path) in str(caught.value)


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().model.width = 3  # type: ignore[misc]
