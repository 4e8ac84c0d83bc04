"""Files that are translated as a whole: what kind a name tells of, and what each kind must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from seq2seq.errors import DataError
from seq2seq.formats.catalogues import Catalogue
from seq2seq.formats.pages import Page
from seq2seq.formats.subtitles import Subtitles

SRT, VTT, PO, HTML = "srt", "vtt", "po", "html"
DOCUMENTS = (SRT, VTT, PO, HTML)


class Document(Protocol):
    """A file, taken apart."""

    texts: list[str]  # to be translated, in order

    def fill(self, translations: Sequence[str]) -> str:
        """The file with translations, one for each text."""


def read_document(kind: str, path: Path) -> Document:
    """The file as a document of `kind`. `DataError` where it is none."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: byte {error.start + 1} is not UTF-8; convert it first, for example with iconv"
        ) from None
    if "\0" in text:
        raise DataError(f"{path}: a NUL byte; this is binary or UTF-16, give text in UTF-8")
    if kind == HTML:
        return Page(text, str(path))
    return Catalogue(text, str(path)) if kind == PO else Subtitles(text, str(path))
