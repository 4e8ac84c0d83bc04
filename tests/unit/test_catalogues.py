"""Gettext catalogues: what has no translation gets one, marked fuzzy; nothing else changes."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from seq2seq.errors import DataError
from seq2seq.formats.catalogues import Catalogue

PO = r"""# A catalogue.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#. A comment
#: main.c:12
msgctxt "menu"
msgid "Open the file"
msgstr ""

msgid "Close"
msgstr "Cerrar"

#, fuzzy
msgid "Save"
msgstr "Salvar"

#, c-format
msgid "One cat"
msgid_plural "%d cats"
msgstr[0] ""
msgstr[1] ""

#~ msgid "Old"
#~ msgstr "Viejo"
"""


def test_only_what_is_missing_is_translated_and_marked() -> None:
    catalogue = Catalogue(PO, "x.po")
    assert catalogue.texts == ["Open the file", "One cat", "%d cats"]
    filled = catalogue.fill(["Abrir el archivo", "Un gato", "%d gatos"])
    before, after = polib.pofile(PO), polib.pofile(filled)
    assert [(e.msgid, e.msgctxt, e.comment, e.occurrences, e.obsolete) for e in after] == [
        (e.msgid, e.msgctxt, e.comment, e.occurrences, e.obsolete) for e in before
    ]
    assert after.metadata == before.metadata
    assert after[0].msgstr == "Abrir el archivo"
    assert (after[1].msgstr, after[2].msgstr) == ("Cerrar", "Salvar")
    assert after[3].msgstr_plural == {0: "Un gato", 1: "%d gatos"}
    assert [e.flags for e in after if not e.obsolete] == [["fuzzy"], [], ["fuzzy"], ["c-format", "fuzzy"]]


def test_a_complete_catalogue_stays_byte_for_byte() -> None:
    complete = Catalogue(PO, "x.po").fill(["Abrir", "Un gato", "%d gatos"])
    again = Catalogue(complete, "x.po")
    assert again.texts == []
    assert again.fill([]) == complete


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_lines_of_new_translations_change(end: str) -> None:
    given = "\ufeff" + PO.replace("#, c-format", "#. By\n#, c-format").replace("\n", end) + f"# The end{end}"
    filled = Catalogue(given, "x.po").fill(["Abrir el archivo", "Un gato", "%d gatos"])
    wanted = given.replace(f'msgctxt "menu"{end}', f'#, fuzzy{end}msgctxt "menu"{end}', 1)
    wanted = wanted.replace(f'file"{end}msgstr ""', f'file"{end}msgstr "Abrir el archivo"')
    wanted = wanted.replace("#, c-format", "#, c-format, fuzzy")
    wanted = wanted.replace('msgstr[0] ""', 'msgstr[0] "Un gato"').replace('msgstr[1] ""', 'msgstr[1] "%d gatos"')
    assert filled == wanted


def test_a_catalogue_without_a_header_gets_none() -> None:
    filled = Catalogue('msgid "Go\\n"\nmsgstr ""', "x.po").fill(["Ve\n"])
    assert filled == '#, fuzzy\nmsgid "Go\\n"\nmsgstr "Ve\\n"'


def test_a_text_that_is_a_path_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "other.po").write_text(PO)
    with pytest.raises(DataError, match="no gettext catalogue"):
        Catalogue(str(tmp_path / "other.po"), "x.po")


def test_a_form_that_is_translated_is_kept() -> None:
    half = PO.replace('msgstr[0] ""', 'msgstr[0] "UN GATO"')
    after = polib.pofile(Catalogue(half, "x.po").fill(["Abrir", "Un gato", "%d gatos"]))
    assert after[3].msgstr_plural == {0: "UN GATO", 1: "%d gatos"}


@pytest.mark.parametrize("text", ["", "just text\n"])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"x\.po .*no gettext catalogue"):
        Catalogue(text, "x.po")
