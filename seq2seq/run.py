"""A training run's directory: from a configuration to a released model.

    config.toml              what the run was started with
    data/                    ids and text (Arrow), tokenizers, vectors, lexicon, dev pairs, what was dropped and why,
                             and the weights to start from, where they are another model's
    checkpoint.safetensors   where training stands
    best.safetensors         the averaged weights that scored best on dev; best.json: when, and how well
    log.jsonl                every event, one a line
    tensorboard/             the same for TensorBoard, where asked for
    model/                   the released model directory
    lock                     held by the process that works here

`execute` goes through the stages and yields what happened. A stage that is on
disk already is taken from there, so that resuming is starting again. Of several
processes, the first one prepares, validates and writes; the others train.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from seq2seq import bundle, checkpoint, evaluation, training
from seq2seq.card import Card, render
from seq2seq.checkpoint import TrainingState, write_atomically
from seq2seq.config import Config, SearchConfig, as_table, build, parse_toml, to_toml
from seq2seq.device import choose_device, choose_dtype
from seq2seq.distributed import World
from seq2seq.errors import CheckpointError, UsageError
from seq2seq.feed import Feed
from seq2seq.model import Seq2Seq
from seq2seq.preparation import Prepared, prepare, reopen
from seq2seq.training import Validation
from seq2seq.translator import Translator
from seq2seq.vectors import blend

MAY_CHANGE = (  # fields of [training] that may change when a run is resumed
    "max_steps", "max_epochs", "max_minutes", "patience", "validate_every", "save_every", "tensorboard", "device",
)  # fmt: skip
WEIGHTS = {"checkpoint.safetensors", "best.safetensors", "model"}
SAMPLES = 3


@dataclass(frozen=True)
class Started:
    """Training begins, or goes on from a saved step."""

    step: int
    parameters: int
    pairs: int
    device: str
    precision: str


@dataclass(frozen=True)
class Released:
    """The model directory is written."""

    path: Path
    step: int  # whose averaged weights these are
    score: float  # on dev


Event = Prepared | Started | training.Event | Released


def read_config(out: Path) -> Config:
    """The configuration that the run in `out` was started with; `CheckpointError` where there is none."""
    path = out / "config.toml"
    try:
        return build(Config, parse_toml(path.read_text(encoding="utf-8"), str(path)))
    except OSError as error:
        raise CheckpointError(
            f"there is no run to resume in {out} ({error.strerror}: {path}); leave --resume out to start one"
        ) from None


def execute(
    config: Config,
    out: Path,
    *,
    data_dirs: Sequence[Path] = (),
    resume: bool = False,
    stop_requested: Callable[[], bool] = lambda: False,
    world: World = World(),  # noqa: B008 - frozen
) -> Iterator[Event]:
    """Prepares the data, trains and releases, in the directory `out`.

    `data_dirs` are searched for the files of named corpora. `stop_requested` is asked after every update; a
    run that stops so is saved, releases what it has, and goes on with resume=True. All processes of `world`
    call this, with one `out` that all of them see.
    """
    if not config.data.train:
        raise UsageError("no training data is given; add --data FILE, or a recipe with [[data.train]]")
    device = choose_device(config.training.device)
    with _claimed(out, config, resume=resume) if world.is_first else nullcontext():
        if world.is_first:
            write_atomically(out / "config.toml", to_toml(config).encode())
            prepared = prepare(config, out / "data", data_dirs)
        world.barrier()  # for the first one's data
        if not world.is_first:
            prepared = reopen(config, out / "data")
        yield prepared
        state = training.initial_state(new_model(config, prepared, device), config.training)
        yield from _train(config, out, state, prepared, device, stop_requested, world)
        if world.is_first:
            yield from _release(config, out, state, prepared)


def new_model(config: Config, prepared: Prepared, device: torch.device) -> Seq2Seq:
    """The network before its first update.

    Its weights are those of the model that the run starts from, else the seed decides them, and the counted vectors
    nine tenths of its embeddings.
    """
    torch.manual_seed(config.training.seed)
    vocab_sizes = len(prepared.src_tokenizer), len(prepared.tgt_tokenizer)
    model = Seq2Seq(config.model, *vocab_sizes, joint=config.tokenizer.joint)
    if prepared.vectors:
        for embedding, counted in zip((model.src_embedding, model.tgt_embedding), prepared.vectors, strict=True):
            if embedding:
                embedding.weight.data = blend(embedding.weight.data, counted)
    if prepared.start:
        model.load_state_dict(prepared.start)
    return model.to(device)


def _train(
    config: Config,
    out: Path,
    state: TrainingState,
    prepared: Prepared,
    device: torch.device,
    stop_requested: Callable[[], bool],
    world: World,
) -> Iterator[Event]:
    """Training from the last save, or from the beginning."""
    path, identity = out / "checkpoint.safetensors", (fingerprint(config), prepared.digest)
    if path.exists():
        checkpoint.load(path, state, *identity)
    dtype = choose_dtype(config.training.precision, device)
    parameters = sum(parameter.numel() for parameter in state.model.parameters())
    precision = "bf16" if dtype == torch.bfloat16 else "fp32"
    yield Started(state.position.step, parameters, prepared.pairs, str(device), precision)

    def validate() -> Validation:
        validation = _validate(config, state, prepared) if world.is_first else Validation(0, 0.0, 0.0, ())
        bleu, chrf = world.sum(validation.bleu, validation.chrf)  # all must choose alike
        return replace(validation, bleu=bleu, chrf=chrf)

    def keep_best(validation: Validation) -> None:
        if not world.is_first:
            return
        weights = {name: p.detach().cpu().contiguous() for name, p in state.averaged.named_parameters()}
        facts = {"step": validation.step, "bleu": validation.bleu, "chrf": validation.chrf}
        write_atomically(out / "best.safetensors", to_bytes(weights))
        write_atomically(out / "best.json", json.dumps(facts).encode())

    def save() -> None:
        if world.is_first:
            checkpoint.save(path, state, *identity)

    feed = Feed(prepared.corpus, prepared.src_tokenizer, prepared.tgt_tokenizer, config.tokenizer.sampling_alpha)
    yield from training.train(
        state,
        feed,
        config.training,
        dtype,
        validate=validate,
        validate_first=bool(config.start_from) and not state.position.step,  # no weights worse than these are released
        save=save,
        keep_best=keep_best,
        stop_requested=stop_requested,
        world=world,
    )


def fingerprint(config: Config) -> str:
    """A hash of all that makes a run this run: the fields that may not change when it is resumed."""
    table = as_table(config)
    table.pop("search")
    for name in MAY_CHANGE:
        table["training"].pop(name)
    if not config.data.reverse:  # runs from before there was this field do not have it
        del table["data"]["reverse"]
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


def _validate(config: Config, state: TrainingState, prepared: Prepared) -> Validation:
    """Greedy translations of the dev set by the averaged weights, and their scores.

    Of [search] only `split` and `protect` count, which say what of a text the model sees. All else is for those who use
    the model.
    """
    search = SearchConfig(beam_size=1, mend=False, split=config.search.split, protect=config.search.protect)
    translator = Translator(
        state.averaged,  # type: ignore[arg-type]
        prepared.src_tokenizer,
        prepared.tgt_tokenizer,
        search,
        lexicon=prepared.lexicon,
        precision=config.training.precision,
    )
    hypotheses = translator.translate(prepared.dev_src)
    bleu, chrf = (score.value for score in evaluation.evaluate(hypotheses, prepared.dev_tgt))
    rows = range(0, len(hypotheses), max(1, len(hypotheses) // SAMPLES))
    samples = [(prepared.dev_src[i], prepared.dev_tgt[i], hypotheses[i]) for i in rows][:SAMPLES]
    return Validation(state.position.step, bleu, chrf, tuple(samples))


def _release(config: Config, out: Path, state: TrainingState, prepared: Prepared) -> Iterator[Released]:
    """Writes the model directory from the best weights so far; before the first validation there are none."""
    if not (out / "best.safetensors").exists():
        return
    facts = json.loads((out / "best.json").read_text())
    model: Seq2Seq = state.averaged  # type: ignore[assignment]
    model.load_state_dict(load_file(out / "best.safetensors"))
    search = replace(config.search, mend=config.search.mend and not config.data.reverse)  # it knows English numbers
    settings = bundle.BundleConfig(joint=config.tokenizer.joint, model=config.model, search=search)
    card = Card(
        config=config,
        kept=prepared.pairs,
        dropped=prepared.report["read"] - prepared.report["kept"],
        dev_pairs=len(prepared.dev_src),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        vocab_size=len(prepared.tgt_tokenizer),
        bleu=facts["bleu"],
        chrf=facts["chrf"],
        step=facts["step"],
        position=state.position,
    )
    released = bundle.Bundle(settings, model, prepared.src_tokenizer, prepared.tgt_tokenizer, prepared.lexicon)
    bundle.save(out / "model", released, render(card))
    yield Released(out / "model", facts["step"], facts[config.training.metric])


@contextmanager
def _claimed(out: Path, config: Config, *, resume: bool) -> Iterator[None]:
    """The run's directory for this process alone: a new one, or one that `config` goes on with."""
    _check_free(out, resume=resume)
    if resume and fingerprint(read_config(out)) != fingerprint(config):
        raise UsageError(
            f"the run in {out} was started with other data, sizes or training settings; a run that is "
            "resumed may change limits, intervals, device and [search] alone: give the rest as it was, or another --out"
        )
    with _locked(out):
        yield


def _check_free(out: Path, *, resume: bool) -> None:
    """Makes the directory, or finds it empty or a run's own: nothing of anybody else's is ever overwritten.

    A run that ended before its data were prepared, and has no weights, has nothing to lose and may be started again.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in out.iterdir()}
    except OSError as error:
        raise UsageError(f"cannot make the directory {out} ({error.strerror}); choose another --out") from None
    has_begun = (out / "data" / "report.json").exists() or bool(names & WEIGHTS)
    if names - {"lock"} and not ("config.toml" in names and (has_begun or "lock" in names)):
        raise UsageError(f"{out} is not empty and holds no run; choose another --out, or empty it")
    if has_begun and not resume:
        raise UsageError(f"{out} holds a run already; go on with it by --resume, or choose another --out")


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """The directory for this process alone; `UsageError` where another one works in it."""
    with (out / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise UsageError(
                f"{out} is in use by process {file.read().strip() or 'unknown'}; wait for it, or choose another --out"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
