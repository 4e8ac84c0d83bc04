"""What bad input gets: an exit code, one sentence that names the place and the remedy, and nothing damaged."""

from __future__ import annotations

import json
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import TIMEOUT, Done, change_config, contents, run, seal, start, told, wait_for
from safetensors.numpy import load_file, save_file

Call = Callable[..., Done]
FAILED, USAGE = 1, 2


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk on which no file may be larger, which fails writers as a full one does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# The command line itself


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("translat",), ["translat", "translate", "--help"]),
        (("translate", "--modle", "m"), ["--modle", "--model", "translate --help"]),
        (("translate", "--beam-size", "0"), ["--beam-size", "1"]),
        (("translate", "--beam-size", "many"), ["--beam-size", "integer"]),
        (("translate", "--model"), ["--model", "argument"]),
        (("train", "--data", "sample"), ["--out"]),
        (("evaluate", "--hyp", "h"), ["--ref"]),
    ],
)
def test_wrong_options(call: Call, arguments: tuple[str, ...], words: list[str]) -> None:
    told(call(*arguments), USAGE, *words)


# Models


def test_what_is_no_model_directory(call: Call, model: Path, tmp_path: Path) -> None:
    def translate(path: Path) -> Done:
        return call("translate", "--model", path, "Hello.")

    told(translate(tmp_path / "nowhere"), FAILED, tmp_path / "nowhere", "not there", "seq2seq train")
    told(translate(model / "spm.model"), FAILED, model / "spm.model", "a file", "seq2seq train")
    (tmp_path / "other").mkdir()
    told(translate(tmp_path / "other"), FAILED, tmp_path / "other", "config.json", "seq2seq train")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def foreign_spm(directory: Path) -> None:
    (directory / "spm.model").write_bytes(b"no model of SentencePiece")


def other_weights(directory: Path) -> None:
    weights = load_file(directory / "model.safetensors")
    save_file({name: weight[..., :-2].copy() for name, weight in weights.items()}, directory / "model.safetensors")


DAMAGE: dict[str, tuple[Callable[[Path], object], bool, list[str]]] = {  # what is done, sealed again?, words
    "truncated weights": (lambda d: cut(d / "model.safetensors"), False, ["model.safetensors", "damaged", "copy"]),
    "truncated weights, sealed": (lambda d: cut(d / "model.safetensors"), True, ["model.safetensors", "copy"]),
    "no weights": (lambda d: (d / "model.safetensors").unlink(), False, ["model.safetensors", "missing", "copy"]),
    "no weights, sealed": (lambda d: (d / "model.safetensors").unlink(), True, ["model.safetensors", "copy"]),
    "other weights": (other_weights, True, ["model.safetensors", "config.json", "different models"]),
    "no tokenizer": (lambda d: (d / "spm.model").unlink(), False, ["spm.model", "missing", "copy"]),
    "no tokenizer, sealed": (lambda d: (d / "spm.model").unlink(), True, ["spm.model", "missing", "copy"]),
    "foreign tokenizer": (foreign_spm, True, ["model/spm.model", "SentencePiece"]),
    "truncated tokenizer": (lambda d: cut(d / "spm.model"), True, ["model/spm.model"]),
    "no checksums": (lambda d: (d / "SHA256SUMS").unlink(), False, ["SHA256SUMS", "missing", "copy"]),
    "empty checksums": (lambda d: (d / "SHA256SUMS").write_text(""), False, ["SHA256SUMS", "copy"]),
    "binary checksums": (lambda d: (d / "SHA256SUMS").write_bytes(b"\xff\0" * 99), False, ["model", "utf-8"]),
    "zeroed checksums": (lambda d: (d / "SHA256SUMS").write_bytes(bytes(400)), False, ["SHA256SUMS", "copy"]),
    "no config": (lambda d: (d / "config.json").unlink(), False, ["config.json", "missing"]),
    "truncated config": (lambda d: cut(d / "config.json"), False, ["config.json", "damaged", "copy"]),
    "truncated config, sealed": (lambda d: cut(d / "config.json"), True, ["config.json", "seq2seq train"]),
    "foreign config": (
        lambda d: (d / "config.json").write_text('{"model_type": "marian"}'),
        True,
        ["config.json", "not of a seq2seq model"],
    ),
    "a list as config": (lambda d: (d / "config.json").write_text("[1]"), True, ["config.json", "not of a seq2seq"]),
    "another program's config": (lambda d: change_config(d, format="marian"), False, ["config.json", "marian"]),
    "newer config": (lambda d: change_config(d, format_version=99), False, ["config.json", "99", "upgrade"]),
    "impossible version": (lambda d: change_config(d, format_version="1"), False, ["config.json", "'1'"]),
    "unknown field": (
        lambda d: change_config(d, "model", widht=64),
        False,
        ["config.json", "model.widht", "did you mean model.width"],
    ),
    "impossible value": (lambda d: change_config(d, "model", heads=7), False, ["config.json", "model.heads = 7"]),
    "wrong type": (lambda d: change_config(d, "model", width="64"), False, ["config.json", "model.width", "integer"]),
    "another size": (lambda d: change_config(d, "model", width=32), False, ["model.safetensors", "config.json"]),
}


