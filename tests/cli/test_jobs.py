"""Files to files: the same bytes from any number of processes, and from a job that was killed and taken up again."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from command import TIMEOUT, Done, change_config, contents, start, told

from seq2seq import Translator, jobs, sentences, workers
from seq2seq.cli import ledger
from seq2seq.errors import DataError, UsageError, UserError
from seq2seq.formats.pages import Page
from seq2seq.formats.rows import find_column
from seq2seq.jobs import Progress, translate_file
from seq2seq.workers import DEATHS, Result, Shard, Work

FAILED, USAGE, FLAGGED = 1, 2, 3
Call = Callable[..., Done]
SHARD = 40  # lines
fill = Page.fill


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Text of some shards: numbered, so that no line is as another, with blank lines, CRLF and an open end."""
    draw = random.Random(1)
    words = ["the cat", "my uncle", "a red house", "sleeps", "buys", "the church", "tomorrow", "at three"]
    lines = [f"{number}. {' '.join(draw.sample(words, 3))}.\n" for number in range(6 * SHARD + 7)]
    lines[3], lines[50], lines[-1] = "\n", "  the end\r\n", "my uncle sleeps"
    (tmp_path / "many.en").write_bytes("".join(lines).encode())
    return tmp_path / "many.en"


@pytest.fixture
def work(hasty: Path) -> Work:
    return Work(models=(str(hasty),), precision="fp32", search={"max_length_extra": 6})


@pytest.fixture
def wanted(hasty: Path, source: Path) -> bytes:
    """The library's translation, all lines at once."""
    lines = source.read_bytes().decode().split("\n")
    translator = Translator.load(hasty, precision="fp32")
    return "\n".join(translator.translate(lines, max_length_extra=6)).encode()


@pytest.fixture(autouse=True)
def short_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SHARD_LINES", SHARD)


def made_in(folder: Path) -> dict[str, bytes]:
    """What was translated into a folder."""
    return {name: data for name, data in contents(folder).items() if name != ledger.NAME}


def run_until(events: Iterator[Progress], lines: int) -> None:
    """A job as it is when it dies behind so many lines: nothing of what comes after happens."""
    for progress in events:
        if progress.position.lines >= lines:
            events.close()  # type: ignore[attr-defined]
            return


@pytest.mark.parametrize("processes", [0, 2])
def test_a_job_writes_what_the_library_translates(source: Path, work: Work, wanted: bytes, processes: int) -> None:
    target = source.with_name("many.es")
    looks = [progress.position.lines for progress in translate_file(source, target, work, jobs=processes)]
    assert target.read_bytes() == wanted
    assert looks == [*range(0, 6 * SHARD + 1, SHARD), 6 * SHARD + 7]
    assert set(source.parent.iterdir()) == {source, target, source.parent / "model"}, "nothing is left beside it"


def test_a_job_that_stops_anywhere_ends_as_if_it_had_not(source: Path, work: Work, wanted: bytes) -> None:
    target, part = source.with_name("many.es"), source.with_name(".many.es.part")
    draw = random.Random(2)
    for stop in (0, SHARD, SHARD, 3 * SHARD, 5 * SHARD):
        run_until(translate_file(source, target, work, resume=True), stop)
        assert jobs.is_unfinished(target) == (stop > 0)
        if stop:  # what a power cut may leave: a shard that the journal does not know, half a line of the journal
            with part.open("ab") as file:
                file.write(draw.randbytes(draw.randint(0, 500)))
            with source.with_name(".many.es.journal").open("ab") as file:
                file.write(b'{"read": 12')
    [first, *_] = looks = list(translate_file(source, target, work, resume=True))
    assert first.position.lines == 5 * SHARD
    assert looks[-1].position.lines == 6 * SHARD + 7
    assert target.read_bytes() == wanted


