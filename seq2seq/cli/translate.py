"""`seq2seq translate`: arguments, a pipe or files, line by line."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq.cli.batch import translate_files, worth_remembering
from seq2seq.cli.files import STDIN, check_apart, is_plain, open_input, open_output, ready_blocks
from seq2seq.cli.kernels import TRANSLATING, keep_few
from seq2seq.cli.plan import FORMATS, kind_of
from seq2seq.errors import UsageError
from seq2seq.formats.documents import DOCUMENTS
from seq2seq.formats.rows import TABLES
from seq2seq.lines import decode_line
from seq2seq.locations import pretrained
from seq2seq.memory import MACHINE
from seq2seq.workers import Work, flags_left

if TYPE_CHECKING:
    from seq2seq.translation import Translation
    from seq2seq.translator import Translator

SEARCH = "How to search"
FLAGGED = 3  # exit code


def translate(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Text to translate, in quotes (a file goes with --input); without it, standard input."),
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            help="A model directory; else the one that comes with the package. Repeatable: several are averaged.",
            envvar="SEQ2SEQ_MODEL",
            show_default=False,
        ),
    ] = None,
    input: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file to translate (text, a table or a document), or a folder of them. Repeatable.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Where to write; without it, standard output.")] = None,
    output_dir: Annotated[Path | None, typer.Option(help="Where files of the same names are written.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a translation of files stopped.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes of one thread each, for text and tables. Default: by size.", show_default=False
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="Where text and tables are translated: local, or ray, a cluster.", show_default="local"),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(help=f"Format of all files: {', '.join(FORMATS)}. Default: by their names.", show_default=False),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            help="The column of TSV, CSV or JSON lines to translate: its name in the header, or, where there is none, "
            "its number from 1."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Name the lines that are flagged, and exit with 3 if any is.")
    ] = False,
    beam_size: Annotated[int | None, typer.Option(min=1, help="1 is greedy search. Default: the model's.")] = None,
    n_best: Annotated[
        int | None, typer.Option(min=1, help="Print this many translations of each line: number, score, text.")
    ] = None,
    length_penalty: Annotated[
        float | None, typer.Option(min=0.0, help="0 favours short translations. Default: the model's.")
    ] = None,
    coverage_penalty: Annotated[
        float | None,
        typer.Option(min=0.0, help="Rank lower what leaves parts of the source unattended.", rich_help_panel=SEARCH),
    ] = None,
    no_repeat_ngram: Annotated[
        int | None, typer.Option(min=0, help="Say no sequence of so many tokens twice.", rich_help_panel=SEARCH)
    ] = None,
    glossary: Annotated[
        Path | None,
        typer.Option(
            help="A CSV file of terms, source,target: each source must come out as its target.", show_default=False
        ),
    ] = None,
    memory: Annotated[
        Path | None,
        typer.Option(help="A translation memory: what is in it is taken from there (seq2seq memory --help)."),
    ] = None,
    remember: Annotated[
        bool, typer.Option("--remember", help="Add what is translated, and has no flag, to the memory.")
    ] = False,
    split: Annotated[
        str | None,
        typer.Option(
            help="What is translated at a time: sentence, line (cut where too long), or none (never cut).",
            show_default="sentence",
        ),
    ] = None,
    prefix: Annotated[
        str, typer.Option(help="How each translation begins; the model goes on.", rich_help_panel=SEARCH)
    ] = "",
    mbr: Annotated[
        bool | None,
        typer.Option("--mbr", help="Of the beam, take what is most like all of it (chrF).", rich_help_panel=SEARCH),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=0.0, help="Above 0: draw translations, at 1 as the model has them.", rich_help_panel=SEARCH),
    ] = None,
    top_k: Annotated[int | None, typer.Option(min=0, help="Draw from so many tokens.", rich_help_panel=SEARCH)] = None,
    top_p: Annotated[
        float | None,
        typer.Option(help="Draw from the fewest tokens whose probabilities add up to this.", rich_help_panel=SEARCH),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the drawing.", rich_help_panel=SEARCH)] = None,
    mend: Annotated[
        bool | None,
        typer.Option(
            "--mend/--no-mend",
            help="Translate again where a translation loops, copies, or loses a number or a placeholder.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    protect: Annotated[
        bool | None,
        typer.Option(
            "--protect/--no-protect",
            help="Carry addresses, code, tags, {slots}, emoji through unchanged.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    shortlist: Annotated[
        bool | None,
        typer.Option(
            "--shortlist/--no-shortlist",
            help="Look only at words that are likely to come up: faster on old processors, a little worse.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="With --json: each piece said and its log-probability.")
    ] = False,
    alignments: Annotated[
        Path | None, typer.Option(help="Write word links here, a line each: 0-0 1-2 … (Pharaoh's format).")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    precision: Annotated[
        str, typer.Option(help="fp32, bf16, int8 (on CPUs), or auto: the smallest that is fast here.")
    ] = "auto",
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Sentences that are searched together. Default: by the beam's size.")
    ] = None,
) -> None:
    """Translate text: as many lines out as in, in order, with blank lines and line ends kept.

    Results go to standard output as they come, everything else to standard error. Without --model, the model that
    comes with the package translates.

        seq2seq translate "The cat sleeps."
        seq2seq translate < letter.en > letter.es
        seq2seq translate --input letters/ --output-dir cartas/
    """
    keep_few(TRANSLATING)
    for argument in text or []:
        if os.path.isfile(argument):  # noqa: PTH113 (a Path raises where the text is too long for a name)
            typer.echo(f"{argument} is a file; to translate what is in it: --input {argument}", err=True)
    as_job = resume or bool(jobs or engine or format or column)
    _check_files(text, input, output, output_dir, alignments, (glossary, memory), as_job=as_job)
    if n_best and beam_size and n_best > beam_size:
        raise UsageError(
            f"--n-best {n_best} is more than --beam-size {beam_size} can find; raise --beam-size, or lower --n-best"
        )
    if not temperature and (top_k or top_p or seed is not None):
        raise UsageError("--top-k, --top-p and --seed are for drawing; add --temperature 1")
    if glossary and (prefix or temperature):
        raise UsageError("--glossary is for beam search; leave out --prefix and --temperature")
    if memory and prefix:
        raise UsageError("--memory has whole translations, which begin as they do; leave out --prefix")
    if remember and (not memory or n_best):
        raise UsageError("--remember adds to a --memory, and not with --n-best; name the memory's file")
    if tokens and not json_lines:
        raise UsageError("--tokens shows in JSON; add --json")
    given: dict[str, Any] = {
        "beam_size": beam_size,
        "n_best": n_best,
        "length_penalty": length_penalty,
        "coverage_penalty": coverage_penalty,
        "no_repeat_ngram": no_repeat_ngram,
        "prefix": prefix or None,
        "tokens": tokens or None,
        "near": bool(memory and json_lines) or None,
        "split": split,
        "mbr": mbr,
        "mend": mend,
        "protect": protect,
        "shortlist": shortlist,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "seed": seed,
    }
    work = Work(
        models=tuple(map(str, model or [pretrained()])),
        search={name: value for name, value in given.items() if value is not None},
        glossary=str(glossary) if glossary else None,
        memory=str(memory) if memory else None,
        record="json" if json_lines else "list" if n_best is not None else "text",
        device=device,
        precision=precision,
        batch_size=batch_size or 0,
    )
    if input and (output_dir or (output and is_plain(output) and is_plain(input[0]) and not alignments)):
        flags = translate_files(
            input,
            output,
            output_dir,
            work,
            format=format,
            column=column,
            jobs=jobs or 0,
            engine=engine or "local",
            resume=resume,
            overwrite=overwrite,
            remember=remember,
            strict=strict,
        )
    else:
        if resume or jobs or engine or format or column:
            raise UsageError(
                "--resume, --jobs, --engine, --format and --column are for files, and this is a pipe or a device"
            )
        if input and kind_of(input[0]) in DOCUMENTS:
            raise UsageError(f"{input[0]} is translated as a whole: add --output FILE, and leave out --alignments")
        if input and kind_of(input[0]) in TABLES:
            raise UsageError(f"{input[0]} is a table: add --column and --output FILE, and leave out --alignments")
        flags = _stream(text, input, output, alignments, work, overwrite=overwrite, remember=remember, strict=strict)
    if strict and (failed := sum(flags[flag] for flag in flags_left(flags))):
        typer.echo(f"{failed:,} flags are left", err=True)
        raise typer.Exit(FLAGGED)


def _stream(
    text: list[str] | None,
    input: list[Path] | None,
    output: Path | None,
    alignments: Path | None,
    work: Work,
    *,
    overwrite: bool,
    remember: bool,
    strict: bool,
) -> Counter[str]:
    """Translates arguments, standard input or one file as they come; how many lines have each flag.

    With `strict`, those that are flagged are named.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has enough, as filters do
    from seq2seq.jobs import discard, is_unfinished

    flags: Counter[str] = Counter()
    source = input[0] if input else None
    if output and is_plain(output) and is_unfinished(output):
        if not overwrite:
            raise UsageError(f"a job that writes {output} was begun; add --overwrite, or choose another --output")
        discard(output)
    with ExitStack() as files:
        file = None if text else files.enter_context(open_input(source))
        sink = files.enter_context(open_output(output, overwrite=overwrite))
        links = files.enter_context(open_output(alignments, overwrite=overwrite)) if alignments else None
        from seq2seq.alignment import pharaoh
        from seq2seq.records import record
        from seq2seq.translator import search_options
        from seq2seq.workers import load

        translator = load(work)
        search = search_options(translator.search_config, work.search) | {"alignments": links is not None}
        blocks = ready_blocks(file) if file else [_argument_lines(text or [])]
        name = "text" if text else str(source or STDIN)
        for block in _translated(translator, blocks, name, search):
            if remember and translator.memory is not None:
                translator.memory.add(worth_remembering(translation for _, _, translation in block), MACHINE)
            for number, line, translation in block:
                sink.write(record(work.record, number, line, translation))
                flags.update(translation.flags)
                if strict and (left := flags_left(translation.flags)):
                    typer.echo(f"{name}:{number}: {' '.join(left)}", err=True)
                if links:
                    links.write(f"{pharaoh(translation.candidates[0].links)}\n".encode())
            sink.flush()
    return flags


