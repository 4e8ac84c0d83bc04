"""What a run is made of: frozen dataclasses, read from TOML and written to it.

One field, one default, one check. A configuration is layered: the defaults
here, then a preset (`presets/*.toml`), then a recipe of the user's, then single
fields (`model.width=256`). Every error names the field as it stands in TOML.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from seq2seq.errors import ConfigError
from seq2seq.locations import PRETRAINED

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")

CELLS = ("lstm", "gru", "rnn")
ATTENTIONS = ("multihead", "dot", "general", "additive")
PRECISIONS = ("auto", "fp32", "bf16")
FORMATS = ("tsv", "csv", "jsonl", "parquet")
SOURCE_FIELDS = {  # field of a source → the kinds of source that have it
    "subset": ("hub",),
    "format": ("path",),
    "header": ("path",),
    "src": ("path", "hub"),
    "tgt": ("path", "hub"),
    "where": ("corpus", "path", "hub"),
}


@dataclass(frozen=True)
class Source:
    """Sentence pairs from one place: a named corpus, a file, two aligned files, or a hub data set.

    Columns of a file without a header are called "1", "2", "3", …; a dot reaches into a nested column
    (`translation.en`).
    """

    corpus: str = ""  # a name in data/corpora.toml
    path: str = ""  # one file that holds both sides
    src_path: str = ""  # two aligned text files
    tgt_path: str = ""
    hub: str = ""  # a data set's name on the Hugging Face hub, or its folder on disk
    subset: str = ""  # the hub data set's configuration, such as "en-es"
    split: str = "train"  # of a named corpus or a hub data set
    format: str = ""  # of path, one of FORMATS; empty: by the file's name
    header: bool | None = None  # tsv and csv: is the first line a header? default: csv yes, tsv no
    src: str = ""  # column of the source; default: "1" without a header, "src" with one
    tgt: str = ""  # column of the target; default: "2" without a header, "tgt" with one
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)  # column → values to keep
    weight: float = 1.0  # how often each pair is seen in an epoch; 0.5: half of them, another half each time

    def __post_init__(self) -> None:
        if bool(self.src_path) != bool(self.tgt_path):
            raise ConfigError("src_path and tgt_path come together: name both files of the aligned pair")
        kinds = [kind for kind in ("corpus", "path", "src_path", "hub") if getattr(self, kind)]
        if len(kinds) != 1:
            raise ConfigError("a source needs exactly one of: corpus, path, src_path with tgt_path, hub")
        for name, owners in SOURCE_FIELDS.items():
            if getattr(self, name) not in ("", None, {}) and kinds[0] not in owners:
                raise ConfigError(f"a source with {kinds[0]} has no {name}; {' or '.join(owners)} has")
        if self.format:
            one_of("format", self.format, FORMATS)
        at_least("weight", self.weight, 0.0, exclusive=True)


@dataclass(frozen=True)
class CleaningConfig:
    """Which pairs are dropped before training; each rule is counted in the report."""

    max_tokens: int = 128  # longer sides, in subwords, are dropped
    max_ratio: float = 3.0  # longer over shorter side, in characters, beyond the first few
    drop_identical: bool = True
    drop_duplicates: bool = True
    drop_wrong_script: bool = True  # less than half of the letters are Latin

    def __post_init__(self) -> None:
        at_least("data.cleaning.max_tokens", self.max_tokens, 1)
        at_least("data.cleaning.max_ratio", self.max_ratio, 1.0)


@dataclass(frozen=True)
class DataConfig:
    """Training and development pairs, and what is cleaned away."""

    train: tuple[Source, ...] = ()
    dev: tuple[Source, ...] = ()
    reverse: bool = False  # learn to translate the other way: targets of all these sources become sources
    cleaning: CleaningConfig = field(default_factory=CleaningConfig)


@dataclass(frozen=True)
class TokenizerConfig:
    """The SentencePiece model: one for both languages, or one each."""

    vocab_size: int = 8000
    kind: str = "unigram"  # or "bpe"
    joint: bool = True  # one vocabulary for both languages
    # Subword regularisation in training; 0: always the best segmentation. Of unigram, the smaller the wilder (0.1 is
    # much); of BPE, the share of merges left out.
    sampling_alpha: float = 0.0

    def __post_init__(self) -> None:
        at_least("tokenizer.vocab_size", self.vocab_size, 300)
        one_of("tokenizer.kind", self.kind, ("unigram", "bpe"))
        between("tokenizer.sampling_alpha", self.sampling_alpha, 0.0, 1.0)


@dataclass(frozen=True)
class ModelConfig:
    """The network's sizes. All three embeddings are one matrix where the vocabulary is joint."""

    cell: str = "lstm"  # or "gru", "rnn"
    attention: str = "multihead"  # or "dot", "general", "additive"
    width: int = 512  # of embeddings and layers; in the encoder each direction has half
    encoder_layers: int = 2
    decoder_layers: int = 2
    heads: int = 8  # of multi-head attention
    dropout: float = 0.2  # of columns: one mask for all positions of a sentence
    word_dropout: float = 0.0  # of whole tokens, on both sides

    def __post_init__(self) -> None:
        one_of("model.cell", self.cell, CELLS)
        one_of("model.attention", self.attention, ATTENTIONS)
        for name in ("width", "encoder_layers", "decoder_layers", "heads"):
            at_least(f"model.{name}", getattr(self, name), 1)
        if self.width % 2:
            raise ConfigError(f"model.width = {self.width} must be even: each direction of the encoder takes half")
        if self.attention == "multihead" and self.width % self.heads:
            raise ConfigError(f"model.heads = {self.heads} must divide model.width = {self.width}")
        between("model.dropout", self.dropout, 0.0, 0.9)
        between("model.word_dropout", self.word_dropout, 0.0, 0.9)