def test_flagged_lines_are_told_also_by_a_job_that_is_gone_on_with(
    source: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentences, "failures", lambda text, _: ("loop",) if "uncle" in text else ())
    work = replace(work, search={**work.search, "mend": False})
    wanted = [(number, ["loop"]) for number, line in enumerate(source.open(), start=1) if "uncle" in line]
    target = source.with_name("many.es")
    run_until(translate_file(source, target, work), 3 * SHARD)
    looks = list(translate_file(source, target, work, resume=True))
    assert [(number, list(flags)) for look in looks for number, flags in look.flagged] == wanted
    assert looks[-1].position.flags == {"loop": len(wanted)}
    assert max(number for number, _ in looks[0].flagged) <= 3 * SHARD


@pytest.mark.parametrize("processes", [0, 2])
def test_a_line_that_comes_again_is_translated_once_also_by_a_job_that_is_gone_on_with(
    source: Path, work: Work, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    lines = [f"{number}. My uncle sleeps.\n" for number in range(SHARD)]
    source.write_text("".join(lines * 3) + "A red house.\n" * SHARD)
    target, given = source.with_name("many.es"), []

    def counted(translator: Translator, work: Work, shard: Shard) -> Result:
        given.append(len(shard.lines))
        return workers.translate_shard(translator, work, shard)

    run_until(translate_file(source, target, work, jobs=processes), SHARD)
    monkeypatch.setattr(workers, "local", lambda shards, work: (counted(workers.load(work), work, s) for s in shards))
    monkeypatch.setattr(jobs, "local", workers.local)
    list(translate_file(source, target, work, resume=True))
    assert given == [0, 0, 1]
    written = target.read_text().splitlines()
    assert written[:SHARD] == written[SHARD : 2 * SHARD] == written[2 * SHARD : 3 * SHARD]
    assert (
        written[0] == Translator.load(work.models[0], precision="fp32").translate(lines[:1], **work.search)[0].strip()
    )
    assert set(written[3 * SHARD :]) == {written[-1]}


def test_a_job_whose_end_fails_has_not_ended(source: Path, work: Work, wanted: bytes) -> None:
    target = source.with_name("many.es")

    def fail(written: Path) -> None:
        assert written.read_bytes() == wanted
        raise UserError("no")

    with pytest.raises(UserError, match="no"):
        list(translate_file(source, target, work, finish=fail))
    assert jobs.is_unfinished(target)
    assert not target.exists()
    assert len(list(translate_file(source, target, work, resume=True))) == 1
    assert target.read_bytes() == wanted


def test_a_table_s_job_is_gone_on_with(source: Path, work: Work) -> None:
    rows = source.with_name("rows.tsv")
    rows.write_bytes(b"".join(b"%d\tthe cat sleeps %d.\n" % (number, number) for number in range(3 * SHARD)))
    with rows.open("rb") as file:
        table = replace(work, column=find_column("tsv", "2", file, "rows.tsv"))
    for _ in translate_file(rows, rows.with_name("undisturbed"), table):
        pass
    run_until(translate_file(rows, rows.with_name("out"), table), SHARD)
    looks = list(translate_file(rows, rows.with_name("out"), table, resume=True))
    assert looks[0].position.lines == SHARD
    assert rows.with_name("out").read_bytes() == rows.with_name("undisturbed").read_bytes()


def test_a_job_that_died_when_all_was_done_is_done(source: Path, work: Work, wanted: bytes) -> None:
    target, journal = source.with_name("many.es"), source.with_name(".many.es.journal")
    for progress in translate_file(source, target, work):
        if progress.position.lines:
            said = journal.read_bytes()
    journal.write_bytes(said)  # as if it had been killed between the two last things it does
    assert len(list(translate_file(source, target, work, resume=True))) == 1
    assert target.read_bytes() == wanted
    assert not journal.exists()


def test_a_job_is_gone_on_with_only_as_what_it_was(source: Path, work: Work, hasty: Path) -> None:
    target = source.with_name("many.es")

    def refused(changed: Work, *words: str) -> None:
        with pytest.raises(UsageError) as error:
            list(translate_file(source, target, changed, resume=True))
        assert all(word in str(error.value) for word in (*words, ".many.es.part", "--overwrite"))

    run_until(translate_file(source, target, work), 2 * SHARD)
    before = contents(source.parent)
    refused(Work(models=work.models, precision="fp32", search={"beam_size": 2}), "another search")
    refused(Work(models=work.models, precision="bf16", search=work.search), "another precision")
    (hasty / "SHA256SUMS").write_bytes((hasty / "SHA256SUMS").read_bytes() + b"0  other\n")
    refused(work, "another model")
    (hasty / "SHA256SUMS").write_bytes(before["model/SHA256SUMS"])
    text = source.read_bytes()
    source.write_bytes(text + b"\nmore")
    refused(work, "another input")
    source.write_bytes(text)
    assert contents(source.parent) == before
    source.with_name(".many.es.part").write_bytes(b"short")
    refused(work, "was cut")


def test_two_processes_do_not_write_one_file(source: Path, work: Work) -> None:
    target = source.with_name("many.es")
    first = translate_file(source, target, work)
    next(first)
    with pytest.raises(UsageError, match=r"another process writes .*many\.es"):
        next(translate_file(source, target, work, resume=True))
    first.close()  # type: ignore[attr-defined]


def test_a_process_that_dies_is_replaced(source: Path, work: Work, wanted: bytes) -> None:
    target = source.with_name("many.es")
    for progress in translate_file(source, target, work, jobs=2):
        if progress.position.lines in (0, SHARD):
            for child in multiprocessing.active_children():
                os.kill(child.pid or 0, signal.SIGKILL)
    assert target.read_bytes() == wanted


def test_a_process_that_dies_while_it_is_given_a_large_shard_is_found_out(work: Work) -> None:
    worker = workers._Worker(work)
    os.kill(worker.process.pid or 0, signal.SIGSTOP)
    Timer(0.3, os.kill, (worker.process.pid, signal.SIGKILL)).start()
    worker.give(Shard((b"x" * 2**22,), [1], 2**22))  # more than a pipe holds
    with pytest.raises(EOFError):
        worker.take()
    worker.stop()


def test_a_shard_at_which_every_process_dies_is_given_up(
    source: Path, work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import seq2seq.lines, os\nseq2seq.lines.decode_line = lambda *_: os._exit(9)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}:{Path.cwd()}")
    with pytest.raises(UserError, match=rf"lines 1 to {SHARD} died {DEATHS} times.*--resume"):
        list(translate_file(source, source.with_name("many.es"), work, jobs=1))


def test_a_mistake_in_the_model_is_told_and_leaves_nothing(source: Path, work: Work, hasty: Path) -> None:
    (hasty / "spm.model").write_bytes(b"other")
    before = contents(source.parent)
    for processes in (0, 1):
        with pytest.raises(UserError, match=r"spm\.model is damaged"):
            list(translate_file(source, source.with_name("many.es"), work, jobs=processes))
        assert contents(source.parent) == before


# The command


@pytest.mark.parametrize(
    ("interruption", "ended"),
    [(signal.SIGKILL, (-signal.SIGKILL, b"")), (signal.SIGINT, (130, b"interrupted; go on with --resume\n"))],
    ids=["killed", "Ctrl-C"],
)
def test_a_command_that_was_stopped_is_resumed(
    source: Path,
    hasty: Path,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    interruption: signal.Signals,
    ended: tuple[int, bytes],
) -> None:
    monkeypatch.undo()  # the command has shards of its own size
    source.write_bytes(b"".join(b"%d. the cat sleeps.\n" % number for number in range(5000)))
    target, journal = source.with_name("many.es"), source.with_name(".many.es.journal")
    options = ("translate", "--model", hasty, "--precision", "fp32", "--input", source)
    assert call(*options, "--output", source.with_name("undisturbed")).returncode == 0
    process = start(*options, "--output", target, "--jobs", 1, stdin=subprocess.DEVNULL)
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= 2):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(interruption)
    _, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == ended
    assert not target.exists()
    told(call(*options, "--output", target), USAGE, target, "--resume", "--overwrite")
    done = call(*options, "--output", target, "--resume")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert target.read_bytes() == source.with_name("undisturbed").read_bytes()
    again = call(*options, "--output", target, "--resume")
    assert (again.returncode, again.stderr) == (0, b"1 complete already\n")


