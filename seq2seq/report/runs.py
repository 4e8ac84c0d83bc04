"""Training runs: what their logs tell, as curves side by side, with their figures, configurations and samples."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from seq2seq.config import parse_toml
from seq2seq.errors import DataError, UsageError
from seq2seq.lines import decode_line
from seq2seq.report.charts import Chart, Curve, curves
from seq2seq.report.differences import marked
from seq2seq.report.page import Report, figures, labelled, page, paragraph, section, table
from seq2seq.report.systems import shortened
from seq2seq.report.tables import Table

Event = dict[str, Any]  # a line of log.jsonl
NUMBERS = {  # fields by the kind of event; but for these, samples and reason none is looked at
    "progress": ("step", "epoch", "nll", "learning_rate", "tokens", "seconds"),
    "validation": ("step", "bleu", "chrf"),
    "finished": ("step",),
}


@dataclass(frozen=True)
class Run:
    """A run's name, its events by kind, and its configuration by "section.field", where it lies beside the log."""

    name: str
    progress: tuple[Event, ...]
    validations: tuple[Event, ...]
    ended: str
    config: dict[str, str]


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Runs by their directories or logs.

    `UsageError` where one can't be read or is named twice, `DataError` where it is no log.
    """
    logs = [(path / "log.jsonl" if path.is_dir() else path).resolve() for path in paths]
    if len(set(logs)) < len(logs):
        raise UsageError("a run is named twice; name each once")
    names = shortened([str(log.parent if log.name == "log.jsonl" else log) for log in logs])
    return [_read(log, name) for log, name in zip(logs, names, strict=True)]


def report(runs: Sequence[Run]) -> Report:
    """The page of one run, or of several side by side."""
    drawn = _drawn(runs)
    parts = [
        section("Curves", figures(drawn)),
        section("Figures", table(_figures(runs))),
        *_samples(runs),
        *_configurations(runs),
    ]
    return Report(page("Training of " + ", ".join(run.name for run in runs), parts), tuple(drawn))


def _read(log: Path, name: str) -> Run:
    try:
        data = log.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {log}: {error.strerror}; name a run's directory, or its log.jsonl") from None
    events: dict[str, list[Event]] = {kind: [] for kind in NUMBERS}
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):  # what has no end yet is being written
        event = _event(decode_line(line, str(log), number), f"{log}:{number}")
        events[event["event"]].append(event)
    if not events["progress"] and not events["validation"]:
        raise DataError(f"{log} has no event of a training run yet; name a run that has made some updates")
    last = max(event["step"] for event in (*events["progress"], *events["validation"]))
    ended = next((one["reason"] for one in reversed(events["finished"]) if one["step"] >= last), "not yet")
    config = log.with_name("config.toml")
    table = parse_toml(config.read_text(encoding="utf-8", errors="replace"), str(config)) if config.is_file() else {}
    return Run(name, tuple(events["progress"]), tuple(events["validation"]), ended, _flat(table))


def _event(line: str, where: str) -> Event:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not _is_whole(event):
        raise DataError(f"{where}: no event of a training run; name a run's directory, or the log.jsonl in it")
    return event


def _is_whole(event: Event) -> bool:
    """Is it of a kind that a run logs, with what that kind has?"""
    kind = event.get("event")
    samples = event.get("samples", [])
    return (
        isinstance(kind, str)
        and kind in NUMBERS
        and all(isinstance(event.get(name), int | float) for name in NUMBERS[kind])
        and (kind != "validation" or "samples" in event)
        and isinstance(samples, list)
        and all(isinstance(sample, list) and [type(text) for text in sample] == [str] * 3 for sample in samples)
        and (kind != "finished" or isinstance(event.get("reason"), str))
    )


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Every field by its full name, as TOML has it but for strings, which need no quotes here."""
    flat: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return flat


