"""`seq2seq translate` from files to files: which become which, and how far it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from seq2seq.cli.files import NO_ROOM, check_output, open_input, open_output
from seq2seq.errors import UsageError, UserError
from seq2seq.formats.documents import DOCUMENTS, HTML, MD, XLIFF, read_document
from seq2seq.formats.rows import CSV, JSONL, TABLES, TEXT, TSV, Column, find_column, texts
from seq2seq.glossary import read_glossary
from seq2seq.memory import MACHINE, Memory
from seq2seq.workers import ENGINES, Work

if TYPE_CHECKING:
    from rich.console import Console

    from seq2seq.jobs import Progress
    from seq2seq.translation import Translation

FORMATS = (TEXT, *TABLES, *DOCUMENTS)
NAMES = {
    "tsv": TSV,
    "tab": TSV,
    "csv": CSV,
    "jsonl": JSONL,
    "ndjson": JSONL,
    "htm": HTML,
    "xhtml": HTML,
    "markdown": MD,
    "xlf": XLIFF,
}


def translate_files(
    inputs: Sequence[Path],
    output: Path | None,
    output_dir: Path | None,
    work: Work,
    *,
    format: str | None,
    column: str | None,
    jobs: int,
    engine: str,
    resume: bool,
    overwrite: bool,
    remember: bool,
) -> Counter[str]:
    """Translates files one after the other; how many lines have each flag.

    Each is of `format`, or of what its name tells; of tables, `column` is translated. With `resume`, outputs that are
    complete stay as they are. With `remember`, what was translated without a flag goes into the translation memory.
    Nothing is begun where an output may not be written.
    """
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if work.glossary:
        read_glossary(Path(work.glossary))  # what is wrong with it is told before anything is begun
    if work.memory:
        Memory(Path(work.memory)).close()
    pairs = [(inputs[0], output)] if output else list(_pairs(inputs, output_dir or Path()))
    todo = [pair for pair in pairs if not (resume and _is_complete(pair[1]))]
    kinds = [_kind(source, format, column, work) for source, _ in todo]
    if engine not in ENGINES:
        raise UsageError(f"--engine {engine} is not one of: {', '.join(ENGINES)}")
    for _, target in todo:
        _check(target, resume=resume, overwrite=overwrite)
    flags: Counter[str] = Counter()
    for kind, (source, target) in zip(kinds, todo, strict=True):
        named = replace(work, name=str(source), column=_column(kind, column, source))
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind in DOCUMENTS:
            flags += _document(kind, source, target, named, remember=remember)
        else:
            flags += _lines(source, target, named, console, jobs=jobs, engine=engine, resume=resume)
            if remember:
                _remember(source, target, named)
    if resume and (done := len(pairs) - len(todo)):
        console.print(f"{done} complete already", soft_wrap=True)
    return flags


def _pairs(inputs: Sequence[Path], output_dir: Path) -> Iterator[tuple[Path, Path]]:
    """Each file and where its translation goes: under its name, and below a folder under its path in the folder."""
    targets: dict[Path, Path] = {}
    for given in inputs:
        files = sorted(_below(given, output_dir)) if given.is_dir() else [given]
        if not files:
            raise UsageError(f"there is no file in {given}; name a folder that holds text files")
        for source in files:
            target = output_dir / (source.relative_to(given) if given.is_dir() else source.name)
            if target in targets:
                raise UsageError(f"{source} and {targets[target]} would both become {target}; translate them apart")
            if target.resolve() == source.resolve():
                raise UsageError(f"{target} would take the place of its own source; choose another --output-dir")
            targets[target] = source
            yield source, target


def _below(folder: Path, output_dir: Path) -> Iterator[Path]:
    """The files of a folder: neither hidden ones nor those that are written there."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and output_dir.resolve() not in path.resolve().parents:
            yield path


def _is_complete(target: Path) -> bool:
    from seq2seq.jobs import is_unfinished

    return target.is_file() and not is_unfinished(target)


