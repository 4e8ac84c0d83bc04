"""What a training run shows on the terminal, and what it leaves in its logs."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from seq2seq import training
from seq2seq.config import Config
from seq2seq.estimate import Estimate
from seq2seq.preparation import Prepared
from seq2seq.run import Event, Released, Started
from seq2seq.training import Finished, Validation

LOG_EVERY = 50  # updates in a line of the log
SPEAK_EVERY = 60.0  # seconds between lines where there is no terminal


class Screen:
    """Shows events on stderr, with a progress bar on a terminal, and writes them to the run's logs."""

    def __init__(self, out: Path, config: Config) -> None:
        self.out = out
        self.config = config
        self.console = Console(stderr=True, highlight=False)
        self.bar = Progress(
            TextColumn("step {task.fields[step]}"),
            BarColumn(),
            TextColumn("{task.fields[facts]}"),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task("train", total=1.0, step=0, facts="")
        self.log: RunLog | None = None
        self.rate = Rate()
        self.spoke = time.monotonic()
        self.dev = ""

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()
        if self.log:
            self.log.close()

    def show(self, event: Event) -> None:
        """One event, in words."""
        match event:
            case Prepared():
                if event.cleaning:
                    self._say(str(event.cleaning))
            case Started():
                self.log = RunLog(self.out, event.step, tensorboard=self.config.training.tensorboard)
                begins = f"resuming at step {event.step}" if event.step else "training"
                self._say(
                    f"{begins}: {event.pairs:,} pairs, {event.parameters / 1e6:.1f} M parameters, "
                    f"{event.precision} on {event.device}"
                )
                self.bar.start()
            case training.Progress():
                self._progress(event)
            case Validation():
                self.dev = f"dev BLEU {event.bleu:.1f}"
                mark = ", best so far" if event.best else ""
                self._say(f"step {event.step}: dev BLEU {event.bleu:.2f}, chrF {event.chrf:.2f}{mark}")
                for src, ref, hyp in event.samples:
                    self._say(f"  {src}\n    reference    {ref}\n    translation  {hyp}")
            case Finished():
                self._say(f"stopped at step {event.step}: {event.reason}")
                if event.interrupted:
                    self._say(f"saved; go on with: seq2seq train --resume --out {self.out}")
            case Released():
                self._say(f"model of step {event.step} in {event.path}")
        if self.log and isinstance(event, (training.Progress, Validation, Finished)):
            self.log.write(event)

    def _progress(self, event: training.Progress) -> None:
        self.rate.add(event)
        speed = f"{self.rate.tokens_per_second:,.0f} tokens/s"
        facts = f"epoch {event.epoch:.2f}  loss {event.loss:.3f}  {speed}  {self.dev}"
        self.bar.update(self.task, completed=event.done, step=event.step, facts=facts)
        if self.bar.disable and time.monotonic() - self.spoke > SPEAK_EVERY:
            self.spoke = time.monotonic()
            left = event.seconds * (1 - event.done) / event.done / 60 if event.done else 0.0
            self._say(f"step {event.step}  {facts}  {event.done:.0%} done, {left:.0f} min left")

    def _say(self, text: str) -> None:
        self.console.print(Text(text), soft_wrap=True)


def describe_estimate(estimate: Estimate) -> str:
    """What a run would cost, a subject a line."""
    minutes = estimate.seconds / 60
    length = f"{minutes:,.0f} minutes" if minutes < 120 else f"{minutes / 60:,.1f} hours"
    return (
        f"pairs      {estimate.pairs:,}\n"
        f"epoch      {estimate.src_tokens:,} source tokens, {estimate.tgt_tokens:,} target tokens, "
        f"{estimate.updates_per_epoch:,} updates\n"
        f"model      {estimate.parameters:,} parameters, {estimate.model_bytes / 1e6:,.0f} MB on disk\n"
        f"memory     {estimate.memory / 1e9:.1f} GB at its peak so far; it grows somewhat with the variety of batches\n"
        f"speed      {estimate.tokens_per_second:,.0f} target tokens/s, {estimate.seconds_per_update:.3f} s an update\n"
        f"whole run  {estimate.updates:,.0f} updates, {estimate.epochs:.1f} epochs: "
        f"{length}, and the validations"
    )


class Rate:
    """Target tokens learned from in a second, over the last few hundred updates."""

    def __init__(self) -> None:
        self.tokens = 0.0
        self.seconds = 0.0
        self.last: float | None = None
        self.tokens_per_second = 0.0

    def add(self, event: training.Progress) -> None:
        """Takes note of an update."""
        if self.last is not None:
            fade = 0.99
            self.tokens = fade * self.tokens + event.tokens
            self.seconds = fade * self.seconds + event.seconds - self.last
            self.tokens_per_second = self.tokens / max(self.seconds, 1e-9)
        self.last = event.seconds


class RunLog:
    """log.jsonl: updates as means over LOG_EVERY of them, validations and ends as they are; TensorBoard on wish."""

    def __init__(self, out: Path, step: int, *, tensorboard: bool) -> None:
        self.window: list[training.Progress] = []
        path = out / "log.jsonl"
        self._drop_after(path, step)
        self.file = path.open("a", encoding="utf-8")
        self.board = _summary_writer(out / "tensorboard", step) if tensorboard else None

    def write(self, event: training.Progress | Validation | Finished) -> None:
        """One event; an update may wait for the others of its line."""
        if isinstance(event, training.Progress):
            self.window.append(event)
            if event.step % LOG_EVERY == 0:
                self._close_window()
        else:
            if isinstance(event, Finished) and self.window:
                self._close_window()
            self._line(type(event).__name__.lower(), asdict(event))

    def close(self) -> None:
        """Everything to disk."""
        self.file.close()
        if self.board:
            self.board.close()

    def _close_window(self) -> None:
        self._line("progress", self._mean())
        self.window = []

    def _mean(self) -> dict[str, float]:
        """The last update's figures, with losses per token over the window."""
        tokens = sum(event.tokens for event in self.window)
        means = {
            name: sum(getattr(event, name) * event.tokens for event in self.window) / tokens for name in ("loss", "nll")
        }
        return asdict(self.window[-1]) | means | {"tokens": tokens}

    def _line(self, kind: str, facts: dict[str, object] | dict[str, float]) -> None:
        rounded = {name: round(value, 6) if isinstance(value, float) else value for name, value in facts.items()}
        self.file.write(json.dumps({"event": kind, **rounded}, ensure_ascii=False) + "\n")
        self.file.flush()
        if self.board:
            for name, value in facts.items():
                if isinstance(value, float):
                    self.board.add_scalar(f"{kind}/{name}", value, facts["step"])

    @staticmethod
    def _drop_after(path: Path, step: int) -> None:
        """Forgets what a run wrote after the save that it is resumed from."""
        if path.exists():
            *lines, _ = path.read_text(encoding="utf-8").split("\n")  # the last one is empty, or half written
            kept = [line for line in lines if step and json.loads(line)["step"] <= step]
            path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")


def _summary_writer(path: Path, step: int):  # type: ignore[no-untyped-def]  # torch's own is untyped
    from seq2seq.errors import UsageError

    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UsageError(
            "training.tensorboard needs the tensorboard package; pip install 'seq2seq[tensorboard]', or set it to false"
        ) from None
    return SummaryWriter(str(path), purge_step=step + 1)
