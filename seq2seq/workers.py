"""Shards of lines through a translator: in this process, or in several, with the results in order."""

from __future__ import annotations

import multiprocessing
import signal
import warnings
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq.errors import UserError
from seq2seq.formats.rows import Column, parse
from seq2seq.glossary import read_glossary
from seq2seq.lines import decode_line
from seq2seq.memory import Memory

if TYPE_CHECKING:
    from seq2seq.translator import Translator

LOCAL, RAY = ENGINES = ("local", "ray")  # where shards are translated: by this machine, or by a cluster
AHEAD = 4  # shards for each process that may be under way or wait for an earlier one
Flagged = Sequence[tuple[int, Sequence[str]]]  # numbers of lines, and the flags of each, those of what was mended, too
DEATHS = 3  # of processes at one shard, after which it is given up


@dataclass(frozen=True)
class Work:
    """How lines are translated and what is written for them."""

    models: tuple[str, ...]
    search: Mapping[str, Any] = field(default_factory=dict)  # fields of SearchConfig, and `prefix`
    record: str = "text"  # a kind of `records`
    glossary: str | None = None  # a file of terms
    memory: str | None = None  # a translation memory's file
    column: Column | None = None  # of a table, that is to be translated
    device: str = "auto"
    precision: str = "auto"
    batch_size: int = 0  # as the translator chooses
    name: str = "input"  # of the text, in errors


@dataclass(frozen=True)
class Shard:
    """Lines with their ends, their numbers from 1, and where in the input, in bytes, the last one ends."""

    lines: tuple[bytes, ...]
    numbers: Sequence[int]
    end: int


@dataclass(frozen=True)
class Result:
    """What is written for each line of the shard that ends there, and which of them have flags."""

    end: int
    outputs: tuple[bytes, ...]
    flagged: Flagged = ()


def local(shards: Iterator[Shard], work: Work) -> Generator[Result]:
    """One after the other, in this process, with all its threads."""
    translator = load(work)
    return (translate_shard(translator, work, shard) for shard in shards)


def parallel(shards: Iterator[Shard], work: Work, jobs: int) -> Generator[Result]:
    """In `jobs` processes of one thread each; results in the shards' order.

    A process that dies is replaced and its shard given to another one. Raises the first `UserError` of a shard,
    and one where DEATHS processes died at the same shard.
    """
    workers: list[_Worker] = []
    again: list[Shard] = []  # of processes that died
    under_way: dict[int, Result | None] = {}  # by where they end, in order
    deaths: Counter[int] = Counter()
    try:
        workers += (_Worker(work) for _ in range(jobs))
        while True:
            for worker in [worker for worker in workers if worker.shard is None]:
                if again or len(under_way) < AHEAD * jobs:
                    worker.give(again.pop() if again else next(shards, None))
                    if worker.shard:
                        under_way.setdefault(worker.shard.end, None)
            if not under_way:
                return
            for connection in wait([worker.connection for worker in workers if worker.shard]):
                [number] = [n for n, worker in enumerate(workers) if worker.connection is connection]
                worker = workers[number]
                assert worker.shard
                try:
                    taken = worker.take()
                    under_way[taken.end] = taken
                except EOFError:
                    deaths[worker.shard.end] += 1
                    if deaths[worker.shard.end] == DEATHS:
                        raise _given_up(worker.shard) from None
                    again.append(worker.shard)
                    workers[number] = _Worker(work)
            while under_way and (result := under_way[next(iter(under_way))]):
                del under_way[result.end]
                yield result
    finally:
        for worker in workers:
            worker.stop()


class _Worker:
    """A process, and the shard that it has."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(other, work), daemon=True)
        self.process.start()
        other.close()  # so that its death closes the pipe
        self.shard: Shard | None = None

    def give(self, shard: Shard | None) -> None:
        """A shard to translate; a process that died meanwhile is found out by `take`."""
        self.shard = shard
        if shard:
            with suppress(ConnectionError):
                self.connection.send(shard)

    def take(self) -> Result:
        """The shard's result. Raises the `UserError` that it ended with, and `EOFError` where the process died."""
        try:
            answer: Result | UserError = self.connection.recv()
        except OSError:  # it died while it sent
            raise EOFError from None
        self.shard = None
        if isinstance(answer, UserError):
            raise answer
        return answer

    def stop(self) -> None:
        """Ends the process, whatever it does."""
        self.connection.close()
        self.process.terminate()
        self.process.join()


def _serve(connection: Connection, work: Work) -> None:
    """What a process does: takes shards and gives results until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent decides
    warnings.simplefilter("ignore")
    try:
        import torch

        torch.set_num_threads(1)
        translator = load(work)
    except UserError as error:
        connection.recv()
        connection.send(error)
        return
    with suppress(EOFError, ConnectionError):  # the parent has closed the pipe, or is no more
        while True:
            connection.send(_answer(translator, work, connection.recv()))


def _answer(translator: Translator, work: Work, shard: Shard) -> Result | UserError:
    """The shard's result, or why there is none."""
    try:
        return translate_shard(translator, work, shard)
    except UserError as error:
        return error


def load(work: Work) -> Translator:
    """The translator that does this work; the last one is kept, for a folder has many files."""
    return _load(work.models, work.glossary, work.memory, work.device, work.precision, work.batch_size)


@lru_cache(maxsize=1)
def _load(
    models: tuple[str, ...], glossary: str | None, memory: str | None, device: str, precision: str, batch_size: int
) -> Translator:
    from seq2seq.translator import Translator

    return Translator.load(
        *models,
        glossary=read_glossary(Path(glossary)) if glossary else None,
        memory=Memory(Path(memory)) if memory else None,
        device=device,
        precision=precision,
        batch_size=batch_size,
    )


def translate_shard(translator: Translator, work: Work, shard: Shard) -> Result:
    """What is written for a shard. `DataError` names the line that is no text."""
    from seq2seq.records import record
    from seq2seq.translator import search_options

    numbered = zip(shard.numbers, shard.lines, strict=True)
    lines = [decode_line(line, work.name, number) for number, line in numbered]
    rows = (
        [parse(work.column, line, work.name, number) for number, line in zip(shard.numbers, lines, strict=True)]
        if work.column
        else []
    )
    texts = [row.text for row in rows] if work.column else [line.removesuffix("\n") for line in lines]
    translations = translator.translate_block(texts, **search_options(translator.search_config, work.search))
    if work.column:
        written = [row.fill(one.text).encode() for row, one in zip(rows, translations, strict=True)]
    else:
        columns = zip(shard.numbers, lines, translations, strict=True)
        written = [record(work.record, number, line, one) for number, line, one in columns]
    flagged = [(number, one.flags) for number, one in zip(shard.numbers, translations, strict=True) if one.flags]
    return Result(shard.end, tuple(written), flagged)


def flags_left(flags: Iterable[str]) -> list[str]:
    """The flags of what still fails, without those of what was mended."""
    return [flag for flag in flags if not flag.startswith("mended")]


def _given_up(shard: Shard) -> UserError:
    lines = f"lines {shard.numbers[0]:,} to {shard.numbers[-1]:,}" if shard.numbers else "lines"
    return UserError(
        f"the process that translates {lines} died {DEATHS} times; if memory is short, lower --jobs or --batch-size, "
        "and go on with --resume"
    )
