"""TMX, the format in which translation memories are exchanged: pairs in and out, and which a machine made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from seq2seq import __version__
from seq2seq.errors import DataError, UsageError

MADE = "seq2seq"  # the mark of what this program has translated
CHANGED = ("changeid", "changedate")  # the marks of what somebody has changed since
_SHORT = {"eng": "en", "spa": "es"}
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4">
  <header creationtool="seq2seq" creationtoolversion="{__version__}" segtype="sentence" o-tmf="seq2seq" adminlang="en"
    srclang="en" datatype="plaintext"/>
  <body>
"""


def read_tmx(path: Path) -> Iterator[tuple[str, str, bool]]:
    """The English and the Spanish text of each unit that has both, without mark-up; one unit in memory at a time.

    With them stands whether this program made the Spanish, as it marks it, and nobody has changed it since.
    `UsageError` where the file cannot be read, `DataError` where it is no XML. Entities of a file's own are not
    followed far: the parser ends where they would grow a text beyond measure.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a TMX file that exists") from None
    with file:
        try:
            for _, unit in ElementTree.iterparse(file):
                if _name(unit) == "tu":
                    texts = dict(_texts(unit))
                    if "en" in texts and "es" in texts:
                        yield texts["en"][0], *texts["es"]
                    unit.clear()
        except ElementTree.ParseError as error:
            raise DataError(f"{path} is no TMX that can be read: {error}") from None


def write_tmx(file: BinaryIO, units: Iterable[tuple[str, str, bool]]) -> int:
    """Writes English and Spanish texts, and marks those that are a machine's; how many."""
    count = 0
    file.write(_HEAD.encode())
    for source, target, by_machine in units:
        mark = f' creationtool="{MADE}"' if by_machine else ""
        english, spanish = (f"<seg>{escape(_legal(text))}</seg>" for text in (source, target))
        sides = f'<tuv xml:lang="en">{english}</tuv><tuv xml:lang="es"{mark}>{spanish}</tuv>'
        file.write(f"    <tu>{sides}</tu>\n".encode())
        count += 1
    file.write(b"  </body>\n</tmx>\n")
    return count


def _texts(unit: ElementTree.Element) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Of each variant the language, without its country, the text, and whether it bears our mark."""
    for variant in unit:
        language = re.split("[-_]", (variant.get(_LANGUAGE) or variant.get("lang") or "").lower())[0]
        language = _SHORT.get(language, language)
        for segment in variant:
            if _name(segment) == "seg":
                by_machine = variant.get("creationtool") == MADE and not any(map(variant.get, CHANGED))
                yield language, (" ".join("".join(segment.itertext()).split()), by_machine)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _legal(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")
