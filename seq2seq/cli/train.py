"""`seq2seq train`: text pairs in, a model directory out."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from seq2seq.errors import UsageError

INTERRUPTED = 130


def train(
    recipe: Annotated[Path | None, typer.Argument(help="A TOML file with the run's configuration.")] = None,
    out: Annotated[Path, typer.Option(help="The run's directory; the model is written to its model/.")] = ...,  # type: ignore[assignment]
    data: Annotated[
        list[str] | None,
        typer.Option(help="Training pairs: FILE, SRC_FILE,TGT_FILE or a corpus NAME[:SPLIT]. Repeatable."),
    ] = None,
    dev: Annotated[
        list[str] | None, typer.Option(help="Development pairs, as --data; without it some are held out.")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="Where to start from: tiny, small or base.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="One field: section.field=value. Repeatable.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes.")] = None,
    steps: Annotated[int | None, typer.Option(help="Stop after so many updates.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Stop after so many passes over the data.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and dropout.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    data_dir: Annotated[
        list[Path] | None,
        typer.Option(help="Where files of named corpora lie. Repeatable.", envvar="SEQ2SEQ_DATA"),
    ] = None,
) -> None:
    """Train a tokenizer and an encoder-decoder on sentence pairs.

    Ctrl-C saves; --resume goes on where it stopped.

        seq2seq train --preset tiny --data sample --dev sample:dev --out runs/demo
        seq2seq train --preset small --data pairs.tsv --out runs/mine
        seq2seq train --resume --out runs/mine
    """
    limits = {"max_minutes": minutes, "max_steps": steps, "max_epochs": epochs}
    layers = _options(data, dev, limits, seed, set_ or [])
    if resume and (recipe or preset):
        raise UsageError("--resume goes on with the run's own configuration; leave the recipe and --preset out")
    from seq2seq.cli.screen import Screen
    from seq2seq.config import Config, as_table, build, merge, read_preset, read_recipe
    from seq2seq.run import execute, read_config

    if resume:
        table = as_table(read_config(out))
    else:
        table = read_recipe(recipe) if recipe else {}
        preset = preset or table.pop("preset", None)
        base = read_preset(preset) if preset else {"training": {"max_epochs": 20}}
        table = merge(base, table)
    for layer in layers:
        table = merge(table, layer)
    config = build(Config, table)
    with _stop_on_interrupt() as stop_requested, Screen(out, config) as screen:
        for event in execute(config, out, data_dirs=data_dir or [], resume=resume, stop_requested=stop_requested):
            screen.show(event)
    if screen.interrupted:
        raise typer.Exit(INTERRUPTED)


def _options(
    data: list[str] | None,
    dev: list[str] | None,
    limits: Mapping[str, float | None],
    seed: int | None,
    settings: list[str],
) -> list[dict[str, Any]]:
    """What the options say, as tables to be laid over one another."""
    from seq2seq.config import parse_setting

    layers: list[dict[str, Any]] = []
    if data:
        layers.append({"data": {"train": [parse_source(text, "--data") for text in data]}})
    if dev:
        layers.append({"data": {"dev": [parse_source(text, "--dev") for text in dev]}})
    given = {name: value for name, value in limits.items() if value is not None}
    if given:  # a limit on the command line stands for all limits of the preset
        layers.append({"training": {name: given.get(name, 0) for name in limits}})
    if seed is not None:
        layers.append({"training": {"seed": seed}})
    return layers + [parse_setting(text) for text in settings]


def parse_source(text: str, option: str) -> dict[str, str]:
    """A source as the command line writes it: FILE, SRC_FILE,TGT_FILE or NAME[:SPLIT]."""
    if _is_there(Path(text)):
        return {"path": str(Path(text).absolute())}
    files = [Path(part) for part in text.split(",")]
    missing = [str(file) for file in files if not _is_there(file)]
    if len(files) == 2 and not missing:
        return {"src_path": str(files[0].absolute()), "tgt_path": str(files[1].absolute())}
    if len(files) > 2:
        raise UsageError(f"{option} {text}: {len(files)} files; name one, or two aligned ones, and repeat {option}")
    if "/" in text or "," in text or files[0].suffix:
        raise UsageError(f"{option} {text}: there is no file {missing[0]}; name files that exist, or a corpus")
    name, _, split = text.partition(":")
    return {"corpus": name, "split": split or "train"}


def _is_there(path: Path) -> bool:
    """Is it a file, or a pipe? A directory is none, so that one called `sample` does not hide the corpus."""
    return path.exists() and not path.is_dir()


@contextmanager
def _stop_on_interrupt() -> Iterator[Any]:
    """Ctrl-C once asks the run to stop after its update; twice ends the program at once."""
    requested = False

    def request(number: int, frame: FrameType | None) -> None:
        nonlocal requested
        requested = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, request)
    try:
        yield lambda: requested
    finally:
        signal.signal(signal.SIGINT, before)
