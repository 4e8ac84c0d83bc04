"""The command line: parse, call the library, print. One file a command.

Exit codes: 0 done; 1 the work failed; 2 wrong usage; 3 done, but --strict and lines are flagged; 130 interrupted,
resumable.
A command whose reader closes the pipe ends as every filter does, by SIGPIPE.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from typing import Annotated, NoReturn, cast

import typer

from seq2seq import __version__
from seq2seq.cli.compare import compare
from seq2seq.cli.evaluate import evaluate
from seq2seq.cli.explain import explain
from seq2seq.cli.files import NO_ROOM
from seq2seq.cli.memory import app as memory
from seq2seq.cli.report import report
from seq2seq.cli.score import score
from seq2seq.cli.train import INTERRUPTED, train
from seq2seq.cli.translate import translate
from seq2seq.errors import UsageError, UserError

app = typer.Typer(
    name="seq2seq",
    help="Train LSTM encoder-decoders and translate English into Spanish.",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(translate)
app.command()(train)
app.command()(evaluate)
app.command()(compare)
app.command()(score)
app.command()(explain)
app.command()(report)
app.add_typer(memory, name="memory")

_ParserError = cast("type[Exception]", typer.BadParameter.__bases__[0])  # its home depends on typer's version


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seq2seq {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Train LSTM encoder-decoders and translate English into Spanish."""


def main() -> NoReturn:
    """Runs the command line and exits with its code; an error is told in one line on stderr."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # those of libraries speak to programmers
    gc.set_threshold(10_000)  # importing torch makes many objects, all to stay: look through them less often
    code = _run(sys.argv[1:] or ["--help"])
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:  # it was told; without this, Python would try again at its exit and tell it in its own way
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    gc.freeze()  # else Python looks through all that torch ever made once more before it ends: a quarter of a second
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """The exit code of a command line."""
    try:
        code: int | None = app(arguments, standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except UserError as error:
        return _fail(str(error), error.exit_code)
    except _ParserError as error:
        context = getattr(error, "ctx", None)
        program = context.command_path if context else "seq2seq"
        return _fail(f"{error.format_message()} (see {program} --help)", UsageError.exit_code)  # type: ignore[attr-defined]
    except BrokenPipeError:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        remedy = "make room" if error.errno in NO_ROOM else "see what is wrong there"
        return _fail(f"{where}{error.strerror or error}; {remedy}, or choose another place, and run it again", 1)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    return code or 0


def _fail(message: str, code: int) -> int:
    print("error:", " ".join(message.splitlines()), file=sys.stderr)
    return code
