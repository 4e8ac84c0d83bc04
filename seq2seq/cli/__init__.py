"""The command line: parse, call the library, print. One file a command.

Exit codes: 0 done; 1 the work failed; 2 wrong usage; 130 interrupted, resumable.
A command whose reader closes the pipe ends as every filter does, by SIGPIPE.
"""

from __future__ import annotations

import errno
import sys
from typing import Annotated, NoReturn

import typer

from seq2seq import __version__
from seq2seq.cli.evaluate import evaluate
from seq2seq.cli.train import train
from seq2seq.cli.translate import translate
from seq2seq.errors import UserError

app = typer.Typer(
    name="seq2seq",
    help="Train LSTM encoder-decoders and translate English into Spanish.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(translate)
app.command()(train)
app.command()(evaluate)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seq2seq {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Train LSTM encoder-decoders and translate English into Spanish."""


def main() -> NoReturn:
    """Runs the command line and exits with its code; a user's error is told in a line on stderr."""
    try:
        app()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS):
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror}; what was there before is unchanged. Make room or "
              "choose another place, and run the command again", file=sys.stderr)  # fmt: skip
        sys.exit(1)
    sys.exit(0)
