"""Office documents: paragraphs are texts, formatting comes through, all else stays; what is not safe is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from seq2seq.errors import DataError
from seq2seq.formats.archives import FREE_BYTES
from seq2seq.formats.documents import Document
from seq2seq.formats.docx import WordDocument
from seq2seq.formats.odt import OpenText

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
MIMETYPE = b"application/vnd.oasis.opendocument.text"
STYLES = (
    '<style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold" o:rsid="1"/>'
    '</style:style><style:style style:name="T2" style:family="text"><style:text-properties o:rsid="2"/></style:style>'
    '<style:style style:name="T3" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
)


def packed(*members: tuple[str, bytes | str]) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data, ZIP_STORED if name == "mimetype" else ZIP_DEFLATED)
    return file.getvalue()


def unpacked(data: bytes) -> list[tuple[str, int, bytes]]:
    with ZipFile(BytesIO(data)) as archive:
        return [(info.filename, info.compress_type, archive.read(info)) for info in archive.infolist()]


def word(body: str, *others: tuple[str, bytes]) -> bytes:
    document = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return packed(("[Content_Types].xml", TYPES), ("word/document.xml", document), *others)


def open_text(body: str, *others: tuple[str, bytes]) -> bytes:
    names = {name: f"{ODF}{name}:1.0" for name in ("office", "text", "style")}
    names |= {"fo": f"{ODF}xsl-fo-compatible:1.0", "o": "http://openoffice.org/2009/office"}
    declared = "".join(f' xmlns:{name}="{uri}"' for name, uri in names.items())
    content = f"<office:x{declared}><office:automatic-styles>{STYLES}</office:automatic-styles>{body}</office:x>"
    return packed(("mimetype", MIMETYPE), ("content.xml", content), *others)


def run(text: str, formatting: str = "") -> str:
    return (
        f'<w:r w:rsidR="1"><w:rPr><w:lang w:val="en"/>{formatting}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'
    )


def field(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def filled(document: Document, *translations: str) -> bytes:
    """The body of the part with text, without its properties."""
    [data] = [
        data for name, _, data in unpacked(document.fill(translations)) if name.endswith(("ment.xml", "tent.xml"))
    ]
    return data


def shape(data: bytes) -> str:
    """A Word paragraph in short: [text], with b and i for bold and italic, other elements by name."""
    parts = []
    for element in etree.fromstring(data).find(f".//{{{W}}}p").iter(f"{{{W}}}*"):
        name = etree.QName(element).localname
        if name == "t":
            style = "".join(one for one in "bi" if element.getparent().find(f"{{{W}}}rPr/{{{W}}}{one}") is not None)
            parts.append(f"{style}[{element.text}]")
        elif name not in ("p", "r", "rPr", "lang", "b", "i"):
            parts.append(name)
    return " ".join(parts)


# Word


def test_a_document_that_word_could_have_written(tmp_path: object) -> None:
    made = docx.Document()
    made.add_heading("The title", 1)
    paragraph = made.add_paragraph("A ")
    paragraph.add_run("big").bold = True
    paragraph.add_run(" ").italic = True
    paragraph.add_run("house\tby the\nsea.")
    made.add_table(1, 2).cell(0, 1).text = "In a cell"
    made.sections[0].header.paragraphs[0].text = "A header"
    made.sections[0].footer.paragraphs[0].text = "42"
    file = BytesIO()
    made.save(file)
    texts = ["The title", "A <kept0>big</kept1> house\tby the\nsea.", "In a cell", "A header"]
    same = WordDocument(file.getvalue(), "a.docx")
    assert same.texts == texts
    assert unpacked(same.fill(texts)) == unpacked(file.getvalue())
    after = docx.Document(
        BytesIO(
            WordDocument(file.getvalue(), "a.docx").fill(
                ["El título", "Una casa <kept0/>grande <kept1/>junto\tal\nmar.", "En una celda", "Arriba"]
            )
        )
    )
    assert [(one.text, one.style.name) for one in after.paragraphs] == [
        ("El título", "Heading 1"),
        ("Una casa grande junto\tal\nmar.", "Normal"),
    ]
    assert [(one.text, one.bold, one.italic) for one in after.paragraphs[1].runs] == [
        ("Una casa ", None, None),
        ("grande", True, None),
        (" junto\tal\nmar.", None, None),
    ]
    assert after.tables[0].cell(0, 1).text == "En una celda"
    assert after.sections[0].header.paragraphs[0].text == "Arriba"
    assert after.sections[0].footer.paragraphs[0].text == "42"


@pytest.mark.parametrize(
    ("paragraph", "text", "translation", "wanted"),
    [
        (run("One ") + "<w:proofErr/>" + run("two"), "One two", "Uno", "[Uno]"),
        (run("One ", "<w:b/>") + run("two", "<w:b/>"), "One two", "Uno", "b[Uno]"),
        (
            run("All", "<w:b/>") + run(" of it now"),
            "<kept0>All</kept1> of it now",
            "Ya <kept0/>todo<kept1/>",
            "[Ya ] b[todo]",
        ),
        (
            run("See ") + f"<w:hyperlink>{run('the ', '<w:i/>')}{run('book', '<w:b/>')}</w:hyperlink>" + run(" now."),
            "See <kept0>the <kept1>book</kept2></kept3> now.",
            "<kept0/>El <kept1/>libro<kept2/><kept3/>.",
            "hyperlink i[El ] b[libro] [.]",
        ),
        (
            run("A") + "<w:r><w:footnoteReference/></w:r>" + run(" b") + '<w:del w:id="1"><w:r/></w:del>',
            "A<kept0/> b",
            "Un b<kept0/>",
            "[Un b] footnoteReference del",
        ),
        (
            '<w:bookmarkStart/><w:r><w:br w:type="page"/><w:t>One</w:t><w:br/><w:t>two</w:t><w:drawing/></w:r>',
            "One\ntwo",
            "Uno\ndos",
            "bookmarkStart br [Uno] br [dos] drawing",
        ),
        (
            run("Page ")
            + f"{field('begin')}<w:r><w:instrText>PAGE</w:instrText></w:r>{field('separate')}{run('x')}{field('end')}"
            + run(" is here"),
            "Page <kept0/> is here",
            "Aquí <kept0/>",
            "[Aquí ] fldChar instrText fldChar [x] fldChar",
        ),
        (
            f"{field('begin')}<w:r><w:instrText>HYPERLINK</w:instrText></w:r>{field('separate')}{run('x')}{field('end')}",
            "x",
            "z",
            "fldChar instrText fldChar [z] fldChar",
        ),
        (
            f"{run('In ')}{field('begin')}<w:r><w:instrText>TOC</w:instrText></w:r>{field('separate')}{run('x')}",
            "In <kept0/>x",
            "En <kept0/>y",
            "[En ] fldChar instrText fldChar [y]",
        ),
        (
            f"{run('A ')}<w:fldSimple w:instr=' HYPERLINK \"x\"'>{run('link')}</w:fldSimple>{run(' here')}",
            "A <kept0>link</kept1> here",
            "Aquí un <kept0/>enlace<kept1/>",
            "[Aquí un ] fldSimple [enlace]",
        ),
        (
            f"{run('Table ')}<w:fldSimple w:instr=' SEQ Table '>{run('1')}</w:fldSimple>{run(': a cat')}",
            "Table <kept0/>: a cat",
            "Un gato: <kept0/>",
            "[Un gato: ] fldSimple [1]",
        ),
        (
            f"<w:sdt><w:sdtPr/><w:sdtContent>{run('In it')}</w:sdtContent></w:sdt>" + run(" and out"),
            "<kept0>In it</kept1> and out",
            "Fuera y <kept0/>dentro<kept1/>",
            "[Fuera y ] sdt sdtPr sdtContent [dentro]",
        ),
    ],
)
def test_what_is_in_a_paragraph(paragraph: str, text: str, translation: str, wanted: str) -> None:
    document = WordDocument(word(f"<w:p>{paragraph}</w:p>"), "a.docx")
    assert document.texts == [text]
    assert shape(filled(document, translation)) == wanted


@pytest.mark.parametrize("lost", ["Uno dos", "<kept1/>Uno<kept0/>", "<kept0/>Uno<kept0/>"])
def test_a_paragraph_whose_formatting_does_not_come_back_stays_as_it_was(lost: str) -> None:
    data = word(f"<w:p>{run('One')}{run(' two three', '<w:b/>')}</w:p>")
    assert unpacked(WordDocument(data, "a.docx").fill([lost])) == unpacked(data)


def test_a_field_does_not_end_before_it_begins() -> None:
    link = f"{field('begin')}<w:r><w:instrText>HYPERLINK</w:instrText></w:r>{field('separate')}{run('the site')}"
    data = word(f"<w:p>{run('See ')}{link}{field('end')}{run(' now.')}</w:p>")
    document = WordDocument(data, "a.docx")
    assert document.texts == ["See <kept0/>the site<kept1/> now."]
    assert unpacked(document.fill(["Ya <kept1/>el sitio<kept0/>."])) == unpacked(data)
    assert shape(filled(document, "Ya <kept0/>el sitio<kept1/>.")).startswith("[Ya ] fldChar instrText fldChar [el")


def test_a_document_with_macros_has_its_body_translated() -> None:
    types = TYPES.replace(
        "vnd.openxmlformats-officedocument.wordprocessingml.document.main", "vnd.ms-word.document.macroEnabled.main"
    )
    [_, body] = unpacked(word(f"<w:p>{run('One')}</w:p>"))
    document = WordDocument(packed(("[Content_Types].xml", types), (body[0], body[2])), "a.docm")
    assert document.texts == ["One"]


def test_what_is_translated_in_a_bound_control_is_not_taken_from_elsewhere_again() -> None:
    control = "<w:sdt><w:sdtPr><w:alias/><w:dataBinding/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    inside = control.format(run("In"))
    document = WordDocument(word(control.format(f"<w:p>{run('All')}</w:p>") + f"<w:p>{inside}</w:p>"), "a.docx")
    assert document.texts == ["All", "In"]
    assert filled(document, "All", "In").count(b"dataBinding") == 2
    assert filled(document, "Todo", "In").count(b"dataBinding") == 1
    assert filled(document, "Todo", "En").count(b"dataBinding") == 0


def test_a_strict_document_is_read_and_stays_strict() -> None:
    link = f"<w:hyperlink>{run('a', '<w:b/>')}</w:hyperlink><w:fldSimple w:instr='HYPERLINK'>{run('b')}</w:fldSimple>"
    field_ = f"{field('begin')}<w:r><w:instrText>PAGE</w:instrText></w:r>{field('separate')}{run('x')}{field('end')}"
    paragraph = f"<w:p>{run('One')}<w:r><w:tab/><w:br w:type='page'/></w:r><!--a-->{link}{field_}{run('c')}</w:p>"
    made = []
    for space in (W, STRICT):
        data = packed(
            *((name, part.replace(W.encode(), space.encode())) for name, _, part in unpacked(word(paragraph)))
        )
        document = WordDocument(data, "a.docx")
        assert document.texts == ["One\t<kept0/><kept1>a</kept2><kept3>b</kept4><kept5/>c"]
        made.append(filled(document, "Uno\t\n<kept0/><kept1/>ah<kept2/><kept3/>be<kept4/><kept5/>ce"))
    assert made[0].replace(W.encode(), STRICT.encode()) == made[1]
    assert W.encode() not in made[1]
    assert shape(made[0]).startswith("[Uno] tab br br hyperlink b[ah] fldSimple [be] fldChar instrText")


def test_paragraphs_in_a_text_box_are_texts_of_their_own() -> None:
    box = f"<w:r><w:pict><w:txbxContent><w:p>{run('In the box')}</w:p></w:txbxContent></w:pict></w:r>"
    document = WordDocument(word(f"<w:p>{run('Out')}{box}{run('side')}</w:p>"), "a.docx")
    assert document.texts == ["Out<kept0/>side", "In the box"]
    assert shape(filled(document, "Fue<kept0/>ra", "Dentro")) == "[Fue] pict txbxContent [Dentro] [ra]"


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert shape(filled(WordDocument(word(f"<w:p>{run('a')}</w:p>"), "a.docx"), "b\x07\ufffe<&")) == "[b<&]"


# OpenDocument


@pytest.mark.parametrize(
    ("paragraph", "translation", "wanted"),
    [
        ("One\n  two", "Uno", "Uno"),
        ("\n  One", "Uno", "Uno"),
        ('<text:s text:c="4"/>One', "Uno", '<text:s text:c="4"/>Uno'),
        (
            '<text:s/><text:span text:style-name="T1">One</text:span>',
            "Uno",
            '<text:s text:c="1"/><text:span text:style-name="T1">Uno</text:span>',
        ),
        (
            'A <text:bookmark-start text:name="x"/>b<text:bookmark-end text:name="x"/> c',
            "<kept0/>B<kept1/>",
            '<text:bookmark-start text:name="x"/>B<text:bookmark-end text:name="x"/>',
        ),
        (
            'One<text:s text:c="2"/>two<text:tab/>b<text:line-break/>c',
            "u  d\tb\nc",
            'u <text:s text:c="1"/>d<text:tab/>b<text:line-break/>c',
        ),
        (
            'A <text:span text:style-name="T1">b</text:span><text:span text:style-name="T3">ig</text:span> house',
            "Una casa <kept0/>grande<kept1/>",
            'Una casa <text:span text:style-name="T1">grande</text:span>',
        ),
        ('A <text:span text:style-name="T2">big</text:span> house', "Una casa", "Una casa"),
        (
            '<text:bookmark/>See <text:a href="x">it</text:a><text:note><text:p>1</text:p></text:note> now',
            "Ve<kept0/>lo<kept1/> ya<kept2/>",
            '<text:bookmark/>Ve<text:a href="x">lo</text:a> ya<text:note><text:p>1</text:p></text:note>',
        ),
    ],
)
def test_what_is_in_a_paragraph_of_open_document(paragraph: str, translation: str, wanted: str) -> None:
    data = open_text(f"<text:p>{paragraph}</text:p>")
    [text] = OpenText(data, "a.odt").texts
    assert unpacked(OpenText(data, "a.odt").fill([text])) == unpacked(data)
    made = filled(OpenText(data, "a.odt"), translation).decode()
    assert made.split("</office:automatic-styles>")[1].removesuffix("</office:x>") == f"<text:p>{wanted}</text:p>"


def test_headings_notes_headers_are_read_comments_and_deletions_are_not() -> None:
    body = "<text:h>Title</text:h><text:p>A<text:note><text:p>Note</text:p></text:note> b</text:p>"
    body += "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
    body += "<text:p><office:annotation><text:p>remark</text:p></office:annotation></text:p>"
    style = open_text("<text:p>Header</text:p>")
    data = open_text(body, ("styles.xml", {name: data for name, _, data in unpacked(style)}["content.xml"]))
    document = OpenText(data, "a.odt")
    assert document.texts == ["Title", "A<kept0/> b", "Note", "Header"]
    made = document.fill(["Título", "A<kept0/> b", "Nota", "Arriba"])
    assert [name for name, _, _ in unpacked(made)] == ["mimetype", "content.xml", "styles.xml"]
    assert unpacked(made)[0] == ("mimetype", ZIP_STORED, MIMETYPE)
    assert OpenText(made, "a.odt").texts == ["Título", "A<kept0/> b", "Nota", "Arriba"]


# What is not safe, or not what it is called

BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
ENTITY = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def encrypted(data: bytes) -> bytes:
    """The archive with the bit set that says so, in all headers."""
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for number in [n for n in range(len(data)) if data.startswith(header, n)]:
            data = data[: number + at] + bytes([data[number + at] | 1]) + data[number + at + 1 :]
    return data


def lzma() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_LZMA) as archive:
        archive.writestr("word/document.xml", "x")
    return file.getvalue()


@pytest.mark.parametrize("kind", [WordDocument, OpenText])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no zip"),
        (b"just text", "no zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or"),
        (encrypted(word("")), "is encrypted"),
        (word("", ("big", bytes(FREE_BYTES + 1))), "zip bomb"),
        (lzma(), "packs"),
        (packed(("a", "b")), "is no .(docx|odt)"),
        (word("", ("[Content_Types].xmm", b"<x/>")).replace(b".xmm", b".xml"), "twice"),
        (packed(("mimetype", MIMETYPE), ("[Content_Types].xml", "<x"), ("content.xml", "<x")), "no XML"),
        (
            packed(
                ("mimetype", MIMETYPE),
                ("[Content_Types].xml", BOMB + "<w>&b;</w>"),
                ("content.xml", BOMB + "<w>&b;</w>"),
            ),
            "DTD",
        ),
        (
            packed(("mimetype", MIMETYPE), ("[Content_Types].xml", ENTITY + "<w/>"), ("content.xml", ENTITY + "<w/>")),
            "DTD",
        ),
        (packed(("[Content_Types].xml", "<x/>"), ("mimetype", b"text/plain")), "is no .(docx|odt)"),
    ],
)
def test_what_is_refused(kind: Callable[[bytes, str], Document], data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=f"bad.file.*{words}") as error:
        kind(data, "bad.file")
    assert str(error.value).count("\n") == 0


def test_an_encrypted_open_document_is_refused() -> None:
    manifest = f'<m:x xmlns:m="{ODF}manifest:1.0"><m:encryption-data/></m:x>'.encode()
    with pytest.raises(DataError, match=r"a\.odt is encrypted"):
        OpenText(open_text("", ("META-INF/manifest.xml", manifest)), "a.odt")


def test_a_member_with_a_path_that_leads_away_is_only_copied() -> None:
    data = word(f"<w:p>{run('a')}</w:p>", ("../../away", b"x"), ("/root", b"y"))
    assert [one for one in unpacked(WordDocument(data, "a.docx").fill(["b"])) if "word" not in one[0]] == [
        one for one in unpacked(data) if "word" not in one[0]
    ]


GOOD = {
    WordDocument: word(f"<w:p>{run('One ')}{run('two', '<w:b/>')}<w:hyperlink>{run('three')}</w:hyperlink></w:p>"),
    OpenText: open_text('<text:p>One <text:span text:style-name="T1">two</text:span><text:s text:c="x"/></text:p>'),
}


@pytest.mark.parametrize("kind", GOOD)
@given(data=st.data())
def test_whatever_bytes_are_read_or_refused(kind: Callable[[bytes, str], Document], data: st.DataObject) -> None:
    good = bytearray(GOOD[kind])
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(good) - 1))
        good[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with suppress(DataError):
        document = kind(bytes(good), "a.file")
        unpacked(document.fill([text.replace("One", "Uno") for text in document.texts]))


TAGS = [
    "<w:p>",
    "</w:p>",
    "<w:r>",
    "</w:r>",
    "<w:t>",
    "</w:t>",
    "<w:rPr>",
    "</w:rPr>",
    "<w:b/>",
    "a b",
    " ",
    "<w:tab/>",
]
TAGS += ["<w:hyperlink>", "</w:hyperlink>", "<w:ins>", "</w:ins>", "<w:x/>", "<!--a-->", "<?a?>", "<w:br/>", "&amp;"]
TAGS += [f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate", "end")]


@given(st.lists(st.sampled_from(TAGS), max_size=25), st.booleans())
def test_any_tree_comes_back_or_is_translated(tags: list[str], complete: bool) -> None:
    inner = etree.tostring(etree.fromstring(f'<x xmlns:w="{W}">{"".join(tags)}</x>', etree.XMLParser(recover=True)))
    data = word("<w:p><w:r><w:t>ab</w:t></w:r>" + (inner.decode() if complete else "") + "</w:p>")
    document = WordDocument(data, "a.docx")
    assert unpacked(document.fill(document.texts)) == unpacked(data)
    made = WordDocument(document.fill([text.replace("a", "o") for text in document.texts]), "a.docx")
    assert "".join(made.texts).count("o") == "".join(document.texts).count("a")
