"""Sentence pairs as the command line names them."""

from __future__ import annotations

from pathlib import Path

from seq2seq.errors import UsageError


def parse_source(text: str, option: str, split: str = "train") -> dict[str, str]:
    """A source as the command line writes it: FILE, SRC_FILE,TGT_FILE or NAME[:SPLIT]; NAME alone means its `split`."""
    if _is_there(Path(text)):
        return {"path": str(Path(text).absolute())}
    files = [Path(part) for part in text.split(",")]
    missing = [str(file) for file in files if not _is_there(file)]
    if len(files) == 2 and not missing:
        return {"src_path": str(files[0].absolute()), "tgt_path": str(files[1].absolute())}
    if len(files) > 2:
        raise UsageError(f"{option} {text}: {len(files)} files; name one, or two aligned ones, and repeat {option}")
    if "/" in text or "," in text or files[0].suffix:
        raise UsageError(f"{option} {text}: there is no file {missing[0]}; name files that exist, or a corpus")
    name, _, own = text.partition(":")
    return {"corpus": name, "split": own or split}


def _is_there(path: Path) -> bool:
    """Is it a file, or a pipe? A directory is none, so that one called `sample` does not hide the corpus."""
    return path.exists() and not path.is_dir()
