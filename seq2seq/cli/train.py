"""`seq2seq train`: text pairs in, a model directory out."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq.cli.kernels import TRAINING, keep_few
from seq2seq.cli.sources import parse_source
from seq2seq.errors import UsageError
from seq2seq.locations import PRETRAINED

if TYPE_CHECKING:
    from seq2seq.bundle import Bundle
    from seq2seq.config import Config

INTERRUPTED = 130
LIMITS = {"max_minutes", "max_steps", "max_epochs"}
EPOCHS = 20  # where no limit is given
STARTED_EPOCHS, STARTED_RATE = 3, 3e-4  # where none is given to a run that starts from a model
TORCHRUN = (  # what it tells each process in its environment, and what holds without it
    ("rank", "RANK", 0),
    ("size", "WORLD_SIZE", 1),
    ("local_rank", "LOCAL_RANK", 0),
    ("restarts", "TORCHELASTIC_RESTART_COUNT", 0),
)


def train(
    recipe: Annotated[Path | None, typer.Argument(help="A TOML file with the run's configuration.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's directory; the model is written to its model/.", show_default=False)
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="Training pairs: FILE, SRC_FILE,TGT_FILE or a corpus NAME[:SPLIT]. Repeatable."),
    ] = None,
    dev: Annotated[
        list[str] | None, typer.Option(help="Development pairs, as --data; without it some are held out.")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="Sizes and settings to begin with: tiny, small or base.")] = None,
    start_from: Annotated[
        str | None,
        typer.Option(help=f"Go on from a model: a model's or a run's directory, or {PRETRAINED}, the one included."),
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="One field: section.field=value. Repeatable.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes.")] = None,
    steps: Annotated[int | None, typer.Option(help="Stop after so many updates.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Stop after so many passes over the data.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and dropout.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print sizes, memory and the time it would take; write nothing.")
    ] = False,
    data_dir: Annotated[
        list[Path] | None,
        typer.Option(help="Where files of named corpora lie. Repeatable.", envvar="SEQ2SEQ_DATA"),
    ] = None,
) -> None:
    """Train a tokenizer and an encoder-decoder on sentence pairs.

    Ctrl-C saves; --resume goes on where it stopped. Under torchrun, several processes train one model.

        seq2seq train --preset tiny --data sample --dev sample:dev --out runs/demo
        seq2seq train --preset small --data pairs.tsv --out runs/mine
        seq2seq train --resume --out runs/mine
        seq2seq train --start-from pretrained --data pairs.tsv --out runs/adapted
        torchrun --nproc-per-node 2 -m seq2seq train --preset base --data pairs.tsv --out runs/big
    """
    keep_few(TRAINING)
    limits = {"max_minutes": minutes, "max_steps": steps, "max_epochs": epochs}
    layers = _options(data, dev, limits, seed, set_ or [])
    if resume and (recipe or preset or start_from):
        raise UsageError(
            "--resume goes on with the run's own configuration; leave the recipe, --preset and --start-from out"
        )
    if out is None and (resume or not dry_run):
        raise UsageError("no place for the run is given; add --out DIRECTORY")
    if start_from:
        layers.insert(0, {"start_from": start_from})
    config = _config(recipe, preset, out if resume else None, layers)
    if dry_run and int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise UsageError("--dry-run measures one process; run it without torchrun")
    if dry_run:
        _estimate(config, data_dir or [])
    elif out:
        _run(config, out, data_dir or [], resume=resume)


def _config(
    recipe: Path | None = None,
    preset: str | None = None,
    resumed: Path | None = None,
    layers: Sequence[Mapping[str, Any]] = (),
) -> Config:
    """The run's configuration: of the run in `resumed`, or of preset and recipe, with `layers` laid over it.

    Of a run that starts from a model, what nothing else is said of is the model's.
    """
    from seq2seq.config import Config, as_table, build, merge, read_preset, read_recipe

    if resumed:
        from seq2seq.run import read_config

        table = as_table(read_config(resumed))
    else:
        table = read_recipe(recipe) if recipe else {}
        own = table.pop("preset", None)
        preset = preset or own
        table = merge(read_preset(preset) if preset else {}, table)
    for layer in layers:
        table = merge(table, layer)
    start, training = table.get("start_from"), table.get("training", {})
    if isinstance(training, Mapping) and not LIMITS & training.keys():
        table = merge(table, {"training": {"max_epochs": STARTED_EPOCHS if start else EPOCHS}})
    if resumed or not (start and isinstance(start, str)):
        return build(Config, table)
    from seq2seq import bundle
    from seq2seq.preparation import check_start

    parent = bundle.load(Path(start))
    config = build(Config, merge(_of_model(parent), table))
    check_start(config, parent)
    return config


def _of_model(parent: Bundle) -> dict[str, Any]:
    """A configuration for going on from a model: its own sizes, tokenizer and search, and a low rate."""
    from seq2seq.config import as_table

    tokenizer = {
        "joint": parent.config.joint, "vocab_size": len(parent.tgt_tokenizer), "kind": parent.tgt_tokenizer.kind,
    }  # fmt: skip
    parts = {"model": as_table(parent.config.model), "search": as_table(parent.config.search)}
    return {**parts, "tokenizer": tokenizer, "training": {"learning_rate": STARTED_RATE}}


def _estimate(config: Config, data_dirs: list[Path]) -> None:
    """Prints what the run would cost."""
    from seq2seq.cli.screen import describe_estimate
    from seq2seq.estimate import estimate

    print(describe_estimate(estimate(config, data_dirs)))


def _run(config: Config, out: Path, data_dirs: list[Path], *, resume: bool) -> None:
    """Trains, as one of the processes that torchrun has started where it has."""
    from seq2seq.cli.screen import Screen
    from seq2seq.distributed import Launch, LostContactError, joined
    from seq2seq.run import execute
    from seq2seq.training import Finished

    launch = Launch(**{field: int(os.environ.get(name, default)) for field, name, default in TORCHRUN})
    if launch.restarts:  # go on with whatever was saved before the failure
        resume = resume or (out / "data" / "report.json").exists()
    interrupted = False
    try:
        with (
            joined(launch) as world,
            _stop_on_interrupt(speaks=world.is_first) as stop_requested,
            Screen(out, config) if world.is_first else nullcontext() as screen,
        ):
            for event in execute(
                config, out, data_dirs=data_dirs, resume=resume, stop_requested=stop_requested, world=world
            ):
                interrupted |= isinstance(event, Finished) and event.interrupted
                if screen:
                    screen.show(event)
    except LostContactError:
        if launch.rank == 0:  # one of those that are left speaks for all
            raise
        raise typer.Exit(LostContactError.exit_code) from None
    if interrupted:
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


@contextmanager
def _stop_on_interrupt(*, speaks: bool) -> Iterator[Any]:
    """Ctrl-C once asks the run to stop after its update; twice ends the program at once."""
    requested = False

    def request(number: int, frame: FrameType | None) -> None:
        nonlocal requested
        requested = True
        signal.signal(signal.SIGINT, before)
        with suppress(OSError):  # whoever reads it may have heard the Ctrl-C, too
            os.write(2, b"stopping when all is saved; Ctrl-C again stops at once\n" if speaks else b"")

    before = signal.signal(signal.SIGINT, request)
    try:
        yield lambda: requested
    finally:
        signal.signal(signal.SIGINT, before)