def _check_files(
    text: list[str] | None,
    input: list[Path] | None,
    output: Path | None,
    output_dir: Path | None,
    alignments: Path | None,
    read: Sequence[Path | None],
    *,
    as_job: bool,
) -> None:
    """`UsageError` where what is read and what is written don't go together."""
    if text and input:
        raise UsageError("give text or --input, not both")
    if output and output_dir:
        raise UsageError("give --output or --output-dir, not both")
    if input and not output_dir and (len(input) > 1 or input[0].is_dir()):
        raise UsageError("several files, or a folder, need --output-dir")
    check_apart([output, alignments], [*(input or ()), *read])
    if output_dir and (not input or alignments):
        raise UsageError("--output-dir goes with --input, and not with --alignments")
    if as_job and (not input or not (output or output_dir)):
        raise UsageError(
            "--resume, --jobs, --engine, --format and --column go with --input and --output or --output-dir"
        )
    if as_job and alignments:
        raise UsageError("--resume, --jobs, --engine, --format and --column don't go with --alignments; leave that out")


def _translated(
    translator: Translator, blocks: Iterable[list[bytes]], name: str, search: dict[str, Any]
) -> Iterator[list[tuple[int, str, Translation]]]:
    """For each block its lines: the number, the line with its end, and its translation."""
    done = 0
    for block in blocks:
        lines = [decode_line(line, name, number) for number, line in enumerate(block, start=done + 1)]
        translations = translator.translate_block([line.removesuffix("\n") for line in lines], **search)
        yield list(zip(range(done + 1, done + len(lines) + 1), lines, translations, strict=True))
        done += len(lines)


def _argument_lines(text: list[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogateescape") + b"\n" for argument in text for line in argument.split("\n")]
