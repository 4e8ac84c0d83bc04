"""`translate`: as many lines out as in, nothing but translations on stdout, as they come."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from command import MODULE, TIMEOUT, Done, run, start, wait_for

from seq2seq import Translator

SENTENCES = ["The cat sleeps.", "My uncle wants to buy the red house.", "We are going to the market tomorrow."]
TEXT = "".join(f"{sentence}\n" for sentence in SENTENCES).encode()
Call = Callable[..., Done]


@pytest.fixture
def translate(call: Call, model: Path) -> Call:
    """`translate` with the small model, exact in float32: the same line gives the same translation in any batch."""

    def translate(*arguments: object, stdin: bytes = b"") -> Done:
        done = call("translate", "--model", model, "--precision", "fp32", *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr == b""
        return done

    return translate


@pytest.fixture(scope="module")
def expected(model: Path) -> list[str]:
    """The library's translations of SENTENCES."""
    translations = Translator.load(model, precision="fp32").translate(SENTENCES)
    assert len(set(translations)) == 3, translations
    return translations


def test_text_stdin_and_files_give_the_library_s_translations(
    translate: Call, expected: list[str], tmp_path: Path
) -> None:
    wanted = "".join(f"{line}\n" for line in expected).encode()
    assert translate(*SENTENCES).stdout == wanted
    assert translate(stdin=TEXT).stdout == wanted
    source, target = tmp_path / "letter.en", tmp_path / "letter.es"
    source.write_bytes(TEXT)
    assert translate("--input", source).stdout == wanted
    assert translate("--input", source, "--output", target).stdout == b""
    assert target.read_bytes() == wanted
    assert sorted(tmp_path.iterdir()) == [source, target]  # nothing is left beside them


def test_a_process_of_its_own_writes_the_same_through_either_door(model: Path, expected: list[str]) -> None:
    for door in ({}, {"door": MODULE}):
        done = run("translate", "--model", model, "--precision", "fp32", stdin=TEXT, **door)
        assert done.stdout.decode().split("\n")[:-1] == expected
        assert (done.returncode, done.stderr) == (0, b"")


def test_the_directory_of_the_run_stands_for_its_model(call: Call, model: Path, expected: list[str]) -> None:
    done = call("translate", "--model", model.parent, "--precision", "fp32", SENTENCES[0])
    assert done.stdout.decode() == f"{expected[0]}\n"


