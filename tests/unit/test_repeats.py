"""A line that comes again is translated once, and what is written does not depend on where a job was stopped."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.repeats import LONGEST, Repeats, once
from seq2seq.workers import Result, Shard

AHEAD = 3  # shards that are read before the first result comes, as where processes work side by side
shards_of_lines = st.lists(st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n", b"e\n"]), min_size=1))


class Machine:
    """Translates a line as which one it is of those that it was given, so that no two translations are alike."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    def __call__(self, shards: Iterator[Shard]) -> Generator[Result]:
        ready: list[Result] = []
        for shard in shards:
            outputs, flagged = [], []
            for number, line in zip(shard.numbers, shard.lines, strict=True):
                self.given.append(line)
                outputs.append(b"%s %d\n" % (line.strip(), len(self.given)))
                flagged += [(number, ["loop"])] if line == b"b\n" else []
            ready.append(Result(shard.end, tuple(outputs), flagged))
            if len(ready) > AHEAD:
                yield ready.pop(0)
        yield from ready


def cut(shards: list[list[bytes]]) -> list[Shard]:
    made, first = [], 1
    for lines in shards:
        made.append(Shard(tuple(lines), range(first, first + len(lines)), first + len(lines)))
        first += len(lines)
    return made


@given(shards_of_lines)
def test_each_line_is_translated_once_and_written_wherever_it_stands(shards: list[list[bytes]]) -> None:
    machine = Machine()
    results = list(once(iter(cut(shards)), machine, Repeats()))
    lines = [line for lines in shards for line in lines]
    assert machine.given == list(dict.fromkeys(lines))
    assert [len(result.outputs) for result in results] == [len(lines) for lines in shards]
    assert [result.end for result in results] == [shard.end for shard in cut(shards)]
    place = {line: number for number, line in enumerate(machine.given, start=1)}
    written = [output for result in results for output in result.outputs]
    assert written == [b"%s %d\n" % (line.strip(), place[line]) for line in lines]
    flagged = [number for result in results for number, flags in result.flagged if flags == ["loop"]]
    assert flagged == [number for number, line in enumerate(lines, start=1) if line == b"b\n"]


@given(shards_of_lines)
def test_no_more_lines_are_remembered_than_told(shards: list[list[bytes]]) -> None:
    machine = Machine()
    list(once(iter(cut(shards)), machine, Repeats(2)))
    wanted: list[bytes] = []
    known: list[bytes] = []
    for line in (line for lines in shards for line in lines):
        if line not in known:
            wanted.append(line)
            known = [*known, line][-2:]
    assert machine.given == wanted


def test_long_lines_are_not_remembered() -> None:
    machine, long = Machine(), b"x" * LONGEST + b"\n"
    results = list(once(iter(cut([[long, b"a\n"], [b"a\n", long]])), machine, Repeats()))
    assert machine.given == [long, b"a\n", long]
    assert [len(result.outputs) for result in results] == [2, 2]


@given(shards_of_lines, st.data())
def test_a_job_that_is_gone_on_with_writes_what_an_undisturbed_one_does(
    shards: list[list[bytes]], data: st.DataObject
) -> None:
    whole = list(once(iter(cut(shards)), Machine(), Repeats(2)))
    done = data.draw(st.integers(0, len(shards)))
    repeats, machine = Repeats(2), Machine()
    outputs = [output for result in whole[:done] for output in result.outputs]
    repeats.learn(
        (line for lines in shards[:done] for line in lines),
        outputs,
        [flagged for result in whole[:done] for flagged in result.flagged],
    )
    machine.given = [b"of before"] * max((int(output.split()[1]) for output in outputs), default=0)
    assert list(once(iter(cut(shards)[done:]), machine, repeats)) == whole[done:]