@dataclass(frozen=True)
class TrainingConfig:
    """How the weights are found. A limit of 0 is none; at least one is set, and the first one reached ends the run."""

    seed: int = 1
    embeddings: str = "counted"  # how they begin: from which tokens stand in the same pairs, or "random"
    batch_tokens: int = 1024  # positions in a batch on its longer side, padding counted
    accumulate: int = 1  # batches in one update
    learning_rate: float = 1e-3
    warmup_steps: int = 400
    schedule: str = "cosine"  # to zero at the limit; or "inverse_sqrt"
    weight_decay: float = 0.01  # AdamW's
    clip_norm: float = 1.0  # the largest norm of an update's gradient
    label_smoothing: float = 0.1
    ema_decay: float = 0.999  # of the averaged weights, which are validated and released
    precision: str = "auto"  # bf16 where the processor or GPU computes in it, else fp32
    device: str = "auto"  # cuda where there is one, else cpu
    max_steps: int = 0
    max_epochs: float = 0.0
    max_minutes: float = 0.0  # the rate then follows the clock, so that no two runs are the same bit for bit
    validate_every: int = 1000  # steps
    save_every: int = 1000  # steps
    patience: int = 0  # validations without a better score before the run ends; 0: never
    metric: str = "bleu"  # the dev score that chooses the released weights
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name in ("batch_tokens", "accumulate", "validate_every", "save_every"):
            at_least(f"training.{name}", getattr(self, name), 1)
        for name in ("warmup_steps", "weight_decay", "max_steps", "max_epochs", "max_minutes", "patience"):
            at_least(f"training.{name}", getattr(self, name), 0)
        between("training.seed", self.seed, 0, 2**63 - 1)
        at_least("training.learning_rate", self.learning_rate, 0.0, exclusive=True)
        at_least("training.clip_norm", self.clip_norm, 0.0, exclusive=True)
        between("training.label_smoothing", self.label_smoothing, 0.0, 0.9)
        between("training.ema_decay", self.ema_decay, 0.0, 0.99999)
        one_of("training.embeddings", self.embeddings, ("counted", "random"))
        one_of("training.schedule", self.schedule, ("cosine", "inverse_sqrt"))
        one_of("training.precision", self.precision, PRECISIONS)
        one_of("training.metric", self.metric, ("bleu", "chrf"))
        if not (self.max_steps or self.max_epochs or self.max_minutes):
            raise ConfigError("set one of training.max_steps, training.max_epochs, training.max_minutes")