def _check(target: Path, *, resume: bool, overwrite: bool) -> None:
    from seq2seq.jobs import is_unfinished

    if is_unfinished(target) and not (resume or overwrite):
        raise UsageError(f"a translation to {target} was begun; add --resume to go on, or --overwrite to begin anew")
    check_output(target, overwrite=overwrite or resume)


def kind_of(source: Path) -> str:
    """What a file's name tells of its format."""
    suffix = source.suffix.lower().removeprefix(".")
    return suffix if suffix in DOCUMENTS else NAMES.get(suffix, TEXT)


def _kind(source: Path, format: str | None, column: str | None, work: Work) -> str:
    """What kind of file it is. `UsageError` where the options don't go with that."""
    if format and format not in FORMATS:
        raise UsageError(f"--format {format} is not one of: {', '.join(FORMATS)}")
    told = kind_of(source)
    kind = format or (TEXT if told in TABLES and not column else told)
    if kind in TABLES and not column:
        raise UsageError(f"--format {kind} needs --column: which one is to be translated?")
    if column and kind not in TABLES:
        raise UsageError(
            f"{source} has no columns that we know of; add --format {', '.join(TABLES)}, or leave out --column"
        )
    if kind != TEXT and work.record != TEXT:
        raise UsageError(f"--json and --n-best are for plain text; {source} is translated as {kind}")
    return kind


def _column(kind: str, column: str | None, source: Path) -> Column | None:
    if not column or kind not in TABLES:
        return None
    with open_input(source) as file:
        return find_column(kind, column, file, str(source))


def worth_remembering(translations: Iterable[Translation]) -> Iterator[tuple[str, str]]:
    """Sources and translations that are new to the memory and have no flag."""
    from seq2seq.segment import is_translatable

    for one in translations:
        if not one.remembered and all(flag.startswith("mended") for flag in one.flags) and is_translatable(one.source):
            yield one.source, one.text


def _remember(source: Path, target: Path, work: Work) -> None:
    """Adds the lines of a finished job to its memory."""
    from seq2seq.detection import failures
    from seq2seq.segment import is_translatable

    assert work.memory
    with source.open("rb") as read, target.open("rb") as written:
        pairs = zip(texts(read, work.column, str(source)), _results(written, work, target), strict=True)
        kept = ((src, tgt) for src, tgt in pairs if is_translatable(src) and not failures(src, tgt))
        Memory(Path(work.memory)).add(kept, MACHINE)


def _results(file: BinaryIO, work: Work, target: Path) -> Iterator[str]:
    """The translations in what a job has written."""
    if work.record == "json":
        return (json.loads(line)["translation"] for line in file)
    return texts(file, work.column, str(target))


def _document(kind: str, source: Path, target: Path, work: Work, *, remember: bool) -> Counter[str]:
    """A file as a whole."""
    from seq2seq.translator import search_options
    from seq2seq.workers import load

    document = read_document(kind, source)
    translator = load(work)
    found = list(translator.stream(document.texts, **search_options(translator.search_config, work.search)))
    with open_output(target, overwrite=True) as file:
        file.write(document.fill([translation.text for translation in found]))
    if remember and translator.memory:
        translator.memory.add(worth_remembering(found), MACHINE)
    return Counter(flag for translation in found for flag in translation.flags)


def _lines(
    source: Path, target: Path, work: Work, console: Console, *, jobs: int, engine: str, resume: bool
) -> Counter[str]:
    """A file of lines or rows, as a job, with a progress bar on a terminal."""
    from rich import progress

    from seq2seq.jobs import translate_file

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[facts]}"),
        progress.TimeRemainingColumn(),
    )

    with progress.Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(source.name, facts="", total=None)
        first: Progress | None = None
        try:
            for last in translate_file(source, target, work, jobs=jobs, engine=engine, resume=resume):
                first = first or last
                rate = (last.position.lines - first.position.lines) / max(bar.tasks[0].elapsed or 0.0, 1e-9)
                facts = f"{last.position.lines:,} lines  {rate:,.0f} lines/s"
                bar.update(task, completed=last.position.read, total=last.size, facts=facts)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise UserError(f"cannot write {target}: {error.strerror}; make room, and go on with --resume") from None
    return last.position.flags