def _drawn(runs: Sequence[Run]) -> list[Chart]:
    """Losses and rates by updates; dev scores by updates, and by minutes, which tells what was fast."""

    def progress(field: str) -> Callable[[Run], Curve]:
        return lambda run: _curve(run.progress, "step", field)

    def dev(across: str, field: str) -> Callable[[Run], Curve]:
        return lambda run: _curve(_timed(run), across, field)

    wanted = [
        ("loss", "Training loss (nll a token)", "updates", progress("nll"), False),
        ("bleu", "BLEU on dev", "updates", dev("step", "bleu"), True),
        ("bleu-by-time", "BLEU on dev by time", "minutes", dev("minutes", "bleu"), True),
        ("chrf", "chrF on dev", "updates", dev("step", "chrf"), True),
        ("learning-rate", "Learning rate", "updates", progress("learning_rate"), False),
        ("speed", "Target tokens a second", "updates", _speed, False),
    ]
    drawn = []
    for name, title, across, curve, is_marked in wanted:
        series = {run.name: curve(run) for run in runs}
        if any(xs for xs, _ in series.values()):
            drawn.append(curves(name, title, across, series, marked=is_marked))
    return drawn


def _curve(events: Sequence[Event], across: str, field: str) -> Curve:
    return [event[across] for event in events], [event[field] for event in events]


def _timed(run: Run) -> list[Event]:
    """The validations, each with the minutes that training had taken until then."""
    timed = []
    for event in run.validations:
        before = [progress["seconds"] for progress in run.progress if progress["step"] <= event["step"]]
        timed.append(event | {"minutes": max(before, default=0.0) / 60})
    return timed


def _speed(run: Run) -> Curve:
    """Tokens learned from between two lines of the log, by the seconds between them."""
    steps, speeds = [], []
    for before, event in pairwise(run.progress):
        if event["seconds"] > before["seconds"]:
            steps.append(event["step"])
            speeds.append(event["tokens"] / (event["seconds"] - before["seconds"]))
    return steps, speeds


def _figures(runs: Sequence[Run]) -> Table:
    rows = []
    for run in runs:
        facts = {"updates": "–", "epochs": "–", "time": "–", "target tokens": "–", "last nll": "–"}
        if run.progress:
            last = run.progress[-1]
            facts = {
                "updates": f"{last['step']:,}",
                "epochs": f"{last['epoch']:.1f}",
                "time": str(timedelta(seconds=round(last["seconds"]))),
                "target tokens": f"{sum(event['tokens'] for event in run.progress) / 1e6:.1f} M",
                "last nll": f"{last['nll']:.3f}",
            }
        for name, field in (("best BLEU", "bleu"), ("best chrF", "chrf")):
            best = max(run.validations, key=lambda event: event[field], default=None)
            facts[name] = f"{best[field]:.2f} at {best['step']:,}" if best else "–"
        rows.append((run.name, *facts.values(), run.ended))
    return Table("Runs; scores are on dev", ("run", *facts, "ended"), tuple(rows))


def _samples(runs: Sequence[Run]) -> list[str]:
    """The same sentences at each validation, and only what changed; marked is what the reference has not."""
    sections = []
    for run in runs:
        told: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for event in run.validations:
            for src, ref, hyp in event["samples"]:
                said = told.setdefault((src, ref), [])
                if not said or said[-1][1] != hyp:
                    said.append((event["step"], hyp))
        cards = []
        for (src, ref), said in told.items():
            rows = [(f"from {step:,}", marked(hyp, ref)) for step, hyp in said]
            rows = [("source", escape(src)), ("reference", escape(ref)), *rows]
            cards.append(f'<article class="card">{labelled(rows)}</article>')
        if cards:
            legend = paragraph("By updates, where it changed. Marked: what the reference has not.", "quiet")
            title = f"Samples over time: {run.name}" if len(runs) > 1 else "Samples over time"
            sections.append(section(title, legend, '<div class="examples">', *cards, "</div>"))
    return sections


def _configurations(runs: Sequence[Run]) -> list[str]:
    """Every field; of several runs those first in which they differ."""
    known = [run for run in runs if run.config]
    if not known:
        return []
    fields = list(dict.fromkeys(name for run in known for name in run.config))
    rows = [(name, *(run.config.get(name, "–") for run in known)) for name in fields]
    differ = [row for row in rows if len(set(row[1:])) > 1]
    alike = [row for row in rows if len(set(row[1:])) == 1]
    columns = ("field", *(run.name for run in known))
    groups = {"In which they differ": differ, "Alike" if differ else "config.toml": alike}
    tables = [table(Table(title, columns, tuple(some)), "prose") for title, some in groups.items() if some]
    return [section("Configuration", *tables)]
