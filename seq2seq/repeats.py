"""Lines that a file has more than once: translated where they come first, written again where they come later.

What counts as a repetition follows from the input alone, not from who translates what or when, so the output is the
same bytes in any number of processes and wherever a job was stopped. Memory is bounded: the last KEPT different lines
are remembered, and none of them is longer than LONGEST.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from seq2seq.workers import Flagged, Result, Shard

KEPT = 2**16  # some dozens of megabytes
LONGEST = 512  # bytes


@dataclass(slots=True)
class Line:
    """What is written for a line, and its flags, once that is known."""

    output: bytes = b""
    flags: Sequence[str] = ()


class Repeats:
    """The last different lines of a file, from its beginning to where it is read."""

    def __init__(self, size: int = KEPT) -> None:
        self._size = size
        self._lines: OrderedDict[bytes, Line] = OrderedDict()

    def meet(self, line: bytes) -> tuple[Line, bool]:
        """The next line of the file: what is or will be known of it, and is it new?"""
        known = self._lines.get(line)
        if known:
            return known, False
        if len(line) > LONGEST:
            return Line(), True
        new = self._lines[line] = Line()
        if len(self._lines) > self._size:
            self._lines.popitem(last=False)
        return new, True

    def learn(self, lines: Iterable[bytes], outputs: Iterable[bytes], flagged: Flagged) -> None:
        """The file's beginning, and what was written for each line of it: a job is gone on with."""
        flags = dict(flagged)
        for number, (line, output) in enumerate(zip(lines, outputs, strict=True), start=1):
            met, is_new = self.meet(line)
            if is_new:
                met.output, met.flags = output, flags.get(number, ())


def once(
    shards: Iterator[Shard], translate: Callable[[Iterator[Shard]], Generator[Result]], repeats: Repeats
) -> Generator[Result]:
    """`translate(shards)`, in order, where each line is given to `translate` the first time alone."""
    waiting: deque[tuple[Shard, list[tuple[Line, bool]]]] = deque()

    def without_repeats() -> Iterator[Shard]:
        for shard in shards:
            met = [repeats.meet(line) for line in shard.lines]
            waiting.append((shard, met))
            new = [place for place, (_, is_new) in enumerate(met) if is_new]
            lines = tuple(shard.lines[place] for place in new)
            yield Shard(lines, [shard.numbers[place] for place in new], shard.end)

    with closing(translate(without_repeats())) as results:
        for result in results:
            shard, met = waiting.popleft()
            flags, outputs = dict(result.flagged), iter(result.outputs)
            for number, (line, is_new) in zip(shard.numbers, met, strict=True):
                if is_new:
                    line.output, line.flags = next(outputs), flags.get(number, ())
            numbered = zip(shard.numbers, (line for line, _ in met), strict=True)
            flagged = [(number, line.flags) for number, line in numbered if line.flags]
            yield Result(shard.end, tuple(line.output for line, _ in met), flagged)
