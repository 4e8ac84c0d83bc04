"""Named corpora: what `data/corpora.toml` knows, and where their files lie."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq.config import Source, build, parse_toml
from seq2seq.errors import ConfigError, DataError

SUMS = "sha256"


@dataclass(frozen=True)
class NamedCorpus:
    """An entry of `corpora.toml`. Paths in its splits are relative to a data directory."""

    name: str
    description: str
    licence: str
    url: str  # where it comes from
    obtain: str  # what to do to have its files, for those that do not come with the toolkit
    splits: Mapping[str, Source]
    sha256: Mapping[str, str]  # of those files that must be just these, by their paths


def data_dir() -> Path:
    """Where `corpora.toml` and the sample are: `data/` in a checkout, `seq2seq/data/` when installed."""
    package = Path(__file__).parents[1]
    installed = package / "data"
    return installed if (installed / "corpora.toml").is_file() else package.parent / "data"


def named_corpora() -> dict[str, NamedCorpus]:
    """All named corpora, in the order of `corpora.toml`."""
    file = data_dir() / "corpora.toml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot read the list of named corpora, {file}: {error.strerror}") from None
    return {name: _entry(name, table) for name, table in parse_toml(text, str(file)).items()}


def _entry(name: str, table: Mapping[str, Any]) -> NamedCorpus:
    facts = {field: table.get(field, "") for field in ("description", "licence", "url", "obtain")}
    tables = {key: value for key, value in table.items() if isinstance(value, dict) and key != SUMS}
    splits = {key: build(Source, value, f"{name}.{key}.") for key, value in tables.items()}
    return NamedCorpus(name=name, splits=splits, sha256=table.get(SUMS, {}), **facts)


def named(name: str) -> NamedCorpus:
    """The corpus of that name. Raises `ConfigError` if there is none."""
    corpora = named_corpora()
    if name not in corpora:
        close = difflib.get_close_matches(name, corpora, n=1)
        meant = f'did you mean "{close[0]}"?' if close else f"there are: {', '.join(corpora)}"
        raise ConfigError(f'there is no corpus "{name}": {meant}')
    return corpora[name]


def resolve(source: Source, data_dirs: Sequence[Path] = ()) -> Source:
    """The source itself or, if it names a corpus, what that stands for, with the paths of files that exist.

    Files are looked for beside `corpora.toml`, then in each of `data_dirs`. The weight is the one given
    here, and `where` is added to the corpus's own. Raises `ConfigError` for an unknown name or split and
    `DataError` for a missing file.
    """
    if not source.corpus:
        return source
    corpus = named(source.corpus)
    if source.split not in corpus.splits:
        known = ", ".join(corpus.splits)
        others = ", ".join(name for name, other in named_corpora().items() if source.split in other.splits)
        also = f'. Corpora with a split "{source.split}": {others}' if others else ""
        raise ConfigError(
            f'the corpus "{corpus.name}" has no split "{source.split}"; it has: {known} '
            f"(write {corpus.name}:SPLIT){also}"
        )
    entry = corpus.splits[source.split]
    places = [data_dir(), *data_dirs]
    files: dict[str, Any] = {
        field: _find(getattr(entry, field), places, corpus)
        for field in ("path", "src_path", "tgt_path")
        if getattr(entry, field)
    }
    return dataclasses.replace(entry, **files, weight=source.weight, where={**entry.where, **source.where})


def _find(file: str, places: Sequence[Path], corpus: NamedCorpus) -> str:
    for place in places:
        if (place / file).is_file():
            _check(place / file, corpus.sha256.get(file))
            return str(place / file)
    remedy = f"{corpus.obtain or 'see ' + corpus.url}, then put it at {file} in a directory that --data-dir names"
    raise DataError(f'the corpus "{corpus.name}" needs {file}, which is not on this machine: {remedy}')


def _check(file: Path, wanted: str | None) -> None:
    """`DataError` where a file should be just one and is not."""
    if wanted and hashlib.sha256(file.read_bytes()).hexdigest() != wanted:
        raise DataError(
            f"{file} is not the text that goes by this name: its SHA-256 differs; obtain it anew, or name other files"
        )
