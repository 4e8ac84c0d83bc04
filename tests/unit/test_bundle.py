"""A model directory: read as it was written, replaced whole, and honest about every damage."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import pickle
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import torch
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

from seq2seq import bundle
from seq2seq.bundle import Bundle, BundleConfig
from seq2seq.config import ATTENTIONS, CELLS, ModelConfig, SearchConfig
from seq2seq.errors import BundleError
from seq2seq.lexicon import Lexicon
from seq2seq.model import Seq2Seq
from seq2seq.tokenizer import Tokenizer

KINDS = [(cell, "multihead") for cell in CELLS] + [("lstm", attention) for attention in ATTENTIONS[1:]]
CONFIG, WEIGHTS, SPM, CARD, SUMS = "config.json", "model.safetensors", "spm.model", "README.md", "SHA256SUMS"


def train_tokenizer(vocab_size: int) -> Tokenizer:
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdeño", k=rng.randint(2, 6))) for _ in range(80)]
    return Tokenizer.train([" ".join(rng.choices(words, k=6)) for _ in range(100)], vocab_size=vocab_size)


@pytest.fixture(scope="module")
def tokenizers() -> tuple[Tokenizer, Tokenizer]:
    """Of two sizes."""
    return train_tokenizer(300), train_tokenizer(310)


@pytest.fixture
def make(tokenizers: tuple[Tokenizer, Tokenizer]) -> Callable[..., Bundle]:
    """Makes a bundle of random weights that differ in everything from how a model begins."""

    def bundled(*, joint: bool = True, seed: int = 0, **sizes: Any) -> Bundle:
        torch.manual_seed(seed)
        config = ModelConfig(**{"width": 16, "heads": 4, "encoder_layers": 2, "decoder_layers": 1, **sizes})
        src, tgt = (tokenizers[0], tokenizers[0]) if joint else tokenizers
        model = Seq2Seq(config, len(src), len(tgt), joint=joint)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
        return Bundle(BundleConfig(joint=joint, model=config, search=SearchConfig(beam_size=3)), model, src, tgt)

    return bundled


@pytest.fixture
def saved(make: Callable[..., Bundle], tmp_path: Path) -> Path:
    """A model directory."""
    bundle.save(tmp_path / "model", make(), "# A card\n")
    return tmp_path / "model"


def weights(model: Seq2Seq) -> dict[str, torch.Tensor]:
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def assert_same(left: Bundle, right: Bundle) -> None:
    assert left.config == right.config
    a, b = weights(left.model), weights(right.model)
    assert list(a) == list(b)
    assert [name for name in a if not torch.equal(a[name], b[name])] == []
    assert left.src_tokenizer.to_bytes() == right.src_tokenizer.to_bytes()
    assert left.tgt_tokenizer.to_bytes() == right.tgt_tokenizer.to_bytes()


def read(path: Path) -> dict[str, bytes]:
    """All files under the directory."""
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def rewrite(path: Path, name: str, data: bytes) -> None:
    """Changes a file, and its checksum with it."""
    (path / name).write_bytes(data)
    lines = (path / SUMS).read_text().splitlines()
    kept = [line for line in lines if not line.endswith(f"  {name}")]
    (path / SUMS).write_text("\n".join([*kept, f"{hashlib.sha256(data).hexdigest()}  {name}"]) + "\n")


def change_config(path: Path, **changes: Any) -> None:
    table = json.loads((path / CONFIG).read_text())
    rewrite(path, CONFIG, json.dumps(table | changes).encode())


def change_weights(path: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    tensors = tensors_from_bytes((path / WEIGHTS).read_bytes())
    change(tensors)
    rewrite(path, WEIGHTS, tensors_to_bytes(tensors))


@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize(("cell", "attention"), KINDS)
def test_what_is_loaded_is_what_was_saved_and_computes_the_same(
    make: Callable[..., Bundle], tmp_path: Path, cell: str, attention: str, joint: bool
) -> None:
    before = make(cell=cell, attention=attention, joint=joint)
    before.model.eval()
    bundle.save(tmp_path / "model", before, "")
    after = bundle.load(tmp_path / "model")
    assert_same(before, after)
    assert not after.model.training
    src_ids, tgt_ids, lengths = torch.randint(4, 300, (3, 7)), torch.randint(4, 300, (3, 5)), torch.tensor([7, 4, 1])
    with torch.no_grad():
        assert torch.equal(before.model(src_ids, lengths, tgt_ids), after.model(src_ids, lengths, tgt_ids))
        first, _ = before.model.step(tgt_ids[:, 0], before.model.init(src_ids, lengths))
        second, _ = after.model.step(tgt_ids[:, 0], after.model.init(src_ids, lengths))
        assert torch.equal(first, second)


def test_a_loaded_model_can_be_trained_on(saved: Path) -> None:
    model = bundle.load(saved).model.train()
    model(torch.randint(4, 300, (2, 5)), torch.tensor([5, 3]), torch.randint(4, 300, (2, 4))).sum().backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


def test_a_joint_vocabulary_is_one_object_and_one_file(make: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle.save(tmp_path / "one", make(), "")
    bundle.save(tmp_path / "two", make(joint=False), "")
    one, two = bundle.load(tmp_path / "one"), bundle.load(tmp_path / "two")
    assert one.src_tokenizer is one.tgt_tokenizer
    assert (len(two.src_tokenizer), len(two.tgt_tokenizer)) == (300, 310)
    assert set(read(tmp_path / "one")) == {CONFIG, WEIGHTS, SPM, CARD, SUMS}
    assert set(read(tmp_path / "two")) == {CONFIG, WEIGHTS, "spm.src.model", "spm.tgt.model", CARD, SUMS}


def test_the_same_model_gives_the_same_bytes(make: Callable[..., Bundle], tmp_path: Path) -> None:
    for name in ("one", "two"):
        bundle.save(tmp_path / name, make(), "card")
    assert read(tmp_path / "one") == read(tmp_path / "two")


def test_nothing_is_unpickled(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    for owner, name in ((pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load")):
        monkeypatch.setattr(owner, name, refuse)
    assert bundle.load(saved).model is not None


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")
def test_checksums_are_as_sha256sum_checks_them(saved: Path) -> None:
    command = ["sha256sum", "--check", "--strict", SUMS]
    result = subprocess.run(command, cwd=saved, capture_output=True, text=True, check=True)
    checked = {line.removesuffix(": OK") for line in result.stdout.splitlines()}
    assert checked == set(read(saved)) - {SUMS}
    (saved / CARD).write_text("# Another card\n")
    assert subprocess.run(command, cwd=saved, capture_output=True, check=False).returncode == 1


def test_the_card_may_be_edited(saved: Path) -> None:
    (saved / CARD).write_text("# Better words\n")
    assert bundle.load(saved).config.joint


@pytest.mark.parametrize("name", ["../secret", "{}/secret", "..", "model/../../secret", "\0", ""])
def test_no_other_file_is_ever_read_whatever_the_checksums_name(saved: Path, name: str) -> None:
    (saved.parent / "secret").write_text("secret")
    with (saved / SUMS).open("a") as file:  # if it were read, its checksum would be found wrong
        file.write(f"{'0' * 64}  {name.format(saved.parent)}\n")
    assert bundle.load(saved).config.joint


def test_a_file_cannot_be_taken_from_elsewhere(saved: Path) -> None:
    sums = (saved / SUMS).read_text()
    shutil.move(saved / SPM, saved.parent / SPM)
    (saved / SUMS).write_text(sums.replace(f"  {SPM}", f"  ../{SPM}"))
    with pytest.raises(BundleError, match=r"/model/spm\.model is missing from SHA256SUMS"):
        bundle.load(saved)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, SPM, SUMS])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(BundleError, match=rf"{name}.* is missing|{name} is missing"):
        bundle.load(saved)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, SPM])
def test_a_file_without_a_checksum_is_named(saved: Path, name: str) -> None:
    lines = (saved / SUMS).read_text().splitlines(keepends=True)
    (saved / SUMS).write_text("".join(line for line in lines if name not in line))
    with pytest.raises(BundleError) as caught:
        bundle.load(saved)
    assert f"{saved / name}" in str(caught.value)


@pytest.mark.parametrize("damage", ["cut off", "one bit"])
@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, SPM])
def test_a_damaged_file_is_named(saved: Path, name: str, damage: str) -> None:
    data = bytearray((saved / name).read_bytes())
    if damage == "cut off":
        del data[-1]
    else:
        data[len(data) // 2] ^= 1
    (saved / name).write_bytes(data)
    with pytest.raises(BundleError) as caught:
        bundle.load(saved)
    assert str(caught.value) == f"{saved / name} is damaged: its checksum differs from {SUMS}; copy it again"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (CONFIG, "is not of a seq2seq model"),
        (WEIGHTS, "holds no weights"),
        (SPM, "is damaged or no SentencePiece model"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 50, b"[]"])
def test_a_foreign_file_with_a_right_checksum_is_named(saved: Path, name: str, message: str, content: bytes) -> None:
    rewrite(saved, name, content)
    with pytest.raises(BundleError) as caught:
        bundle.load(saved)
    assert str(caught.value).startswith(f"{saved / name} {message}")


def test_a_sentencepiece_model_from_elsewhere_is_refused_by_its_path(saved: Path) -> None:
    model = io.BytesIO()
    sentences = iter(["a b c d", "e f g h"])
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences, model_writer=model, vocab_size=12, minloglevel=2
    )
    rewrite(saved, SPM, model.getvalue())
    with pytest.raises(BundleError) as caught:
        bundle.load(saved)
    assert str(caught.value).startswith(f"{saved / SPM} is a SentencePiece model from elsewhere")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 3}, "has format version 3, this seq2seq reads up to 2; upgrade seq2seq"),
        ({"format_version": "1"}, "has the impossible format version '1'"),
        ({"format_version": 0}, "has the impossible format version 0"),
        ({"format": "gguf"}, "is of another program (format 'gguf')"),
        ({"format": None}, "is of another program (format None)"),
        ({"layers": 6}, ": unknown field layers"),
        ({"joint": "yes"}, ": joint = 'yes' should be true or false"),
        ({"model": {"width": 3}}, ": model.width = 3 must be even"),
        ({"search": {"beam_size": 0}}, ": search.beam_size = 0 must be at least 1"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_named(saved: Path, changes: dict[str, Any], message: str) -> None:
    change_config(saved, **changes)
    with pytest.raises(BundleError) as caught:
        bundle.load(saved)
    assert str(caught.value).startswith(f"{saved / CONFIG}{message if message[0] == ':' else ' ' + message}")


def test_weights_of_other_sizes_are_listed_with_both_shapes(saved: Path) -> None:
    change_config(saved, model={"width": 32, "heads": 4, "encoder_layers": 2, "decoder_layers": 1})
    with pytest.raises(BundleError) as caught:
        bundle.load(saved)
    message = str(caught.value)
    count = len(tensors_from_bytes((saved / WEIGHTS).read_bytes()))
    assert message.startswith(f"{saved / WEIGHTS} does not fit {CONFIG} or the tokenizer, {count} weights differ: ")
    assert "decoder.layers.0.attention.key.weight is float32 (16, 16), wanted float32 (32, 32)" in message


def test_a_tokenizer_of_another_size_does_not_fit_the_weights(
    saved: Path, tokenizers: tuple[Tokenizer, Tokenizer]
) -> None:
    rewrite(saved, SPM, tokenizers[1].to_bytes())
    with pytest.raises(BundleError, match=r"1 weights? differ.*is float32 \(300, 16\), wanted float32 \(310, 16\)"):
        bundle.load(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("encoder.norm.bias"), "encoder.norm.bias is missing, wanted float32 (16,)"),
        (lambda t: t.update(spare=torch.zeros(2)), "spare is float32 (2,), wanted nothing of that name"),
        (
            lambda t: t.update({"encoder.norm.bias": torch.zeros(16, dtype=torch.float64)}),
            "encoder.norm.bias is float64 (16,), wanted float32 (16,)",
        ),
    ],
)
def test_weights_that_are_missing_too_many_or_of_another_type_are_listed(
    saved: Path, change: Callable[[dict[str, torch.Tensor]], None], message: str
) -> None:
    change_weights(saved, change)
    with pytest.raises(BundleError) as caught:
        bundle.load(saved)
    assert message in str(caught.value)


def test_a_run_s_directory_stands_for_the_model_in_it(make: Callable[..., Bundle], tmp_path: Path) -> None:
    before = make()
    bundle.save(tmp_path / "run" / "model", before, "")
    assert_same(before, bundle.load(tmp_path / "run"))


def test_what_is_no_model_directory_is_said_to_be_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, message in (("none", "is not there"), ("file", "is a file"), ("", "config.json is missing")):
        with pytest.raises(BundleError) as caught:
            bundle.load(tmp_path / name)
        assert message in str(caught.value)
        assert str(tmp_path / name) in str(caught.value)


def test_saving_again_replaces_the_directory_whole(make: Callable[..., Bundle], saved: Path) -> None:
    (saved / "leftover").touch()
    after = make(seed=1, joint=False)
    bundle.save(saved, after, "# New\n")
    assert_same(after, bundle.load(saved))
    assert set(read(saved.parent)) == {
        f"model/{name}" for name in (CONFIG, WEIGHTS, "spm.src.model", "spm.tgt.model", CARD, SUMS)
    }


def fail_at(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, at: int, error: BaseException) -> None:
    """The call of that number raises, once; the others do what they do."""
    original, calls = getattr(owner, name), 0

    def sometimes(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise error
        return original(*args)

    monkeypatch.setattr(owner, name, sometimes)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("owner", "name", "at"),
    [*((bundle.os, "fsync", n) for n in range(1, 6)), (Path, "replace", 1), (Path, "replace", 2)],
)
def test_a_failure_while_saving_leaves_the_old_model_whole_and_nothing_else(
    make: Callable[..., Bundle],
    saved: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    at: int,
    error: BaseException,
) -> None:
    before = read(saved.parent)
    with monkeypatch.context() as patch:
        fail_at(patch, owner, name, at, error)
        with pytest.raises(type(error)):
            bundle.save(saved, make(seed=1), "# New\n")
    assert read(saved.parent) == before
    bundle.save(saved, make(seed=1), "# New\n")
    assert read(saved.parent)["model/README.md"] == b"# New\n"


def test_a_failure_at_the_first_save_leaves_nothing(
    make: Callable[..., Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(monkeypatch, bundle.os, "fsync", 3, OSError(28, "No space left on device"))
    with pytest.raises(OSError, match="No space"):
        bundle.save(tmp_path / "model", make(), "")
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_was_killed_between_its_renamings_is_mended_by_the_next(
    make: Callable[..., Bundle], saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(saved)
    saved.rename(saved.with_name(".model.old"))
    saved.with_name(".model.part").mkdir()
    fail_at(monkeypatch, bundle.os, "fsync", 1, OSError(28, "No space left on device"))
    with pytest.raises(OSError, match="No space"):
        bundle.save(saved, make(seed=1), "")
    assert read(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_only_a_model_directory_is_ever_replaced(make: Callable[..., Bundle], tmp_path: Path) -> None:
    folder, file, empty = tmp_path / "thesis", tmp_path / "notes", tmp_path / "empty"
    folder.mkdir()
    (folder / "chapter").write_text("years of work")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "config.json").write_text('{"format": "another"}')
    before = read(tmp_path)
    file.write_text("more of it")
    empty.mkdir()
    for path in (folder, file, foreign):
        with pytest.raises(BundleError, match="exists and is not a model directory; choose another place"):
            bundle.save(path, make(), "")
    assert read(tmp_path) == before | {"notes": b"more of it"}
    bundle.save(empty, make(), "")
    assert bundle.load(empty).config.joint


def test_weights_of_8_bits_are_within_half_a_step_and_a_quarter_of_the_size(
    make: Callable[..., Bundle], tmp_path: Path
) -> None:
    made = make(width=64)
    bundle.save(tmp_path / "whole", made, "")
    bundle.save(tmp_path / "small", made, "", weights="int8")
    loaded = weights(bundle.load(tmp_path / "small").model)
    for name, weight in weights(made.model).items():
        step = weight.abs().amax(1, keepdim=True) / 127 if weight.dim() == 2 else torch.zeros(1)
        assert (loaded[name] - weight).abs().le(step * 0.501).all(), name
    assert (tmp_path / "small" / WEIGHTS).stat().st_size < 0.32 * (tmp_path / "whole" / WEIGHTS).stat().st_size
    bundle.save(tmp_path / "again", bundle.load(tmp_path / "small"), "", weights="int8")
    assert_same(bundle.load(tmp_path / "again"), bundle.load(tmp_path / "small"))  # nothing more is lost


def test_a_lexicon_goes_with_its_model_and_must_fit_it(make: Callable[..., Bundle], tmp_path: Path) -> None:
    made = make()
    size = len(made.src_tokenizer)
    lexicon = Lexicon(torch.randint(-1, size, (size, 5), dtype=torch.int32), torch.arange(9, dtype=torch.int32))
    bundle.save(tmp_path / "model", dataclasses.replace(made, lexicon=lexicon), "")
    loaded = bundle.load(tmp_path / "model").lexicon
    assert loaded is not None
    assert torch.equal(loaded.candidates, lexicon.candidates)
    assert torch.equal(loaded.common, lexicon.common)
    for wrong in (Lexicon(lexicon.candidates[1:], lexicon.common), Lexicon(lexicon.candidates, lexicon.common + size)):
        bundle.save(tmp_path / "model", dataclasses.replace(made, lexicon=wrong), "")
        with pytest.raises(BundleError, match="does not fit the tokenizer"):
            bundle.load(tmp_path / "model")