@pytest.mark.parametrize(("damage", "sealed", "words"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_models(
    call: Call, copy: Path, damage: Callable[[Path], object], sealed: bool, words: list[str]
) -> None:
    damage(copy)
    if sealed:
        seal(copy)
    before = contents(copy)
    told(call("translate", "--model", copy, "Hello."), FAILED, *words)
    assert contents(copy) == before


@pytest.mark.parametrize(("option", "value"), [("--device", "abacus"), ("--precision", "fp64")])
def test_devices_and_precisions_that_there_are_not(call: Call, model: Path, option: str, value: str) -> None:
    told(call("translate", "--model", model, option, value, "Hello."), USAGE, option.strip("-"), value)


# Recipes and settings


RECIPES = {
    "unknown field": ("[model]\nwidht = 64\n", ["model.widht", "did you mean model.width"]),
    "unknown section": ("[modle]\nwidth = 64\n", ["modle", "did you mean model"]),
    "impossible value": ("[model]\ndropout = 2.0\n", ["model.dropout", "2.0", "0.9"]),
    "not a number": ("[training]\nlearning_rate = nan\n", ["training.learning_rate", "nan"]),
    "values that do not fit": ("[model]\nwidth = 64\nheads = 7\n", ["model.heads", "model.width"]),
    "wrong type": ('[model]\nwidth = "64"\n', ["model.width", "'64'"]),
    "a table that is none": ("model = 3\n", ["model = 3"]),
    "a source that is none": ('[data]\ntrain = "pairs.tsv"\n', ["data.train"]),
    "unknown field of a source": ('[[data.train]]\npaht = "x.tsv"\n', ["paht", "path"]),
    "unknown preset": ('preset = "huge"\n', ["huge", "tiny", "small", "base"]),
    "unknown corpus": ('[[data.train]]\ncorpus = "sampel"\n', ["sampel", "did you mean", "sample"]),
    "no model to start from": ("start_from = 3\n", ["start_from = 3"]),
    "limits of nothing": ("training = 5\n", ["training = 5"]),
    "invalid TOML": ("[model\nwidth = 64\n", ["recipe.toml", "line 1"]),
    "binary": ("\0\0\0", ["recipe.toml"]),
}


@pytest.mark.parametrize(("recipe", "words"), RECIPES.values(), ids=RECIPES)
def test_wrong_recipes(call: Call, tmp_path: Path, recipe: str, words: list[str]) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(recipe)
    data = () if "data" in recipe else ("--data", "sample")
    told(call("train", path, *data, "--out", tmp_path / "run"), USAGE, *words)


SETTINGS = {
    "no value": (("--set", "model.width"), ["model.width=256"]),
    "unknown field": (("--set", "model.widht=64"), ["model.widht", "model.width"]),
    "wrong type": (("--set", "model.width=wide"), ["model.width", "wide"]),
    "a field as a table": (("--set", "model.width.x=1"), ["model.width"]),
    "a table as a field": (("--set", "model=3"), ["model"]),
    "training as a field": (("--set", "training=5"), ["training = 5"]),
    "sizes that the model has not": (
        ("--start-from", "pretrained", "--set", "model.width=64"),
        ["model.width = 64", "512"],
    ),
    "resumed from a model": (("--resume", "--start-from", "pretrained"), ["--resume", "--start-from"]),
    "no limit": (("--steps", "0"), ["training.max_steps"]),
    "negative limit": (("--minutes", "-1"), ["training.max_minutes", "-1"]),
    "unknown preset": (("--preset", "huge"), ["huge", "tiny"]),
    "unknown device": (("--set", "training.device=abacus"), ["abacus"]),
    "no such recipe": (("nowhere.toml",), ["nowhere.toml"]),
    "resumed with a preset": (("--resume", "--preset", "tiny"), ["--resume", "--preset"]),
}


@pytest.mark.parametrize(("arguments", "words"), SETTINGS.values(), ids=SETTINGS)
def test_wrong_settings_start_nothing(call: Call, tmp_path: Path, arguments: tuple[str, ...], words: list[str]) -> None:
    told(call("train", *arguments, "--data", "sample", "--out", tmp_path / "run"), USAGE, *words)
    assert not (tmp_path / "run").exists()


def test_a_model_to_start_from_that_is_not_there(call: Call, tmp_path: Path) -> None:
    told(call("train", "--start-from", "nowhere", "--data", "sample", "--out", tmp_path / "run"), FAILED, "nowhere")
    assert not (tmp_path / "run").exists()


# Training data


def test_no_data_is_named(call: Call, tmp_path: Path) -> None:
    told(call("train", "--preset", "tiny", "--out", tmp_path / "run"), USAGE, "--data")
    assert not (tmp_path / "run").exists()


DATA = {
    "empty": (b"", ["pairs.tsv", "no pairs"]),
    "blank lines": (b"\n\n\n", ["3 pairs", "3 empty"]),
    "binary": (b"PK\3\4\0\0\0\0\n" * 9, ["pairs.tsv:1:", "NUL", "binary"]),
    "latin-1 inside UTF-8": ("a\tñ\n".encode() * 6 + b"a\t\xf1\n", ["pairs.tsv:7:", "0xf1", "iconv"]),
    "a missing column": (b"The cat.\tEl gato.\nThe dog.\n", ["pairs.tsv:2:", "1 column", "2"]),
}


@pytest.mark.parametrize(("data", "words"), DATA.values(), ids=DATA)
def test_wrong_data(call: Call, tmp_path: Path, data: bytes, words: list[str]) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(data)
    told(call("train", "--preset", "tiny", "--data", path, "--out", tmp_path / "run"), FAILED, *words)
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("nowhere.tsv", ["--data", "nowhere.tsv"]),
        ("nowhere.en,nowhere.es", ["--data", "nowhere.en"]),
        ("sampel", ["sampel", 'did you mean "sample"?']),
        ("sample:tset", ["sample", "tset", "train, dev, test"]),
    ],
)
def test_data_that_is_nowhere(call: Call, tmp_path: Path, data: str, words: list[str]) -> None:
    told(call("train", "--preset", "tiny", "--data", data, "--out", tmp_path / "run"), USAGE, *words)


