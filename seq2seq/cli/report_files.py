"""Reports and tables at the door: refused before anything is computed, written when all is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.cli.files import open_output
from seq2seq.errors import UsageError
from seq2seq.report.tables import FORMATS

if TYPE_CHECKING:
    from seq2seq.report.page import Report

EXAMPLES = 5  # sentences of each kind
Write = Callable[["Report"], None]


@contextmanager
def open_report(path: Path | None, png: Path | None, option: str, *, overwrite: bool) -> Iterator[Write | None]:
    """What writes a report's page to `path`, and its charts into the directory `png`; None where no path is given.

    `UsageError` where that can't be: there is a file already, or matplotlib is missing.
    """
    if path is None:
        if png:
            raise UsageError(f"--png draws the charts of a report; add {option} FILE.html")
        yield None
        return
    check_drawing()
    if png and png.exists() and not png.is_dir():
        raise UsageError(f"{png} is a file; name a directory as --png")
    if png and not overwrite and any(png.glob("*.png")):
        raise UsageError(f"{png} has charts already; add --overwrite, or choose another --png")
    with open_output(path, overwrite=overwrite, option=option) as file:
        if png:
            _make(png)

        def write(report: Report) -> None:
            file.write(report.html.encode())
            if png:
                for chart in report.charts:
                    with open_output(png / f"{chart.name}.png", overwrite=True, option="--png") as drawn:
                        drawn.write(chart.png())

        yield write


def check_drawing() -> None:
    """`UsageError` without matplotlib."""
    if find_spec("matplotlib") is None:
        raise UsageError("charts need matplotlib; pip install 'seq2seq[report]'")


def _make(png: Path) -> None:
    try:
        png.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the directory {png}: {error.strerror}; choose another --png") from None


def check_format(wanted: str, *, as_json: bool) -> None:
    """`UsageError` where there is no such format of tables, or two are asked for."""
    if wanted not in FORMATS:
        raise UsageError(f'there is no --format "{wanted}"; there are: {", ".join(FORMATS)}')
    if as_json and wanted != "text":
        raise UsageError("--json and --format are two formats; give one of them")
