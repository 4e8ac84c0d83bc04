"""`seq2seq translate` from files to files: one after the other, watched, and what is told of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, BinaryIO

from seq2seq.cli.files import NO_ROOM, open_output
from seq2seq.cli.plan import Task, plan
from seq2seq.errors import UsageError, UserError
from seq2seq.formats.documents import DOCUMENTS, parse_document, read_document
from seq2seq.formats.kept import KEPT
from seq2seq.formats.rows import TEXT, texts
from seq2seq.glossary import Glossary, read_glossary
from seq2seq.memory import MACHINE, Memory
from seq2seq.workers import ENGINES, Work

if TYPE_CHECKING:
    from rich.console import Console

    from seq2seq.jobs import Progress
    from seq2seq.translation import Translation

UNTRANSLATED = "untranslated"  # the flag of a part of a document whose translation would not fit into it
LISTED = 10  # flagged parts of a document that are named


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

    def say(what: str) -> None:
        console.print(what, soft_wrap=True, markup=False)

    if engine not in ENGINES:
        raise UsageError(f"--engine {engine} is not one of: {', '.join(ENGINES)}")
    if work.glossary:
        read_glossary(Path(work.glossary))  # what is wrong with it is told before anything is begun
    if work.memory:
        Memory(Path(work.memory)).close()
    notes: list[str] = []
    tasks = plan(
        inputs,
        output,
        output_dir,
        format=format,
        column=column,
        only_text=work.record != TEXT,
        resume=resume,
        overwrite=overwrite,
        say=notes.append,
    )
    for note in notes:
        say(note)
    flags: Counter[str] = Counter()
    for task in tasks:
        named = replace(work, name=str(task.source), column=task.column)
        task.target.parent.mkdir(parents=True, exist_ok=True)
        if task.kind in DOCUMENTS:
            flags += _document(task, named, say, remember=remember)
        else:
            flags += _lines(task.source, task.target, named, console, jobs=jobs, engine=engine, resume=resume)
            if remember:
                _remember(task.source, task.target, named)
    return flags


def worth_remembering(translations: Iterable[Translation]) -> Iterator[tuple[str, str]]:
    """Sources and translations that are new to the memory, have no flag, and hold nothing that a format has marked."""
    from seq2seq.segment import is_translatable

    for one in translations:
        is_good = all(flag.startswith("mended") for flag in one.flags)
        if is_good and not one.remembered and is_translatable(one.source) and not KEPT.search(one.source):
            yield one.source, one.text


def _remember(source: Path, target: Path, work: Work) -> None:
    """Adds the lines of a finished job to its memory, but for those that would be flagged."""
    assert work.memory
    glossary = read_glossary(Path(work.glossary)) if work.glossary else None
    with source.open("rb") as read, target.open("rb") as written:
        pairs = zip(texts(read, work.column, str(source)), _results(written, work, target), strict=True)
        kept = ((src, tgt) for src, tgt in pairs if _is_faithful(src, tgt, glossary))
        Memory(Path(work.memory)).add(kept, MACHINE)


def _is_faithful(source: str, translation: str, glossary: Glossary | None) -> bool:
    """Does a line's translation deserve no flag, as far as the two texts tell?"""
    from seq2seq.detection import failures
    from seq2seq.protection import protect
    from seq2seq.scripts import is_foreign
    from seq2seq.segment import is_translatable

    return (
        is_translatable(source)
        and not is_foreign(source)
        and not failures(source, translation)
        and all(original in translation for original in protect(source).originals)
        and not (glossary and any(not term.is_in(translation) for term in glossary.asked(source)))
    )


def _results(file: BinaryIO, work: Work, target: Path) -> Iterator[str]:
    """The translations in what a job has written."""
    if work.record == "json":
        return (json.loads(line)["translation"] for line in file)
    return texts(file, work.column, str(target))


def _document(task: Task, work: Work, say: Callable[[str], None], *, remember: bool) -> Counter[str]:
    """A file as a whole. What is flagged is told, as much of it as can be read."""
    from seq2seq.translator import search_options
    from seq2seq.workers import load

    document = read_document(task.kind, task.source)
    translator = load(work)
    found = list(translator.stream(document.texts, **search_options(translator.search_config, work.search)))
    filled = document.fill([translation.text for translation in found])
    with open_output(task.target, overwrite=True) as file:
        file.write(filled)
    if remember and translator.memory:
        translator.memory.add(worth_remembering(found), MACHINE)
    left = Counter(parse_document(task.kind, filled, str(task.target)).texts)
    flags = [(one, flag) for one in found for flag in one.flags]
    flags += [(one, UNTRANSLATED) for one in found if one.text != one.source and left[one.source]]
    failed = [(one, flag) for one, flag in flags if not flag.startswith("mended")]
    for one, flag in failed[:LISTED]:
        say(f"{task.source}: {flag}: {shorten(one.source, 80, placeholder=' …')}")
    if len(failed) > LISTED:
        say(f"{task.source}: and {len(failed) - LISTED:,} more")
    return Counter(flag for _, flag in flags)


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
