"""`seq2seq translate` from files to files: one after the other, watched, and what is told of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, BinaryIO

from seq2seq.cli.files import NO_ROOM, open_output
from seq2seq.cli.ledger import has_ledger, made_from, note
from seq2seq.cli.plan import Task, plan
from seq2seq.errors import DataError, UsageError, UserError
from seq2seq.formats.documents import DOCUMENTS, parse_document, read_document
from seq2seq.formats.kept import KEPT
from seq2seq.formats.rows import texts
from seq2seq.glossary import read_glossary
from seq2seq.memory import MACHINE, Memory
from seq2seq.workers import ENGINES, RAY, Work, flags_left

if TYPE_CHECKING:
    from rich.console import Console

    from seq2seq.jobs import Progress
    from seq2seq.translation import Translation

UNTRANSLATED = "untranslated"  # the flag of a part of a document whose translation would not fit into it
LISTED = 10  # flagged parts of a document that are named, unless all of them are asked for


@dataclass(frozen=True)
class Manner:
    """How files are translated, beside the work itself, and where it is shown."""

    console: Console
    jobs: int  # processes, for text and tables
    engine: str
    resume: bool
    remember: bool  # what was translated without a flag, in the translation memory
    strict: bool  # name all that is flagged
    ledger: Path | None  # the folder where what is complete is noted

    def say(self, what: str) -> None:
        """Tells it on standard error."""
        self.console.print(what, soft_wrap=True, markup=False)


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
    strict: bool,
) -> Counter[str]:
    """Translates files one after the other, and tells how many lines have each flag; with `strict`, which ones.

    Each is of `format`, or of what its name tells; of tables, `column` is translated. With `resume`, outputs that are
    complete stay as they are. With `remember`, what was translated without a flag goes into the translation memory.
    Nothing is begun where an output may not be written; where a file of several turns out not to be what it should,
    the others are translated, and a `UserError` ends it.
    """
    from rich.console import Console

    folder = output.parent if output else output_dir or Path()
    noting = output_dir or resume or has_ledger(folder)  # a single translation leaves nothing beside it
    manner = Manner(
        Console(stderr=True, highlight=False), jobs, engine, resume, remember, strict, folder if noting else None
    )
    if engine not in ENGINES:
        raise UsageError(f"--engine {engine} is not one of: {', '.join(ENGINES)}")
    if work.glossary:
        read_glossary(Path(work.glossary))  # what is wrong with it is told before anything is begun
    if work.memory:
        _look_into(Path(work.memory), writing=remember)
    notes: list[str] = []
    tasks, flags = plan(
        inputs,
        output,
        output_dir,
        work,
        format=format,
        column=column,
        resume=resume,
        overwrite=overwrite,
        say=notes.append,
    )
    if engine == RAY and tasks and all(task.kind in DOCUMENTS for task in tasks):
        raise UsageError(f"--engine {RAY} is for text and tables; {tasks[0].source} is translated as {tasks[0].kind}")
    for told in notes:
        manner.say(told)
    return _translate_all(tasks, work, manner, flags)


def _look_into(memory: Path, *, writing: bool) -> None:
    """What is wrong with a memory is told before anything is begun."""
    opened = Memory(memory)
    if writing:
        opened.check_writable()
    opened.close()


def _translate_all(tasks: Sequence[Task], work: Work, manner: Manner, flags: Counter[str]) -> Counter[str]:
    """How many lines have each flag, those counted in `flags` before among them."""
    failed = 0
    for done, task in enumerate(tasks):
        task.target.parent.mkdir(parents=True, exist_ok=True)
        try:
            made = made_from(task.source, task.kind, task.of(work))
            own = (_document if task.kind in DOCUMENTS else _lines)(task, task.of(work), manner)
            flags += own
            if manner.ledger:
                note(manner.ledger, task.target, made, own)
        except DataError as error:
            if len(tasks) == 1:
                raise
            manner.say(f"error: {error}")
            failed += 1
        except UsageError as error:
            if not done:
                raise
            raise UserError(str(error)) from None  # that of a command which has done something
        except KeyboardInterrupt:
            from seq2seq.jobs import is_unfinished

            begun = is_unfinished(task.target) or not task.target.exists()
            manner.say(f"interrupted; {'go on with --resume' if begun else 'give the same command again'}")
            raise
    if flags:
        counts = ", ".join(f"{flag} {count:,}" for flag, count in sorted(flags.items()))
        manner.say(f"lines with flags: {counts}")
    if failed:
        raise UserError(f"{failed} of {len(tasks)} files could not be translated; mend them, and go on with --resume")
    return flags


def worth_remembering(translations: Iterable[Translation]) -> Iterator[tuple[str, str]]:
    """Sources and translations that are new to the memory, have no flag, and hold nothing that a format has marked."""
    from seq2seq.segment import is_translatable

    for one in translations:
        is_good = not flags_left(one.flags) and is_translatable(one.source) and not KEPT.search(one.source)
        if is_good and not one.remembered:
            yield one.source, one.text


def _document(task: Task, work: Work, manner: Manner) -> Counter[str]:
    """A file as a whole. What is flagged is told, as much of it as can be read."""
    from seq2seq.jobs import discard, is_unfinished
    from seq2seq.translator import search_options
    from seq2seq.workers import load

    document = read_document(task.kind, task.source)
    translator = load(work)
    found = list(translator.stream(document.texts, **search_options(translator.search_config, work.search)))
    filled = document.fill([translation.text for translation in found])
    if manner.remember and translator.memory is not None:
        translator.memory.add(worth_remembering(found), MACHINE)
    with open_output(task.target, overwrite=True) as file:
        file.write(filled)
    if is_unfinished(task.target):  # it was begun as text
        discard(task.target)
    left = Counter(parse_document(task.kind, filled, str(task.target)).texts)
    flags = [(one, flag) for one in found for flag in one.flags]
    flags += [(one, UNTRANSLATED) for one in found if one.text != one.source and left[one.source]]
    failed = [(one, flag) for one, flag in flags if flags_left([flag])]
    listed = len(failed) if manner.strict else LISTED
    for one, flag in failed[:listed]:
        manner.say(f"{task.source}: {flag}: {shorten(one.source, 80, placeholder=' …')}")
    if len(failed) > listed:
        manner.say(f"{task.source}: and {len(failed) - listed:,} more; --strict names all")
    return Counter(flag for _, flag in flags)


def _lines(task: Task, work: Work, manner: Manner) -> Counter[str]:
    """A file of lines or rows, as a job, with a progress bar on a terminal."""
    from rich import progress

    from seq2seq.jobs import translate_file

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[facts]}"),
        progress.TimeRemainingColumn(),
    )
    flagged: set[int] = set()
    options: dict[str, Any] = {"jobs": manner.jobs, "engine": manner.engine, "resume": manner.resume}
    if manner.remember:
        options["finish"] = lambda written: _remember(task.source, written, work, flagged)
    with progress.Progress(*columns, console=manner.console, disable=not manner.console.is_terminal) as bar:
        shown = bar.add_task(task.source.name, facts="", total=None)
        first: Progress | None = None
        try:
            for last in translate_file(task.source, task.target, work, **options):
                first = first or last
                rate = (last.position.lines - first.position.lines) / max(bar.tasks[0].elapsed or 0.0, 1e-9)
                facts = f"{last.position.lines:,} lines  {rate:,.0f} lines/s"
                bar.update(shown, completed=last.position.read, total=last.size, facts=facts)
                for number, names in last.flagged:
                    if manner.strict:
                        manner.say(f"{task.source}:{number}: {' '.join(names)}")
                    if manner.remember:
                        flagged.add(number)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise UserError(
                f"cannot write {task.target}: {error.strerror}; make room, and go on with --resume"
            ) from None
    return last.position.flags


def _remember(source: Path, written: Path, work: Work, flagged: Container[int]) -> None:
    """Adds what a job has written to its memory, but for the lines that are flagged."""
    from seq2seq.segment import is_translatable

    assert work.memory
    with source.open("rb") as read, written.open("rb") as results:
        pairs = zip(texts(read, work.column, str(source)), _results(results, work, written), strict=True)
        kept = (
            (src, tgt)
            for number, (src, tgt) in enumerate(pairs, start=1)
            if number not in flagged and is_translatable(src)
        )
        try:
            Memory(Path(work.memory)).add(kept, MACHINE)
        except UserError as error:
            raise UserError(f"{error}: all is translated, --resume has only to remember it") from None


def _results(file: BinaryIO, work: Work, written: Path) -> Iterator[str]:
    """The translations in what a job has written."""
    if work.record == "json":
        return (json.loads(line)["translation"] for line in file)
    return texts(file, work.column, str(written))