def test_aligned_files_of_different_length(call: Call, tmp_path: Path) -> None:
    src, tgt = tmp_path / "a.en", tmp_path / "a.es"
    src.write_text("One.\nTwo.\nThree.\n")
    tgt.write_text("Uno.\nDos.\n")
    done = call("train", "--preset", "tiny", "--data", f"{src},{tgt}", "--out", tmp_path / "run")
    told(done, FAILED, "a.en:3:", "3 lines", "a.es has 2")


def test_more_aligned_files_than_two(call: Call, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.en", "a.es", "a.fr")]
    for file in files:
        file.write_text("One.\n")
    data = ",".join(map(str, files))
    told(call("train", "--preset", "tiny", "--data", data, "--out", tmp_path / "run"), USAGE, "--data", "a.fr")


def test_a_run_that_failed_before_training_may_be_started_again(call: Call, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("The cat sleeps.\n")
    arguments = ("train", "--preset", "tiny", "--data", tmp_path / "pairs.tsv", "--out", tmp_path / "run")
    told(call(*arguments), FAILED, "pairs.tsv:1:", 'no column "2"')
    told(call(*arguments), FAILED, "pairs.tsv:1:", 'no column "2"')


# Runs


def test_a_run_is_not_started_over(call: Call, trained: tuple[Path, Done]) -> None:
    out, _ = trained
    before = contents(out)
    done = call("train", "--preset", "tiny", "--data", "sample", "--out", out)
    told(done, USAGE, out, "--resume", "another --out")
    assert contents(out) == before


def test_a_directory_of_other_things_is_left_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("dear")
    told(call("train", "--preset", "tiny", "--data", "sample", "--out", tmp_path), USAGE, tmp_path, "another --out")
    assert contents(tmp_path) == {"thesis.tex": b"dear"}


def test_there_is_nothing_to_resume(call: Call, tmp_path: Path) -> None:
    told(call("train", "--resume", "--out", tmp_path / "run"), FAILED, tmp_path / "run", "--resume")
    assert not (tmp_path / "run").exists()


def test_resuming_as_another_run_is_refused_and_changes_nothing(
    call: Call, trained: tuple[Path, Done], tmp_path: Path
) -> None:
    out = Path(shutil.copytree(trained[0], tmp_path / "run"))
    before = contents(out)
    done = call("train", "--resume", "--set", "model.width=32", "--steps", 300, "--out", out)
    told(done, USAGE, out, "another --out")
    assert {name: data for name, data in contents(out).items() if name != "lock"} == {
        name: data for name, data in before.items() if name != "lock"
    }


RUN_DAMAGE = [
    ("data/pairs.arrow", cut),
    ("data/pairs.arrow", Path.unlink),
    ("data/spm.model", cut),
    ("data/spm.model", Path.unlink),
    ("checkpoint.safetensors", cut),
]


@pytest.mark.parametrize(("name", "damage"), RUN_DAMAGE)
def test_a_damaged_run_is_not_resumed_as_if_it_were_whole(
    call: Call, trained: tuple[Path, Done], tmp_path: Path, name: str, damage: Callable[[Path], object]
) -> None:
    out = Path(shutil.copytree(trained[0], tmp_path / "run"))
    damage(out / name)
    done = call("train", "--resume", "--steps", 300, "--out", out)
    assert done.returncode == FAILED
    assert name in done.stderr.decode()
    assert done.stderr.decode().splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize("below", ["file/run", "file"])
def test_a_run_cannot_be_made_below_a_file(call: Call, tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("dear")
    done = call("train", "--preset", "tiny", "--data", "sample", "--out", tmp_path / below)
    told(done, USAGE, tmp_path / below, "another --out")
    assert (tmp_path / "file").read_text() == "dear"


def test_two_runs_in_one_directory(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = ("--preset", "tiny", "--data", "sample", "--set", "model.width=16", "--set", "model.heads=1")
    process = start("train", *options, "--out", out)
    try:
        wait_for((out / "config.toml").exists, process)
        for arguments in (options, ("--resume",)):
            told(call("train", *arguments, "--out", out), USAGE, out, str(process.pid), "another --out")
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=TIMEOUT)
    assert "model.width" not in (out / "config.toml").read_text()
    assert "width = 16" in (out / "config.toml").read_text()


def test_a_full_disk_leaves_the_last_save_and_it_can_be_resumed(
    call: Call, trained: tuple[Path, Done], tmp_path: Path
) -> None:
    out = Path(shutil.copytree(trained[0], tmp_path / "run"))
    saved = (out / "checkpoint.safetensors").read_bytes()
    before = contents(out / "model")
    with largest_file(len(saved) // 2):
        done = call("train", "--resume", "--steps", 255, "--out", out)
    assert done.returncode == FAILED
    message = done.stderr.decode().splitlines()[-1]
    assert message.startswith("error: ")
    assert "checkpoint.safetensors" in message
    assert "make room" in message
    assert b"Traceback" not in done.stderr
    assert (out / "checkpoint.safetensors").read_bytes() == saved
    assert contents(out / "model") == before
    assert not list(out.glob(".*.part"))
    assert call("train", "--resume", "--steps", 255, "--out", out).returncode == 0


def test_a_full_disk_while_data_is_prepared(call: Call, tmp_path: Path) -> None:
    with largest_file(20_000):
        done = call("train", "--preset", "tiny", "--data", "sample", "--out", tmp_path / "run")
    told(done, FAILED, tmp_path / "run" / "data", "make room")


# Text to translate


def test_text_and_a_file_together(call: Call, model: Path) -> None:
    told(call("translate", "--model", model, "--input", "letter.en", "Hello."), USAGE, "text", "--input")


def test_more_n_best_than_the_beam_is_wide(call: Call, model: Path) -> None:
    done = call("translate", "--model", model, "--n-best", 5, "--beam-size", 2, "Hello.")
    told(done, USAGE, "--n-best 5", "--beam-size 2")


@pytest.mark.parametrize("name", ["nowhere.en", "file/letter.en"])
def test_an_input_that_cannot_be_read(call: Call, model: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / name
    told(call("translate", "--model", model, "--input", path), USAGE, f"cannot read {path}", "text file")


BAD_TEXT = {
    "binary": (b"\x7fELF\0\0\0\1\n", 1, ["NUL", "UTF-8"]),
    "UTF-16": ("One.\n".encode("utf-16"), 1, ["NUL", "UTF-16"]),
    "Latin-1": (b"***\n***\nMa\xf1ana\n", 3, ["0xf1", "column 3", "iconv"]),
    "mixed encodings": ("¿?\n¡!\n".encode() + "¿?\n".encode("latin-1"), 3, ["0xbf", "column 1", "iconv"]),
    "a character cut in two": (b"***\n\xc3\n", 2, ["0xc3"]),
}


@pytest.mark.parametrize(("text", "number", "words"), BAD_TEXT.values(), ids=BAD_TEXT)
def test_text_that_is_none(call: Call, model: Path, tmp_path: Path, text: bytes, number: int, words: list[str]) -> None:
    told(call("translate", "--model", model, stdin=text), FAILED, f"<stdin>:{number}:", *words)
    source, target = tmp_path / "letter.en", tmp_path / "letter.es"
    source.write_bytes(text)
    target.write_text("antes\n")
    done = call("translate", "--model", model, "--input", source, "--output", target, "--overwrite")
    told(done, FAILED, f"{source}:{number}:", *words)
    assert contents(tmp_path) == {"letter.en": text, "letter.es": b"antes\n"}


def test_bad_bytes_end_a_process_that_is_still_being_written_to(model: Path) -> None:
    process = start("translate", "--model", model, bufsize=0)
    assert process.stdin
    process.stdin.write(b"\xff\n")
    assert process.wait(TIMEOUT) == FAILED  # though standard input is open
    out, err = process.communicate()
    assert out == b""
    assert err.startswith(b"error: <stdin>:1: ")
    assert err.count(b"\n") == 1


# Where translations go


@pytest.mark.parametrize("name", ["nowhere/letter.es", "file/letter.es", "."])
def test_an_output_that_cannot_be_written(call: Call, model: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("dear")
    path = tmp_path / name
    for overwrite in ((), ("--overwrite",)):
        told(call("translate", "--model", model, "--output", path, *overwrite, "***"), USAGE, path, "--output")
    assert contents(tmp_path) == {"file": b"dear"}


def test_an_output_that_exists(call: Call, model: Path, tmp_path: Path) -> None:
    target = tmp_path / "letter.es"
    target.write_text("antes\n")
    told(call("translate", "--model", model, "--output", target, "***"), USAGE, target, "--overwrite")
    assert target.read_text() == "antes\n"
    assert call("translate", "--model", model, "--output", target, "--overwrite", "***").returncode == 0
    assert target.read_text() == "***\n"


def test_overwriting_a_link_replaces_what_it_points_to(call: Call, model: Path, tmp_path: Path) -> None:
    (tmp_path / "real.es").write_text("antes\n")
    (tmp_path / "letter.es").symlink_to("real.es")
    assert call("translate", "--model", model, "--output", tmp_path / "letter.es", "--overwrite", "***").returncode == 0
    assert (tmp_path / "letter.es").is_symlink()
    assert (tmp_path / "real.es").read_text() == "***\n"


def test_a_full_disk_behind_standard_output(model: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run("translate", "--model", model, "***", stdout=full)
    message = done.stderr.decode()
    assert done.returncode == FAILED
    assert message.startswith("error: cannot write <stdout>: No space left on device; make room")
    assert message.count("\n") == 1


def test_a_full_disk_leaves_the_output_as_it_was_and_what_is_done_is_gone_on_with(
    call: Call, model: Path, tmp_path: Path
) -> None:
    source, target = tmp_path / "letter.en", tmp_path / "letter.es"
    source.write_text("***\n" * 20_000)
    target.write_text("antes\n")
    options = ("translate", "--model", model, "--input", source, "--output", target)
    with largest_file(30_000):
        done = call(*options, "--overwrite")
    told(done, FAILED, target, "make room", "--resume")
    assert target.read_text() == "antes\n"
    assert call(*options, "--resume").returncode == 0
    assert target.read_text() == source.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"letter.en", "letter.es", ".seq2seq-done"}


def test_standard_streams_that_are_closed(model: Path) -> None:
    told(run("translate", "--model", model, closed="<&-"), USAGE, "standard input", "--input")
    told(run("translate", "--model", model, "***", closed=">&-"), USAGE, "standard output", "--output")


# Evaluation


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with texts of different length."""
    for name, lines in (("two", 2), ("three", 3), ("empty", 0)):
        (tmp_path / name).write_text("Hola.\n" * lines)
    (tmp_path / "blank").write_text("\n\n")
    (tmp_path / "latin1").write_bytes(b"Hola.\nMa\xf1ana.\n")
    return tmp_path


EVALUATIONS = {
    "different line counts": ("--hyp two --ref three", USAGE, ["2 hypotheses", "3 references"]),
    "different counts of sources": ("--model model --src two --ref three", USAGE, ["2 sources", "3 references"]),
    "empty references": ("--hyp empty --ref empty", USAGE, ["references are empty"]),
    "blank references": ("--hyp two --ref blank", USAGE, ["references are empty"]),
    "neither": ("--ref two", USAGE, ["--hyp", "--model"]),
    "no source": ("--model model --ref two", USAGE, ["--src", "--model"]),
    "a source for nothing": ("--hyp two --src two --ref two", USAGE, ["--src", "--model"]),
    "an output for nothing": ("--hyp two --ref two --output out", USAGE, ["--output", "--model"]),
    "missing hypotheses": ("--hyp nowhere --ref two", USAGE, ["cannot read nowhere"]),
    "missing references": ("--hyp two --ref nowhere", USAGE, ["cannot read nowhere"]),
    "Latin-1": ("--hyp latin1 --ref two", FAILED, ["latin1:2:", "0xf1", "iconv"]),
    "missing model": ("--model nowhere --src two --ref two", FAILED, ["nowhere", "not there"]),
    "an output that exists": ("--model model --src two --ref two --output three", USAGE, ["three", "--overwrite"]),
}


@pytest.mark.parametrize(("arguments", "code", "words"), EVALUATIONS.values(), ids=EVALUATIONS)
def test_evaluations_that_cannot_be(
    call: Call, copy: Path, files: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, code: int, words: list[str]
) -> None:
    assert copy == files / "model"
    monkeypatch.chdir(files)
    before = contents(files)
    told(call("evaluate", *arguments.split()), code, *words)
    assert contents(files) == before


def test_the_checks_can_be_passed(call: Call, copy: Path, files: Path) -> None:
    """The same texts and the same model, used rightly: what is refused above is refused for its fault alone."""
    change_config(copy, "search", n_best=1)
    done = call("evaluate", "--model", copy, "--src", files / "two", "--ref", files / "two", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["lines"] == 2
