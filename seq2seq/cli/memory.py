"""`seq2seq memory`: fill a translation memory, take it elsewhere, look into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.files import open_output
from seq2seq.cli.sources import parse_source

app = typer.Typer(help="Translation memories: fill one, take it elsewhere, look into it.", add_completion=False)
MemoryFile = Annotated[Path, typer.Argument(help="The memory, an SQLite file.", show_default=False)]


@app.command()
def add(
    memory: MemoryFile,
    data: Annotated[
        list[str] | None,
        typer.Argument(
            help="Pairs: FILE.tmx, FILE, SRC_FILE,TGT_FILE or a corpus NAME. Without any, the memory is begun empty.",
            metavar="[DATA…]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Take translations by people into a memory, which is begun where there is none.

    What seq2seq translated itself, as TMX tells, is a machine's here, too.

    seq2seq memory add work.sqlite old.tmx pairs.tsv
    """
    from seq2seq.memory import Memory

    opened = Memory(memory, create=True)
    for one in data or []:
        changed = opened.add_units(_units(one))
        typer.echo(f"{one}: {changed:,} new or changed; {len(opened):,} in {memory}", err=True)
    opened.close()


@app.command()
def export(
    memory: MemoryFile,
    output: Annotated[Path, typer.Argument(help="The TMX file to write.", show_default=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")] = False,
) -> None:
    """Write a memory as TMX, which other translators' tools read."""
    from seq2seq.formats.exchange import write_tmx
    from seq2seq.memory import MACHINE, Memory

    opened = Memory(memory)
    with open_output(output, overwrite=overwrite) as file:
        count = write_tmx(file, ((src, tgt, origin == MACHINE) for src, tgt, origin in opened.units()))
    typer.echo(f"{count:,} units in {output}", err=True)


@app.command()
def find(
    memory: MemoryFile,
    text: Annotated[str, typer.Argument(help="An English text.", show_default=False)],
) -> None:
    """Print what is in a memory for a text, and what is nearly that: similarity, source, translation."""
    from seq2seq.memory import Memory, Near

    opened = Memory(memory)
    exact = [Near(source, target, 1.0) for source, target in opened.exact([text.strip()]).items()]
    for one in exact + opened.near(text.strip()):
        typer.echo(f"{one.similarity:.2f}\t{one.source}\t{one.target}")


def _units(given: str) -> Iterator[tuple[str, str, str]]:
    """Sources, targets, and whose they are."""
    from seq2seq.memory import MACHINE, PERSON

    if given.lower().endswith(".tmx"):
        from seq2seq.formats.exchange import read_tmx

        yield from ((src, tgt, MACHINE if by_machine else PERSON) for src, tgt, by_machine in read_tmx(Path(given)))
        return
    from seq2seq.config import Source, build
    from seq2seq.corpus import read_pairs

    yield from ((pair.src, pair.tgt, PERSON) for pair in read_pairs(build(Source, parse_source(given, "DATA"))))
