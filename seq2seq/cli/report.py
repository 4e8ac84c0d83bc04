"""`seq2seq report`: a page of one training run, or of several side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.report_files import open_report


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Training runs: their directories, or logs (log.jsonl).", metavar="RUN…", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="Write the page here, in HTML.", show_default=False)],
    png: Annotated[Path | None, typer.Option(help="Its charts as PNG files in this directory, too.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an --out or --png that exists.")] = False,
) -> None:
    """Draw training runs: loss, learning rate and dev scores, figures, samples over time, configurations.

    seq2seq report runs/demo --out demo.html
    seq2seq report runs/small runs/wide --out both.html
    """
    from seq2seq.report.runs import read_runs
    from seq2seq.report.runs import report as draw

    with open_report(out, png, "--out", overwrite=overwrite) as write:
        assert write, "there is a file to write to"
        write(draw(read_runs(runs)))
