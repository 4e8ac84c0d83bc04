"""Files that are translated as a whole: what kind a name tells of, and what each kind must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seq2seq.errors import DataError
from seq2seq.formats.catalogues import Catalogue
from seq2seq.formats.docx import WordDocument
from seq2seq.formats.markdown import Markdown
from seq2seq.formats.odt import OpenText
from seq2seq.formats.pages import Page
from seq2seq.formats.subtitles import Subtitles
from seq2seq.formats.tmx import Tmx
from seq2seq.formats.xliff import Xliff

SRT, VTT, PO, HTML, MD, DOCX, ODT, XLIFF, TMX = "srt", "vtt", "po", "html", "md", "docx", "odt", "xliff", "tmx"


class Document(Protocol):
    """A file, taken apart."""

    @property
    def texts(self) -> list[str]:
        """To be translated, in order."""

    def fill(self, translations: Sequence[str]) -> bytes:
        """The file with translations, one for each text."""


class TextDocument(Protocol):
    """The same, of a file of UTF-8."""

    texts: list[str]

    def fill(self, translations: Sequence[str]) -> str:
        """The file's text with translations."""


@dataclass(frozen=True)
class _Encoded:
    """A text document as the bytes that it is on disk."""

    inner: TextDocument

    @property
    def texts(self) -> list[str]:
        return self.inner.texts

    def fill(self, translations: Sequence[str]) -> bytes:
        return self.inner.fill(translations).encode()


_OF_TEXT: dict[str, Callable[[str, str], TextDocument]] = {
    SRT: Subtitles,
    VTT: Subtitles,
    PO: Catalogue,
    HTML: Page,
    MD: Markdown,
}
_OF_BYTES: dict[str, Callable[[bytes, str], Document]] = {DOCX: WordDocument, ODT: OpenText, XLIFF: Xliff, TMX: Tmx}
DOCUMENTS = (*_OF_TEXT, *_OF_BYTES)


def read_document(kind: str, path: Path) -> Document:
    """The file as a document of `kind`. `DataError` where it is none, `UsageError` without what reads it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    return parse_document(kind, data, str(path))


def parse_document(kind: str, data: bytes, where: str) -> Document:
    """The bytes of a file as a document; raises as `read_document` does."""
    if kind in _OF_BYTES:
        return _OF_BYTES[kind](data, where)
    return _Encoded(_OF_TEXT[kind](_decoded(data, where), where))


def _decoded(data: bytes, path: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: byte {error.start + 1} is not UTF-8; convert it first, for example with iconv"
        ) from None
    if "\0" in text:
        raise DataError(f"{path}: a NUL byte; this is binary or UTF-16, give text in UTF-8")
    return text