@dataclass(frozen=True)
class SearchConfig:
    """How a translation is looked for. These are the released model's defaults."""

    beam_size: int = 4
    n_best: int = 1
    length_penalty: float = 1.0  # alpha of Wu et al. 2016 (arXiv 1609.08144), equation 14
    coverage_penalty: float = 0.0  # beta of the same: for source tokens that were not looked at
    no_repeat_ngram: int = 0  # no sequence of so many tokens is said twice; 0: any may be
    mbr: bool = False  # of the beam's or the drawn hypotheses, the one most like all of them in chrF
    mend: bool = True  # look once more where a translation loops, copies its source or loses a number or placeholder
    split: str = "sentence"  # what is translated at a time: a sentence, a line (but cut if long), or none cut at all
    protect: bool = True  # addresses, code, tags, … stand for themselves and come through as they are
    shortlist: bool = False  # look only at tokens that the model's lexicon holds possible, where it has one
    temperature: float = 0.0  # above 0: hypotheses are drawn, not searched for
    top_k: int = 0  # draw from so many tokens, the likeliest; 0: from all
    top_p: float = 1.0  # draw from the fewest tokens that have this much of the probability
    seed: int = 1  # of the drawing
    max_length_factor: float = 2.0  # a translation has at most factor · source tokens + extra tokens
    max_length_extra: int = 10

    def __post_init__(self) -> None:
        at_least("search.beam_size", self.beam_size, 1)
        between("search.n_best", self.n_best, 1, self.beam_size)
        one_of("search.split", self.split, ("sentence", "line", "none"))
        at_least("search.length_penalty", self.length_penalty, 0.0)
        at_least("search.coverage_penalty", self.coverage_penalty, 0.0)
        at_least("search.no_repeat_ngram", self.no_repeat_ngram, 0)
        at_least("search.temperature", self.temperature, 0.0)
        at_least("search.top_k", self.top_k, 0)
        between("search.seed", self.seed, 0, 2**63 - 1)
        between("search.top_p", self.top_p, 1e-6, 1.0)
        at_least("search.max_length_factor", self.max_length_factor, 0.0)
        at_least("search.max_length_extra", self.max_length_extra, 1)


@dataclass(frozen=True)
class Config:
    """A whole run: text in, model directory out."""

    start_from: str = ""  # "pretrained", or the directory of the model or run whose tokenizer and weights to begin with
    data: DataConfig = field(default_factory=DataConfig)
    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=lambda: TrainingConfig(max_epochs=20))
    search: SearchConfig = field(default_factory=SearchConfig)


def one_of(name: str, value: str, choices: Sequence[str]) -> None:
    """`ConfigError` where the field `name` holds none of the choices."""
    if value not in choices:
        raise ConfigError(f'{name} = "{value}" is not one of: {", ".join(choices)}')


def at_least(name: str, value: float, low: float, *, exclusive: bool = False) -> None:
    """`ConfigError` where the field `name` is lower than `low`, or as low where that is excluded, nan or inf."""
    fits = value > low if exclusive else value >= low  # False for nan
    if not fits or value == math.inf:
        bound = f"{'more than' if exclusive else 'at least'} {low}"
        raise ConfigError(f"{name} = {value} must be {bound}{' and finite' if fits else ''}")


def between(name: str, value: float, low: float, high: float) -> None:
    """`ConfigError` where the field `name` lies outside of low … high, or is nan."""
    if not low <= value <= high:
        raise ConfigError(f"{name} = {value} must lie between {low} and {high}")


