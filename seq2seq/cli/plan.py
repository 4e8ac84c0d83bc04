"""`seq2seq translate` from files to files: which become which, and what is refused before anything is begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seq2seq.cli.files import check_output, open_input
from seq2seq.cli.ledger import Made, differences, flags_of, made_from, read_ledger
from seq2seq.errors import UsageError
from seq2seq.formats.documents import DOCUMENTS, HTML, MD, XLIFF
from seq2seq.formats.rows import CSV, JSONL, TABLES, TEXT, TSV, Column, find_column
from seq2seq.workers import Work

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
LOOKED_AT = 2**16  # bytes of a file that tell whether it is text


@dataclass(frozen=True)
class Task:
    """A file, what it is to become, its format, and of a table the column that is translated."""

    source: Path
    target: Path
    kind: str
    column: Column | None = None

    def of(self, work: Work) -> Work:
        """The work as it is to be done here."""
        return replace(work, name=str(self.source), column=self.column)


def plan(
    inputs: Sequence[Path],
    output: Path | None,
    output_dir: Path | None,
    work: Work,
    *,
    format: str | None,
    column: str | None,
    resume: bool,
    overwrite: bool,
    say: Callable[[str], None],
) -> tuple[list[Task], Counter[str]]:
    """What is to be done, of files one after the other. `UsageError` where something of it can't be.

    With `resume`, what is complete is left out, and told; how many lines of that have each flag, comes second. So is
    told what a folder has that is no text.
    """
    if format and format not in FORMATS:
        raise UsageError(f"--format {format} is not one of: {', '.join(FORMATS)}")
    if resume and overwrite:
        raise UsageError("--resume goes on, --overwrite begins anew; give one of them")
    pairs = [(inputs[0], output)] if output else list(_pairs(inputs, output_dir or Path(), format, say))
    sources = {source.resolve() for source, _ in pairs}
    for source, target in pairs:
        if target.resolve() in sources or (target.exists() and source.exists() and target.samefile(source)):
            raise UsageError(f"{target} would take the place of a source; choose another output")
    kinds = [_kind(source, format, column) for source, _ in pairs]
    if column and not set(kinds) & set(TABLES):
        raise UsageError(
            f"{pairs[0][0]} has no columns that we know of; add --format {', '.join(TABLES)}, or leave out --column"
        )
    for (source, _), kind in zip(pairs, kinds, strict=True):
        if kind != TEXT and work.record != "text":
            raise UsageError(f"--json and --n-best are for plain text; {source} is translated as {kind}")
    tasks = [
        Task(source, target, kind, _column(kind, column, source))
        for (source, target), kind in zip(pairs, kinds, strict=True)
    ]
    folder = output.parent if output else output_dir or Path()
    known = read_ledger(folder) if resume else {}
    todo: list[Task] = []
    flags: Counter[str] = Counter()
    for task in tasks:
        made = known.get(str(task.target.relative_to(folder)))
        if resume and _is_complete(task, work, made):
            flags += flags_of(made)
        else:
            todo.append(task)
    for task in todo:
        _check(task, resume=resume, overwrite=overwrite)
    if len(todo) < len(tasks):
        say(f"{len(tasks) - len(todo)} complete already")
    return todo, flags


def kind_of(source: Path) -> str:
    """What a file's name tells of its format."""
    suffix = source.suffix.lower().removeprefix(".")
    return suffix if suffix in DOCUMENTS else NAMES.get(suffix, TEXT)


