"""Gettext catalogues: what has no translation gets one, marked fuzzy; nothing else changes."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.formats import mnemonics
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
MADE = ["Abrir", "Un gato", "%d gatos"]
ODD = r"""msgid "No "
"header"
msgstr "Sin cabecera, y el ancho de esta línea es mayor que el que escribiría ningún programa, que son 78"

#:   a.c:1  b.c:2
#,  c-format
#| msgid "old"
msgid "Open"
msgstr ""
""

#~| msgid "older"
#~ msgid "Old"
#~ msgstr "Viejo"

# the end
"""
ENTRIES = [
    'msgid ""\nmsgstr "Language: es\\n"\n',
    'msgid "a"\nmsgstr ""\n',
    '# one\nmsgctxt "c"\nmsgid "b"\nmsgstr "x"\n',
    '#, c-format\nmsgid "c"\n"d"\nmsgstr ""\n""\n',
    'msgid "e"\nmsgid_plural "f"\nmsgstr[0] "y"\n"z"\nmsgstr[1] ""\nmsgstr[2] ""\n',
    'msgid "g"\nmsgid_plural "h"\nmsgstr ""\n',
    '#| msgid "i"\nmsgid "j"\nmsgstr ""\n',
    '#~| msgid "k"\n#~ msgid "l"\n#~ msgstr ""\n',
    "#:\n",
    "# two\n",
    "\n",
]


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
    complete = Catalogue(PO, "x.po").fill(MADE)
    unwrapped = complete.replace('"Abrir"', '"' + "abrir " * 40 + '"').replace('"Cerrar"', '""\n"Ce"\n"rrar"')
    for text in (complete, unwrapped, "\ufeff" + unwrapped.replace("\n", "\r\n"), unwrapped + "\n# end", ODD[:130]):
        again = Catalogue(text, "x.po")
        assert again.texts == []
        assert again.fill([]) == text


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_lines_of_what_is_translated_change(bom: str, end: str) -> None:
    catalogue = Catalogue(bom + ODD.replace("\n", end), "x.po")
    assert catalogue.texts == ["Open"]
    wanted = ODD.replace('msgstr ""\n""\n', 'msgstr "Abrir"\n').replace("c-format", "c-format, fuzzy")
    assert catalogue.fill(["Abrir"]) == bom + wanted.replace("\n", end)
    assert catalogue.fill([""]) == bom + ODD.replace("\n", end)


def test_lines_keep_the_ends_that_they_have() -> None:
    filled = Catalogue(
        '# a\u2028# b\r\nmsgid "Close"\nmsgstr "x"\n\n# c\u2028# d\r\nmsgid "Open"\r\nmsgstr ""', "x.po"
    ).fill(["Abrir"])
    wanted = '# a\u2028# b\r\nmsgid "Close"\nmsgstr "x"\n\n# c\u2028# d\r\n#, fuzzy\r\nmsgid "Open"\r\nmsgstr "Abrir"'
    assert filled == wanted


@given(st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_any_catalogue_is_filled_and_keeps_its_other_lines(parts: list[str], end: str) -> None:
    text = "".join(parts).replace("\n", end)
    if not text.strip():
        return
    catalogue = Catalogue(text, "x.po")
    assert catalogue.fill([""] * len(catalogue.texts)) == text
    filled = catalogue.fill([f"la «{one}»\n" for one in catalogue.texts])
    assert Catalogue(filled, "x.po").texts == []
    assert filled.count("\n") == filled.count(end)
    kept = [line for line in text.split(end) if line.startswith(("#~", "# ", "#|", "#:", "msgid", "msgctxt"))]
    assert [line for line in filled.split(end) if line in kept] == kept


def test_a_catalogue_whose_text_is_a_path_is_not_that_file(tmp_path: Path) -> None:
    other = tmp_path / "other.po"
    other.write_text(PO, encoding="utf-8")
    with pytest.raises(DataError, match=r"x\.po is no gettext catalogue"):
        Catalogue(str(other), "x.po")


def test_a_form_that_is_translated_is_kept() -> None:
    half = PO.replace('msgstr[0] ""', 'msgstr[0] "UN GATO"')
    after = polib.pofile(Catalogue(half, "x.po").fill(["Abrir", "Un gato", "%d gatos"]))
    assert after[3].msgstr_plural == {0: "UN GATO", 1: "%d gatos"}


@pytest.mark.parametrize("text", ["", "just text\n", 'msgid "a"\n#~ msgstr ""\n'])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"x\.po .*no gettext catalogue"):
        Catalogue(text, "x.po")


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


@pytest.mark.parametrize(
    ("text", "shown", "translation", "wanted"),
    [
        ("Open &File...", "Open File...", "Abrir un fichero...", "Abrir un &fichero..."),
        ("Save _As", "Save As", "Guardar como", "Gu_ardar como"),
        ("E_xit", "Exit", "Salir", "_Salir"),
        ("_Edit", "Edit", "Editar", "_Editar"),
        ("E&xit", "Exit", "Texto", "Te&xto"),
        ("_Paste", "Paste", "Es pegar", "Es _pegar"),
        ("_7 up", "_7 up", "_7", "_7"),
        ("R&D", "R&D", "R&D", "R&D"),
        ("Search & find", "Search & find", "Busca", "Busca"),
        ("Tom &amp; Jerry", "Tom &amp; Jerry", "Tom", "Tom"),
        ("file_name", "file_name", "file_name", "file_name"),
        ("_One _two", "_One _two", "Uno", "Uno"),
        ("&Help", "Help", "¿?", "¿?"),
        ("&Save %s", "Save %s", "Guardar %s", "Guardar %s".replace("G", "&G")),
        ("<b>&Bold</b>", "<b>Bold</b>", "<b>Negrita</b>", "<b>&Negrita</b>"),
        ("Delete &directory %d", "Delete directory %d", "Un %d quita", "&Un %d quita"),
        ("See https://example.org/?a=b&c=d", "See https://example.org/?a=b&c=d", "Vea", "Vea"),
        ("Set is_admin", "Set is_admin", "Ponga", "Ponga"),
        ("$_GET", "$_GET", "$_GET", "$_GET"),
        ("To %(_user)s", "To %(_user)s", "A", "A"),
        ("Rock&roll", "Rock&roll", "Rock", "Rock"),
        ("Pre&ferences", "Preferences", "Preferencias", "Pre&ferencias"),
        ("one two three four five six _seven", "one two three four five six _seven", "uno", "uno"),
    ],
)
def test_a_menu_s_key_is_laid_aside_and_set_anew(text: str, shown: str, translation: str, wanted: str) -> None:
    catalogue = Catalogue(f'msgid "{text}"\nmsgstr ""\n', "x.po")
    assert catalogue.texts == [shown]
    [entry] = polib.pofile(catalogue.fill([translation]))
    assert entry.msgstr == wanted


@given(st.text(alphabet="&_aZ É#1"))
def test_a_text_that_is_its_own_translation_keeps_its_key(text: str) -> None:
    if mnemonics.place(text) is not None:
        again = mnemonics.restored(text, mnemonics.without(text))
        assert mnemonics.without(again) == mnemonics.without(text)
        assert mnemonics.place(again) is not None