def build(cls: type[T], table: Mapping[str, Any], prefix: str = "") -> T:
    """A dataclass from a table as TOML and JSON give it.

    `ConfigError` names a field that is unknown, of a wrong type or impossible; `prefix` is where `table` stands.
    """
    assert dataclasses.is_dataclass(cls)
    hints = typing.get_type_hints(cls)
    for key in table:
        if key not in hints:
            close = difflib.get_close_matches(key, hints, n=1)
            meant = f"did you mean {prefix}{close[0]}?" if close else f"known here: {', '.join(hints)}"
            raise ConfigError(f"unknown field {prefix}{key}: {meant}")
    fields = {key: _value(hints[key], value, prefix + key) for key, value in table.items()}
    return typing.cast(T, cls(**fields))


def _value(hint: Any, value: Any, name: str) -> Any:
    """`value`, checked against the type hint of the field called `name`."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return build(typing.cast(type, hint), value, name + ".")
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_value(arguments[0], item, name) for item in value)
    if origin in (typing.Union, types.UnionType) and any(type(value) is kind for kind in arguments):
        return value
    if hint is float and type(value) is int:
        return float(value)
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return {key: _value(arguments[1], item, f"{name}.{key}") for key, item in value.items()}
    if origin is not None and issubclass(origin, Sequence) and isinstance(value, list | tuple):
        return [_value(arguments[0], item, name) for item in value]
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise ConfigError(f"{name} = {value!r} should be {_kind(hint, name)}")


def _kind(hint: Any, name: str) -> str:
    """What a field may hold, in TOML's words."""
    kinds = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return f"tables, each under its own [[{name}]]"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(kinds[kind] for kind in arguments if kind is not type(None))
    if origin is not None and issubclass(origin, Sequence):
        return "an array"
    return kinds.get(hint, "a table")


def merge(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the fields of `top` laid over it, table by table."""
    merged = dict(base)
    for key, value in top.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The table in `text`; `where` names the file in the error."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where} is not valid TOML: {error}") from None


def read_recipe(path: Path) -> dict[str, Any]:
    """The table of a recipe file; relative paths in it are taken from where the file lies."""
    try:
        table = parse_toml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the recipe {path}: {error}") from None
    if isinstance(table.get("start_from"), str) and table["start_from"] not in ("", PRETRAINED):
        table["start_from"] = str(path.parent / table["start_from"])
    data = table.get("data")
    splits = [data.get(split) for split in ("train", "dev")] if isinstance(data, dict) else []
    for source in (source for split in splits if isinstance(split, list) for source in split):
        for key in ("path", "src_path", "tgt_path"):
            if isinstance(source, dict) and isinstance(source.get(key), str) and source[key]:
                source[key] = str(path.parent / source[key])
    return table  # what is not as it should be is told by `build`


def preset_names() -> list[str]:
    """The presets that come with the package, smallest first."""
    found = [file.name.removesuffix(".toml") for file in (resources.files("seq2seq") / "presets").iterdir()]
    return sorted(found, key=lambda name: ({"tiny": 0, "small": 1, "base": 2}.get(name, 3), name))


def read_preset(name: str) -> dict[str, Any]:
    """The table of a preset that comes with the package."""
    if name not in preset_names():
        raise ConfigError(f'there is no preset "{name}"; there are: {", ".join(preset_names())}')
    file = resources.files("seq2seq") / "presets" / f"{name}.toml"
    return parse_toml(file.read_text(encoding="utf-8"), f"preset {name}")


def parse_setting(text: str) -> dict[str, Any]:
    """`model.width=256` as a nested table; the value is TOML, or a bare word."""
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f'a setting is written section.field=value, such as model.width=256, not "{text}"')
    try:
        parsed: Any = tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()
    for part in reversed(key.strip().split(".")):
        parsed = {part: parsed}
    return typing.cast("dict[str, Any]", parsed)


def as_table(value: Any) -> Any:
    """A configuration as plain tables for TOML or JSON; what was not given (None, "", {}) is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: as_table(item) for name, item in fields if item not in (None, "", {})}
    if isinstance(value, Mapping):
        return {key: as_table(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_table(item) for item in value]
    return value


def to_toml(config: Config) -> str:
    """The whole configuration as TOML; `build(Config, parse_toml(…))` gives it back."""
    import tomli_w

    return tomli_w.dumps(as_table(config))
