"""A file translated as a job: by several processes, watched, killed and taken up again.

    input ─ shards of lines ─ workers ─ shards of translations, in order ─ .output.part ─ output
                                                                        └ .output.journal

Shards are cut at fixed places of the input and each is translated by itself, so the output is the same bytes
whichever process does which, and wherever a job was stopped (on one machine: others compute in other types). The
journal says of each shard that is written where it ends; it is written behind the shard, and both are flushed to the
disk, so what it says is true after a power cut.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from seq2seq import __version__, locations
from seq2seq.cluster import on_ray
from seq2seq.errors import DataError, UsageError
from seq2seq.formats.rows import TEXT, parse, records
from seq2seq.lines import decode_line
from seq2seq.memory import Memory
from seq2seq.records import TEXT as PLAIN
from seq2seq.repeats import Repeats, once
from seq2seq.workers import LOCAL, RAY, Flagged, Result, Shard, Work, flags_left, local, parallel

SHARD_LINES = 1024  # enough to sort by length; what a kill may cost is some seconds of work
JOURNAL = "seq2seq-journal-3"
GPUS = ("/dev/nvidia0", "/dev/kfd")  # where there is one; asking torch would cost its loading


@dataclass
class Position:
    """Where a job stands: bytes read and written, lines, and how many of them have each flag."""

    read: int = 0
    written: int = 0
    lines: int = 0
    flags: Counter[str] = field(default_factory=Counter)

    def after(self, result: Result) -> Position:
        """Where it stands when a shard more is written."""
        written = self.written + sum(map(len, result.outputs))
        flags = Counter(flag for _, names in result.flagged for flag in names)
        return Position(result.end, written, self.lines + len(result.outputs), self.flags + flags)


@dataclass(frozen=True)
class Progress:
    """A look at a running job; `size` is the input's, in bytes, `flagged` what came since the last look.

    Of flags only those of what still fails.
    """

    position: Position
    size: int
    flagged: Flagged = ()


def translate_file(
    source: Path,
    target: Path,
    work: Work,
    *,
    jobs: int = 0,
    engine: str = LOCAL,
    resume: bool = False,
    finish: Callable[[Path], None] | None = None,
) -> Generator[Progress]:
    """Translates `source` into `target`, and tells where it stands when it begins and after every shard.

    `jobs` processes with one thread each; 0: as many as there are cores, or this one alone where there is too little
    to do for several. `engine`: LOCAL, this machine, or RAY, a cluster. `target` appears, or is replaced, when all is
    done. What a job that did not end has left is gone on with if `resume`, else thrown away. `finish` is given the file
    that is about to become `target`; where it raises, the job has not ended, and can be gone on with. Raises
    `UsageError` where files cannot be read or written or a job cannot be gone on with, `DataError` where the input is
    no text or the journal is damaged, and `UserError` where translating fails; what is done by then is kept.
    """
    target = target.resolve()
    with _opened(source) as file, _locked(target) as journal:
        identity = describe(file, work)
        part = _part_path(target)
        size = os.fstat(file.fileno()).st_size
        position, flagged = _taken_up(journal, identity, size, part, target) if resume else (Position(), [])
        yield Progress(position, size, _left(flagged))
        try:
            with part.open("r+b" if position.read else "wb") as sink:
                if not position.read:
                    _write_journal(journal, identity)
                sink.seek(position.written)
                sink.truncate()
                shards = _shards(file, work, position)
                repeats = _repeats(file, part, work, position, flagged) if position.read < size else None
                with closing(_run(shards, work, size, jobs, engine, repeats)) as results:
                    for result in results:
                        sink.writelines(result.outputs)
                        _flush(sink)
                        position = position.after(result)
                        _append(journal, position, result.flagged)
                        yield Progress(position, size, _left(result.flagged))
            if finish:
                finish(part)
            part.replace(target)
            flush_directory(target.parent)  # its new name must be on the disk before the journal is gone from there
            _journal_path(target).unlink()
        finally:
            if not position.read:  # nothing is lost, so nothing is left
                part.unlink(missing_ok=True)
                journal.truncate(0)


def is_unfinished(target: Path) -> bool:
    """Has a job that did not end left something for this target?"""
    try:
        return _journal_path(target).stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:  # the journal's name, for one, is longer than the target's
        raise UsageError(f"cannot write {target}: {error.strerror}; choose another --output") from None


def discard(target: Path) -> None:
    """Takes away what a job that did not end has left for this target."""
    with _locked(target) as journal:
        _part_path(target).unlink(missing_ok=True)
        journal.truncate(0)


def describe(file: BinaryIO, work: Work) -> dict[str, Any]:
    """What makes a job this job: any difference and the output would not be of one piece.

    Reads the whole input: a `DataError` in its last line comes before anything is begun.
    """
    file.seek(0)
    digest = hashlib.sha256()
    for number, line in enumerate(_rows(file, work), start=1):
        digest.update(line)
        text = decode_line(line, work.name, number)
        if work.column:
            parse(work.column, text, work.name, number)
    identity = {"format": JOURNAL, "version": __version__, "lines in a shard": SHARD_LINES, "input": digest.hexdigest()}
    return dict(json.loads(json.dumps(identity | options_of(work))))  # as the journal will give it back


def options_of(work: Work) -> dict[str, Any]:
    """All that an output follows from, but for the input: files by what is in them."""
    options = asdict(work) | {"models": [locations.fingerprint(Path(path)) for path in work.models]}
    if work.glossary:
        options["glossary"] = hashlib.sha256(Path(work.glossary).read_bytes()).hexdigest()
    if work.memory:
        options["memory"] = Memory(Path(work.memory)).state()
    del options["name"]
    return options


def _left(flagged: Flagged) -> Flagged:
    """The lines that still fail, and in what."""
    left = ((number, flags_left(flags)) for number, flags in flagged)
    return [(number, flags) for number, flags in left if flags]


def _run(
    shards: Iterator[Shard], work: Work, size: int, jobs: int, engine: str, repeats: Repeats | None
) -> Generator[Result]:
    def translate(shards: Iterator[Shard]) -> Generator[Result]:
        if engine == RAY:
            return on_ray(shards, work, jobs)
        processes = jobs or _usual_jobs(size, work.device)
        return parallel(shards, work, processes) if processes else local(shards, work)

    return once(shards, translate, repeats) if repeats else translate(shards)


def _repeats(file: BinaryIO, part: Path, work: Work, position: Position, flagged: Flagged) -> Repeats | None:
    """The lines that the job has met up to here; None where what is written says more than a line's translation."""
    if work.column or work.record != PLAIN:
        return None
    repeats = Repeats()
    if position.lines:
        file.seek(0)
        with part.open("rb") as written:
            repeats.learn(islice(_rows(file, work), position.lines), islice(written, position.lines), flagged)
    return repeats