def test_the_model_may_be_named_by_the_environment(
    call: Call, model: Path, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQ2SEQ_MODEL", str(model))
    assert call("translate", "--precision", "fp32", SENTENCES[0]).stdout.decode() == f"{expected[0]}\n"


def test_a_text_that_is_a_file_s_name_is_translated_and_the_file_pointed_at(
    model: Path, tmp_path: Path, expected: list[str]
) -> None:
    (tmp_path / SENTENCES[0]).touch()
    done = run("translate", "--model", model, "--precision", "fp32", SENTENCES[0], door=MODULE, cwd=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (0, f"{expected[0]}\n")
    assert done.stderr.decode() == f"{SENTENCES[0]} is a file; to translate what is in it: --input {SENTENCES[0]}\n"


LAYOUT = {
    "blank lines": ("\n\n{0}\n\n{1}\n\n", "\n\n{0}\n\n{1}\n\n"),
    "no final newline": ("{0}\n{1}", "{0}\n{1}"),
    "CRLF": ("{0}\r\n\r\n{1}\r\n", "{0}\r\n\r\n{1}\r\n"),
    "mixed line ends": ("{0}\r\n{1}\n{2}", "{0}\r\n{1}\n{2}"),
    "spaces at the ends": ("  {0}   \n\t{1}\t\n   \n", "  {0}   \n\t{1}\t\n   \n"),
    "no-break spaces": ("\u00a0{0}\u202f\n", "\u00a0{0}\u202f\n"),
    "byte order mark": ("\ufeff{0}\n{1}\n", "\ufeff{0}\n{1}\n"),
    "other separators are no line ends": ("{0}\u2028{1}\x0b{2}\x0c{0}\x85{1}\n",) * 2,
    "a lone carriage return is no line end": ("{0}\r{1}\n", "{0}\r{1}\n"),
    "emoji": ("😀👍🏽\n👩‍👩‍👧\n{0}\n", "😀👍🏽\n👩‍👩‍👧\n{0}\n"),
    "symbols and numbers": ("***\n12 + 7 = 19\n— ¿? —\n{0}\n", "***\n12 + 7 = 19\n— ¿? —\n{0}\n"),
    "one line": ("{0}\n", "{0}\n"),
    "only line ends": ("\n\r\n\n", "\n\r\n\n"),
}


@pytest.mark.parametrize(("source", "target"), LAYOUT.values(), ids=LAYOUT)
def test_layout_is_kept_and_only_sentences_are_translated(
    translate: Call, expected: list[str], source: str, target: str
) -> None:
    done = translate(stdin=source.format(*SENTENCES).encode())
    assert done.stdout.decode() == target.format(*expected)


def test_a_text_argument_may_hold_several_lines(translate: Call, expected: list[str]) -> None:
    done = translate("\n".join(SENTENCES[:2]), "", SENTENCES[2])
    assert done.stdout.decode() == f"{expected[0]}\n{expected[1]}\n\n{expected[2]}\n"


def test_empty_input_gives_empty_output(translate: Call, tmp_path: Path) -> None:
    assert translate(stdin=b"").stdout == b""
    (tmp_path / "empty").touch()
    translate("--input", tmp_path / "empty", "--output", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""


def test_more_lines_than_one_block_keep_their_order(translate: Call) -> None:
    lines = [f"{number} — ☃" for number in range(20_000)]  # nothing to translate, so they stay as they are
    text = "".join(f"{line}\n" for line in lines).encode()
    assert translate(stdin=text).stdout == text
    numbered = translate("--json", stdin=text).stdout.decode().split("\n")[:-1]
    assert [json.loads(line)["line"] for line in numbered] == list(range(1, 20_001))


def test_a_line_longer_than_one_read_is_one_line(translate: Call) -> None:
    text = "☃ " * 100_000 + "\n☃"
    assert translate(stdin=text.encode()).stdout.decode() == text


def test_100_000_characters_without_a_space_give_one_line(call: Call, hasty: Path) -> None:
    done = call("translate", "--model", hasty, stdin=b"supercalifragilistic" * 5000 + b"\n***\n")
    assert done.stdout.decode().split("\n")[1:] == ["***", ""]


# Options


def test_json_has_a_valid_object_a_line_with_the_library_s_numbers(translate: Call, model: Path) -> None:
    records = [json.loads(line) for line in translate("--json", stdin=b"\n" + TEXT).stdout.split(b"\n")[:-1]]
    wanted = Translator.load(model, precision="fp32").translate_block(["", *SENTENCES])
    assert [record["line"] for record in records] == [1, 2, 3, 4]
    for record, translation in zip(records, wanted, strict=True):
        assert record["source"] == translation.source
        assert record["translation"] == translation.text
        assert record["score"] == pytest.approx(translation.candidates[0].score, abs=1e-4)
        assert record["log_prob"] == pytest.approx(translation.candidates[0].log_prob, abs=1e-4)
        assert "n_best" not in record


def test_n_best_lists_so_many_different_translations_best_first(translate: Call, expected: list[str]) -> None:
    rows = [line.split("\t") for line in translate("--n-best", 3, stdin=TEXT).stdout.decode().split("\n")[:-1]]
    for number, best in enumerate(expected, start=1):
        mine = [(float(score), text) for line, score, text in rows if int(line) == number]
        assert len(mine) == 3
        assert len({text for _, text in mine}) == 3
        assert [score for score, _ in mine] == sorted((score for score, _ in mine), reverse=True)
        assert mine[0][1] == best


def test_n_best_in_json_is_the_same_list(translate: Call) -> None:
    rows = translate("--n-best", 3, stdin=TEXT).stdout.decode().split("\n")[:-1]
    records = [json.loads(line) for line in translate("--n-best", 3, "--json", stdin=TEXT).stdout.splitlines()]
    listed = [(r["line"], c["score"], c["translation"]) for r in records for c in r["n_best"]]
    assert [f"{line}\t{score:.4f}\t{text}" for line, score, text in listed] == rows
    assert all(record["n_best"][0]["translation"] == record["translation"] for record in records)


def test_more_n_best_than_the_model_s_beam_widens_the_beam(translate: Call) -> None:
    assert translate("--n-best", 6, SENTENCES[1]).stdout.count(b"\n") == 6


def test_a_wider_beam_never_finds_a_worse_score_on_the_whole(translate: Call) -> None:
    def score(beam_size: int) -> float:
        lines = translate("--json", "--beam-size", beam_size, "--length-penalty", 0, stdin=TEXT).stdout.splitlines()
        return sum(json.loads(line)["score"] for line in lines)

    assert score(1) < score(12)


def test_length_penalty_reaches_the_score(translate: Call) -> None:
    def record(penalty: float) -> dict[str, float]:
        done = translate("--json", "--beam-size", 1, "--length-penalty", penalty, SENTENCES[1])
        return json.loads(done.stdout)

    none, some = record(0), record(1)
    assert none["translation"] == some["translation"]  # greedy search does not look at it
    assert none["score"] == none["log_prob"] == some["log_prob"] < some["score"]


# Streams


def read_line(stream: IO[bytes]) -> bytes:
    """A line from a pipe that stays open; fails where none comes."""
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([stream], [], [], TIMEOUT)[0], "no translation came"
        line += os.read(stream.fileno(), 1)
    return line


def test_each_line_is_answered_before_the_next_is_sent_and_ctrl_c_ends_quietly(
    model: Path, expected: list[str]
) -> None:
    process = start("translate", "--model", model, "--precision", "fp32", bufsize=0)
    assert process.stdin
    assert process.stdout
    for sentence, translation in zip(SENTENCES, expected, strict=True):
        process.stdin.write(f"{sentence}\n".encode())
        assert read_line(process.stdout).decode() == f"{translation}\n"
    process.send_signal(signal.SIGINT)  # standard input is still open
    out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_ctrl_c_leaves_the_output_as_it_was(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "letter.es"
    target.write_text("antes\n")
    process = start("translate", "--model", model, "--output", target, "--overwrite", bufsize=0)
    assert process.stdin
    process.stdin.write(TEXT)
    wait_for(lambda: len(list(tmp_path.iterdir())) == 2, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (130, b"")
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_text() == "antes\n"


def test_a_reader_that_leaves_early_ends_it_quietly(model: Path, tmp_path: Path) -> None:
    source = tmp_path / "many"
    source.write_text("☃ *** ☃\n" * 60_000)
    process = start("translate", "--model", model, "--input", source, stdin=subprocess.DEVNULL)
    assert process.stdout
    assert read_line(process.stdout).decode() == "☃ *** ☃\n"
    process.stdout.close()
    _, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (-signal.SIGPIPE, b"")


def test_a_named_pipe_as_output_is_written_to(translate: Call, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    translate("--output", pipe, "☃")
    assert os.read(reader, 100).decode() == "☃\n"
    os.close(reader)
    assert pipe.is_fifo()