def test_an_interrupted_replacement_is_not_said_to_be_resumable(
    source: Path, hasty: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    target = source.with_name("many.es")
    target.write_text("antes\n")
    monkeypatch.setattr("seq2seq.cli.batch._lines", interrupted)
    done = call("translate", "--model", hasty, "--input", source, "--output", target, "--overwrite")
    assert (done.returncode, done.stderr) == (130, b"interrupted; give the same command again\n")
    assert target.read_text() == "antes\n"


def test_a_folder_is_translated_file_by_file(model: Path, call: Call, tmp_path: Path) -> None:
    letters = {"a.txt": "The cat sleeps.\n", "deep/er/b": "", "deep/a.txt": "***\r\n\r\n"}
    for name, text in letters.items():
        (tmp_path / "letters" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "letters" / name).write_bytes(text.encode())
    (tmp_path / "letters" / ".hidden").write_bytes(b"\0")
    options = ("translate", "--model", model, "--precision", "fp32", "--input", tmp_path / "letters")
    done = call(*options, "--output-dir", tmp_path / "cartas")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    translator = Translator.load(model, precision="fp32")
    wanted = {name: "\n".join(translator.translate(text.split("\n"))).encode() for name, text in letters.items()}
    assert made_in(tmp_path / "cartas") == wanted
    told(call(*options, "--output-dir", tmp_path / "cartas"), USAGE, "exists", "--overwrite")
    (tmp_path / "cartas" / "a.txt").unlink()
    done = call(*options, "--output-dir", tmp_path / "cartas", "--resume")
    assert (done.returncode, done.stderr) == (0, b"2 complete already\n")
    assert made_in(tmp_path / "cartas") == wanted


def test_what_a_folder_has_that_is_no_text_is_left_out_and_told(model: Path, call: Call, tmp_path: Path) -> None:
    folder, out = tmp_path / "mixed", tmp_path / "out"
    folder.mkdir()
    (folder / "a.txt").write_text("The cat sleeps.\n")
    (folder / "b.png").write_bytes(b"\x89PNG\0")
    (folder / "c.txt").write_bytes("é".encode("latin1"))
    (folder / "d.csv").write_text("id,text\n1,The cat sleeps.\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "e.txt").write_text("The cat sleeps.\n")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    options = ("translate", "--model", model, "--input", folder, "--output-dir", out)
    told(call(*options), USAGE, "d.csv", "--column")
    done = call(*options, "--column", "text")
    assert done.returncode == 0
    assert sorted(done.stderr.decode().splitlines()) == [
        f"left out: {folder / 'b.png'} is no text in UTF-8",
        f"left out: {folder / 'c.txt'} is no text in UTF-8",
        f"left out: {folder / 'link'} is a link to a folder",
    ]
    assert set(made_in(out)) == {"a.txt", "d.csv"}
    assert (out / "d.csv").read_text().startswith("id,text\n1,")


def test_a_file_that_is_not_what_it_should_be_does_not_keep_the_others(model: Path, call: Call, tmp_path: Path) -> None:
    folder, out = tmp_path / "mixed", tmp_path / "out"
    folder.mkdir()
    (folder / "a.txt").write_text("***\n")
    (folder / "b.docx").write_bytes(b"PK")
    (folder / "c.txt").write_bytes(b"***\n" * 20_000 + b"\xff\n")
    (folder / "d.txt").write_text("***\n")
    options = ("translate", "--model", model, "--input", folder, "--output-dir", out)
    done = call(*options)
    docx, text, last = done.stderr.decode().splitlines()
    assert done.returncode == FAILED
    assert docx.startswith(f"error: {folder / 'b.docx'}")
    assert text.startswith(f"error: {folder / 'c.txt'}:20001: byte 0xff")
    assert last == "error: 2 of 4 files could not be translated; mend them, and go on with --resume"
    assert set(made_in(out)) == {"a.txt", "d.txt"}
    (folder / "b.docx").unlink()
    (folder / "c.txt").write_text("***\n")
    done = call(*options, "--resume")
    assert (done.returncode, done.stderr) == (0, b"2 complete already\n")
    assert set(made_in(out)) == {"a.txt", "c.txt", "d.txt"}


def test_the_output_directory_may_lie_around_the_folder_that_is_read(model: Path, call: Call, tmp_path: Path) -> None:
    (tmp_path / "en" / "deep").mkdir(parents=True)
    (tmp_path / "en" / "deep" / "a.txt").write_text("***\n")
    assert call("translate", "--model", model, "--input", tmp_path / "en", "--output-dir", tmp_path).returncode == 0
    assert set(made_in(tmp_path)) == {"en/deep/a.txt", "deep/a.txt"}


def test_nothing_is_written_outside_of_the_output_directory(model: Path, call: Call, tmp_path: Path) -> None:
    for name in ("in/sub", "out", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "in" / "sub" / "a.txt").write_text("***\n")
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "elsewhere")
    options = ("translate", "--model", model, "--input", tmp_path / "in", "--output-dir")
    told(call(*options, tmp_path / "out"), USAGE, "by a link", "--output-dir")
    assert not list((tmp_path / "elsewhere").iterdir())
    told(call(*options, tmp_path / "in"), USAGE, "the folder that is read")


def test_a_translation_that_is_older_than_its_source_is_not_complete(model: Path, call: Call, tmp_path: Path) -> None:
    source, target = tmp_path / "a.txt", tmp_path / "b.txt"
    source.write_text("***\n")
    options = ("translate", "--model", model, "--input", source, "--output", target)
    assert call(*options).returncode == 0
    source.write_text("+++\n")
    os.utime(source, (later := target.stat().st_mtime + 1, later))
    told(call(*options, "--resume"), USAGE, "an older input", "--overwrite")
    told(call(*options, "--resume", "--overwrite"), USAGE, "one of them")
    assert target.read_text() == "***\n"
    assert call(*options, "--overwrite").returncode == 0
    assert target.read_text() == "+++\n"


@pytest.mark.parametrize("as_folder", [True, False])
@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_what_was_made_from_something_else_is_not_complete(
    copy: Path, call: Call, tmp_path: Path, name: str, as_folder: bool
) -> None:
    source, target = tmp_path / "in" / name, tmp_path / "out" / name
    source.parent.mkdir()
    target.parent.mkdir()
    source.write_text("<p>***</p>\n")
    options = ("translate", "--model", copy, "--input", source)
    options += ("--output-dir", target.parent) if as_folder else ("--output", target)
    complete = (0, b"1 complete already\n")

    def resume(*more: object) -> Done:
        return call(*options, "--resume", *more)

    assert resume("--beam-size", 2).returncode == 0
    told(resume(), USAGE, target, "made from other options;", "--overwrite")
    assert call(*options, "--overwrite").returncode == 0
    with (target.parent / ledger.NAME).open("ab") as file:
        file.write(b'["half')
    assert (done := resume()).returncode == 0
    assert (done.returncode, done.stderr) == complete
    times = source.stat()
    source.write_text("<p>+++</p>\n")
    os.utime(source, (times.st_atime, times.st_mtime))
    change_config(copy, "search", beam_size=3)
    told(resume(), USAGE, "made from another input and another model;")
    source.unlink()
    done = resume()
    assert (done.returncode, done.stderr) == complete
    assert target.read_text() == "<p>***</p>\n"


def test_an_output_of_other_lines_than_its_input_is_not_complete(model: Path, call: Call, tmp_path: Path) -> None:
    source, target = tmp_path / "a.txt", tmp_path / "b.txt"
    source.write_text("***\n***\n")
    target.write_text("***\n")
    options = ("translate", "--model", model, "--input", source, "--output", target, "--resume")
    told(call(*options), USAGE, target, "another input")
    target.write_text("***\n***\n")
    assert call(*options).stderr == b"1 complete already\n"


@pytest.mark.parametrize("journal", [b"garbage\n", b"[1]\n", b"{}\n{}\n", b"\xff\n"])
def test_a_damaged_journal_is_told(source: Path, work: Work, journal: bytes) -> None:
    source.with_name(".many.es.journal").write_bytes(journal)
    with pytest.raises(UserError, match=r"damaged|another"):
        list(translate_file(source, source.with_name("many.es"), work, resume=True))


@pytest.mark.parametrize(
    "line", [b"garbage", b"7", b'{"read": 9}', b'{"read": "a", "written": 1, "lines": 1, "flags": {}, "flagged": []}']
)
def test_a_journal_that_is_damaged_further_down_is_told(source: Path, work: Work, line: bytes) -> None:
    target, journal = source.with_name("many.es"), source.with_name(".many.es.journal")
    run_until(translate_file(source, target, work), SHARD)
    with journal.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(DataError, match=r"many\.es\.journal is damaged; add --overwrite in place of --resume"):
        list(translate_file(source, target, work, resume=True))


def test_what_is_written_takes_no_place_of_what_is_read(model: Path, call: Call, tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("***\n")
    options = ("translate", "--model", model, "--input", one)
    told(call(*options, "--output", two, "--alignments", two), USAGE, "one file")
    for more in (("--overwrite",), ("--resume",), ("--overwrite", "--alignments", two)):
        told(call(*options, "--output", one, *more), USAGE, "what is read")
    told(call(*options, "--output", two, "--alignments", one, "--overwrite"), USAGE, "what is read")
    assert one.read_text() == "***\n"
    assert not two.exists()


def test_parts_of_a_document_that_stay_as_they_were_are_flagged(
    model: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_text("<p>The cat sleeps.</p><p>My <img>uncle sleeps.</p>")
    monkeypatch.setattr(Page, "fill", lambda page, translations: fill(page, [*translations[:1], "lost"]))
    options = ("translate", "--model", model, "--input", tmp_path / "a.html", "--output", tmp_path / "b.html")
    done = call(*options, "--strict")
    assert done.returncode == FLAGGED
    assert "a.html: untranslated: My <kept0/>uncle sleeps." in done.stderr.decode()
    assert "untranslated 1\n1 flags are left" in done.stderr.decode()
    assert "<p>My <img>uncle sleeps.</p>" in (tmp_path / "b.html").read_text()


def test_files_that_would_take_each_other_s_place(model: Path, call: Call, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("***\n")
    before = contents(tmp_path)
    one, two = tmp_path / "one" / "a.txt", tmp_path / "two" / "a.txt"

    def translate(*options: object) -> Done:
        return call("translate", "--model", model, *options)

    told(translate("--input", one, "--input", two, "--output-dir", tmp_path / "out"), USAGE, one, two)
    told(translate("--input", one, "--output-dir", tmp_path / "one"), USAGE, one, "the place of a source")
    (tmp_path / "link.txt").symlink_to(two)
    crossed = ("--input", one, "--input", tmp_path / "link.txt", "--output-dir", two.parent, "--overwrite")
    told(translate(*crossed), USAGE, two, "the place of a source")
    (tmp_path / "link.txt").unlink()
    told(translate("--input", one, "--input", tmp_path / "x", "--output-dir", tmp_path / "out"), USAGE, "cannot read")
    told(translate("--input", one, "--input", two), USAGE, "--output-dir")
    told(translate("--input", tmp_path / "one", "--output", tmp_path / "x"), USAGE, "--output-dir")
    told(translate("--output-dir", tmp_path / "out", "***"), USAGE, "--output-dir", "--input")
    told(translate("--input", one, "--output", two, "--output-dir", tmp_path), USAGE, "not both")
    told(translate("--input", one, "--resume"), USAGE, "--resume", "--output")
    assert "--alignments" not in told(translate("--engine", "foo", "***"), USAGE, "--engine", "--input")
    told(
        translate("--input", one, "--output", tmp_path / "x", "--alignments", tmp_path / "y", "--jobs", 1),
        USAGE,
        "--al",
    )
    told(translate("--input", one, "--output", tmp_path / ("n" * 250)), USAGE, "cannot write", "name too long")
    (tmp_path / "three").mkdir()
    told(translate("--input", tmp_path / "three", "--output-dir", tmp_path / "out"), USAGE, "no file")
    (tmp_path / "three").rmdir()
    assert contents(tmp_path) == before


@pytest.mark.parametrize("to_a_file", [True, False])
def test_strict_ends_with_3_where_a_line_is_flagged(
    model: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to_a_file: bool
) -> None:
    (tmp_path / "a.en").write_text("The cat sleeps.\n\nMy uncle sleeps.\n")
    options = ["translate", "--model", model, "--input", tmp_path / "a.en", "--json", "--strict"]
    if to_a_file:
        options += ["--output", tmp_path / "a.json", "--overwrite"]
    assert call(*options).returncode == 0
    monkeypatch.setattr(sentences, "failures", lambda source, _: ("loop",) if "cat" in source else ())
    done = call(*options)
    counted = b"lines with flags: loop 1\n" if to_a_file else b""
    where = f"{tmp_path / 'a.en'}:1: loop\n".encode()
    assert (done.returncode, done.stderr) == (FLAGGED, where + counted + b"1 flags are left\n")
    records = [
        json.loads(line) for line in ((tmp_path / "a.json").read_bytes() if to_a_file else done.stdout).splitlines()
    ]
    assert [record.get("flags") for record in records] == [["loop"], None, None]


def test_strict_counts_what_is_flagged_in_files_that_are_complete_already(
    model: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    for name, text in (("a", "The cat sleeps.\n"), ("b", "My uncle sleeps.\n")):
        (tmp_path / "in" / name).write_text(text)
    monkeypatch.setattr(sentences, "failures", lambda source, _: ("loop",) if "cat" in source else ())
    options = ["translate", "--model", model, "--input", tmp_path / "in", "--output-dir", tmp_path / "out", "--strict"]
    assert call(*options).returncode == FLAGGED
    (tmp_path / "out" / "b").unlink()  # as if the job had been killed before it
    done = call(*options, "--resume")
    assert (done.returncode, done.stderr) == (
        FLAGGED,
        b"1 complete already\nlines with flags: loop 1\n1 flags are left\n",
    )


def test_a_pipe_s_output_does_not_take_the_place_of_a_job_that_was_begun(
    model: Path, call: Call, tmp_path: Path
) -> None:
    (tmp_path / ".a.es.journal").write_bytes(b"{}\n")
    (tmp_path / ".a.es.part").write_bytes(b"El gato")
    before = contents(tmp_path)
    options = ("translate", "--model", model, "--output", tmp_path / "a.es")
    told(call(*options, stdin=b"***\n"), USAGE, "a.es", "was begun", "--overwrite")
    assert contents(tmp_path) == before
    assert call(*options, "--overwrite", stdin=b"***\n").returncode == 0
    assert contents(tmp_path) == {"a.es": b"***\n"}


# Formats


def test_what_was_begun_as_text_may_be_done_as_a_document(model: Path, call: Call, tmp_path: Path) -> None:
    source, target = tmp_path / "a.html", tmp_path / "b.html"
    source.write_text("<p>***</p>")
    (tmp_path / ".b.html.journal").write_bytes(b"{}\n")
    (tmp_path / ".b.html.part").write_bytes(b"")
    options = ("translate", "--model", model, "--input", source, "--output", target)
    told(call(*options), USAGE, "was begun")
    assert call(*options, "--overwrite").returncode == 0
    assert set(contents(tmp_path)) == {"a.html", "b.html"}


@pytest.fixture
def formats(tmp_path: Path) -> Path:
    """A folder of files of every format."""
    folder = tmp_path / "formats"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b'id,text\r\n1,"The cat sleeps."\r\n2,"The cat\nsleeps, ""ok""."\r\n')
    (folder / "a.jsonl").write_bytes(b'{"id": 1e5, "text": "The cat sleeps."}\n{"text": null}\n')
    (folder / "a.tsv").write_bytes(b"id\ttext\n1\tThe cat sleeps.\n")
    (folder / "a.srt").write_bytes(b"1\r\n00:00:01,000 --> 00:00:02,000\r\nThe cat\r\nsleeps.\r\n")
    (folder / "a.po").write_bytes(b'msgid ""\nmsgstr ""\n"Language: es\\n"\n\nmsgid "The cat sleeps."\nmsgstr ""\n')
    (folder / "a.htm").write_bytes(b"<p class='a'>The cat sleeps.</p>\n<pre>The cat</pre>")
    (folder / "a.md").write_bytes(b"# The cat sleeps. #\r\n\n    The cat\n")
    (folder / "a.txt").write_bytes(b"The cat sleeps.\n")
    return folder


def test_every_format_has_its_text_translated_and_all_else_kept(
    model: Path, call: Call, formats: Path, tmp_path: Path
) -> None:
    options = ("translate", "--model", model, "--precision", "fp32")
    cat = call(*options, "The cat sleeps.").stdout.decode().removesuffix("\n")
    for name in ("a.csv", "a.jsonl", "a.tsv"):
        done = call(*options, "--column", "text", "--input", formats / name, "--output", tmp_path / name)
        assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "a.csv").read_bytes().startswith(f'id,text\r\n1,"{cat}"\r\n2,"'.encode())
    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") == 3
    told_in_json = json.dumps(cat, ensure_ascii=False)
    assert (tmp_path / "a.jsonl").read_text() == f'{{"id": 1e5, "text": {told_in_json}}}\n{{"text": null}}\n'
    assert (tmp_path / "a.tsv").read_text() == f"id\ttext\n1\t{cat}\n"
    for name in ("a.csv", "a.jsonl", "a.tsv"):
        (formats / name).unlink()
    done = call(*options, "--input", formats, "--output-dir", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, b"")
    made = made_in(tmp_path / "out")
    assert set(made) == {"a.srt", "a.po", "a.txt", "a.htm", "a.md"}
    assert made["a.htm"].decode() == f"<p class='a'>{cat}</p>\n<pre>The cat</pre>"
    assert made["a.md"].decode() == f"# {cat} #\r\n\n    The cat\n"
    assert made["a.txt"].decode() == f"{cat}\n"
    assert " ".join(made["a.srt"].decode().splitlines()[2:]) == cat
    assert made["a.srt"].startswith(b"1\r\n00:00:01,000 --> 00:00:02,000\r\n")
    assert f'msgid "The cat sleeps."\nmsgstr "{cat}"' in made["a.po"].decode()
    assert "#, fuzzy" in made["a.po"].decode()


def test_what_a_format_cannot_have(model: Path, call: Call, formats: Path, tmp_path: Path) -> None:
    def translate(name: str, *options: object) -> Done:
        return call("translate", "--model", model, "--input", formats / name, "--output", tmp_path / "out", *options)

    told(translate("a.csv"), USAGE, "a.csv", "--column", "--format text")
    told(translate("a.csv", "--column", "txt"), USAGE, '"txt"', "id, text")
    told(translate("a.txt", "--column", "1"), USAGE, "a.txt", "--format")
    told(translate("a.csv", "--format", "csv"), USAGE, "--column")
    told(translate("a.csv", "--format", "pdf"), USAGE, "pdf", "srt", "docx")
    told(translate("a.csv", "--format", "docx"), FAILED, "a.csv", "zip")
    told(translate("a.srt", "--json"), USAGE, "plain text")
    told(translate("a.srt", "--engine", "ray"), USAGE, "--engine ray", "a.srt")
    told(translate("a.txt", "--format", "srt"), FAILED, "a.txt", "no cue")
    told(translate("a.jsonl", "--column", "id"), FAILED, "a.jsonl:1", "1e5")
    (formats / "a.po").write_bytes(b"\xff")
    told(translate("a.po"), FAILED, "a.po", "UTF-8")
    told(call("translate", "--model", model, "--input", formats / "a.htm"), USAGE, "a.htm", "--output")
    to_a_device = ("--input", formats / "a.csv", "--column", "text", "--output", "/dev/null")
    told(call("translate", "--model", model, *to_a_device), USAGE, "--column", "pipe")
    assert {path.name for path in tmp_path.iterdir()} == {"formats"}