def _usual_jobs(size: int, device: str) -> int:
    """Processes for so many bytes: a second one must earn the loading of its model. 0: this one alone.

    A GPU is one process's.
    """
    if device not in ("auto", "cpu") or (device == "auto" and any(map(os.path.exists, GPUS))):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if size > 2**16 and cores > 1 else 0


def _rows(file: BinaryIO, work: Work) -> Iterator[bytes]:
    return records(work.column.kind if work.column else TEXT, file)


def _shards(file: BinaryIO, work: Work, position: Position) -> Iterator[Shard]:
    file.seek(position.read)
    rows = _rows(file, work)
    first, end = position.lines + 1, position.read
    while lines := list(islice(rows, SHARD_LINES)):
        end += sum(map(len, lines))
        yield Shard(tuple(lines), range(first, first + len(lines)), end)
        first += len(lines)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
        file.peek(1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a text file that exists") from None
    with file:
        yield file


# The journal: a line that describes the job, then one for each shard, each ended by a line end when it is whole


def _part_path(target: Path) -> Path:
    target = target.resolve()
    return target.with_name(f".{target.name}.part")


def _journal_path(target: Path) -> Path:
    target = target.resolve()
    return target.with_name(f".{target.name}.journal")


@contextmanager
def _locked(target: Path) -> Iterator[BinaryIO]:
    """The target's journal, for this process alone; where nothing was written into it, it is gone afterwards."""
    path = _journal_path(target)
    try:
        file = path.open("a+b")
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}; choose another --output") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _taken(target) from None
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
            raise _taken(target)  # another process ended just now, and has taken this journal away
        try:
            yield file
        finally:
            if path.exists() and not path.stat().st_size:
                path.unlink()


def _taken(target: Path) -> UsageError:
    return UsageError(f"another process writes {target}; wait for it, or choose another --output")


def _taken_up(
    journal: BinaryIO, identity: Mapping[str, Any], size: int, part: Path, target: Path
) -> tuple[Position, Flagged]:
    """Where the job that left this journal stands, and what was flagged; cuts off half a line.

    `UsageError` where it was another job.
    """
    journal.seek(0)
    whole = [line for line in journal if line.endswith(b"\n")]
    if not whole:
        return Position(), []
    journal.truncate(sum(map(len, whole)))
    anew = "add --overwrite in place of --resume to begin anew"
    try:
        begun, *lines = (json.loads(line) for line in whole)
        differences = {name for name in identity if begun.get(name) != identity[name]}
        done, flagged = _told(lines if differences <= {"memory"} else [])
    except (ValueError, TypeError, LookupError, AttributeError):
        raise DataError(f"{_journal_path(target)} is damaged; {anew}") from None
    if lines and done.read == size:
        differences.discard("memory")  # nothing is looked up any more, and what was made here may be in it by now
    if differences:
        raise UsageError(
            f"the unfinished translation {part} was begun with another {' and another '.join(sorted(differences))}; "
            "give what it was begun with, or --overwrite in place of --resume to begin anew"
        )
    if not part.exists() and target.exists() and target.stat().st_size == done.written:
        target.replace(part)  # it was complete, and died before it could say so
    if not part.exists() or part.stat().st_size < done.written:
        raise UsageError(f"{part} was cut since it was written; {anew}")
    return done, flagged


def _told(lines: Iterable[Mapping[str, Any]]) -> tuple[Position, Flagged]:
    """What a journal's lines, but for the first, say of the job."""
    position, flagged = Position(), []
    for line in lines:
        counts = Counter({str(flag): int(count) for flag, count in line["flags"].items()})
        position = Position(int(line["read"]), int(line["written"]), int(line["lines"]), counts)
        flagged += [(int(number), list(map(str, flags))) for number, flags in line["flagged"]]
    return position, flagged


def _write_journal(journal: BinaryIO, identity: Mapping[str, Any]) -> None:
    journal.seek(0)
    journal.truncate()
    journal.write(json.dumps(identity).encode() + b"\n")
    _flush(journal)


def _append(journal: BinaryIO, position: Position, flagged: Flagged) -> None:
    journal.seek(0, os.SEEK_END)
    journal.write(json.dumps(vars(position) | {"flagged": flagged}).encode() + b"\n")
    _flush(journal)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def flush_directory(path: Path) -> None:
    """Names that were given or taken away there are on the disk afterwards."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