def _pairs(
    inputs: Sequence[Path], output_dir: Path, format: str | None, say: Callable[[str], None]
) -> Iterator[tuple[Path, Path]]:
    """Each file and where its translation goes: under its name, and below a folder under its path in the folder."""
    targets: dict[Path, Path] = {}
    for given in inputs:
        if given.is_dir() and given.resolve() == output_dir.resolve():
            raise UsageError(f"{output_dir} is the folder that is read; choose another --output-dir")
        files = sorted(_below(given, output_dir, format, say)) if given.is_dir() else [given]
        if not files:
            raise UsageError(f"there is no file in {given}; name a folder that holds text files")
        for source in files:
            target = output_dir / (source.relative_to(given) if given.is_dir() else source.name)
            if target in targets:
                raise UsageError(f"{source} and {targets[target]} would both become {target}; translate them apart")
            if output_dir.resolve() not in target.resolve().parents:
                raise UsageError(f"{target} is, by a link, not in {output_dir}; choose another --output-dir")
            targets[target] = source
            yield source, target


def _below(folder: Path, output_dir: Path, format: str | None, say: Callable[[str], None]) -> Iterator[Path]:
    """The files of a folder: neither hidden ones, nor those that are written there, nor what is no text."""
    written = output_dir.resolve()
    is_inside = folder.resolve() in written.parents
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or (is_inside and written in path.resolve().parents):
            continue
        if path.is_dir() and path.is_symlink():
            say(f"left out: {path} is a link to a folder")
        elif path.is_file() and (format or kind_of(path)) in (TEXT, *TABLES) and not _is_text(path):
            say(f"left out: {path} is no text in UTF-8")
        elif path.is_file():
            yield path


def _is_text(path: Path) -> bool:
    """Is what a file begins with text in UTF-8?"""
    with open_input(path) as file:
        begin = file.read(LOOKED_AT)
    if len(begin) == LOOKED_AT:
        begin = begin[: begin.rfind(b"\n") + 1] or begin[:-4]
    try:
        return "\0" not in begin.decode()
    except UnicodeDecodeError as error:
        return error.start > LOOKED_AT - 8  # a character that the cut went through


def _is_complete(task: Task, work: Work, made: Made | None) -> bool:
    """Is there an output that needs no work? `UsageError` where there is one of another job, as far as can be told."""
    from seq2seq.jobs import is_unfinished

    source, target = task.source, task.target
    if not target.is_file() or is_unfinished(target):
        return False
    if not source.exists():
        return True
    if made:
        other = differences(made, made_from(source, task.kind, task.of(work)))
    elif source.stat().st_mtime > target.stat().st_mtime:
        other = "an older input"
    else:
        other = "another input" if task.kind == TEXT and not _is_of_as_many_lines(source, target, work) else ""
    if other:
        raise UsageError(
            f"{target} was made from {other}; take it away, or begin anew with --overwrite in place of --resume"
        )
    return True


def _is_of_as_many_lines(source: Path, target: Path, work: Work) -> bool:
    if work.record == "list":
        return True
    with source.open("rb") as read, target.open("rb") as written:
        return sum(1 for _ in read) == sum(1 for _ in written)


def _check(task: Task, *, resume: bool, overwrite: bool) -> None:
    from seq2seq.jobs import is_unfinished

    source, target = task.source, task.target
    if source.exists() and not source.is_file():
        raise UsageError(f"{source} is a pipe or a device; translate it by itself: seq2seq translate < {source}")
    with open_input(source):
        pass
    if is_unfinished(target) and not (resume or overwrite):
        raise UsageError(f"a translation to {target} was begun; add --resume to go on, or --overwrite to begin anew")
    check_output(target, overwrite=overwrite or resume)


def _kind(source: Path, format: str | None, column: str | None) -> str:
    """What kind of file it is. `UsageError` where it is a table, and not said what of it is translated."""
    kind = format or kind_of(source)
    if kind in TABLES and not column:
        raise UsageError(
            f"{source} is a table; name with --column what is to be translated, or add --format {TEXT} to translate "
            "its lines as they stand"
        )
    return kind


def _column(kind: str, column: str | None, source: Path) -> Column | None:
    if not column or kind not in TABLES or not source.exists():
        return None
    with open_input(source) as file:
        return find_column(kind, column, file, str(source))
