"""XLIFF: sources without targets are texts, targets take their places, and all else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.formats.xliff import Xliff

ONE = b"""<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file original="a" source-language="en-US" datatype="plaintext">
    <body>
      <trans-unit id="1"><source>Press <g id="1">the  <x id="2"/> key</g>
        now.</source></trans-unit>
      <trans-unit id="2">
        <source>Open</source>
        <target/>
        <note>a door</note>
      </trans-unit>
      <trans-unit id="3"><source>Close</source><target>Cerrar ya</target></trans-unit>
      <trans-unit id="4" translate="no"><source>seq2seq</source></trans-unit>
      <trans-unit id="5"><source>12 %</source></trans-unit>
    </body>
  </file>
</xliff>"""
TWO = b"""<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en">
 <file id="f"><group id="g" translate="no"><unit id="u0"><segment><source>Not this</source></segment></unit></group>
  <unit id="u"><segment id="s"><source>Read <pc id="1">this <ph id="2"/></pc></source></segment>
  <segment state="final"><source>Old</source><target>Viejo</target></segment></unit></file>
</xliff>"""


def test_sources_without_targets_are_texts() -> None:
    assert Xliff(ONE, "x").texts == ["Press <kept0>the <kept1/> key</kept2> now.", "Open"]
    assert Xliff(TWO, "x").texts == ["Read <kept0>this <kept1/></kept2>"]


@pytest.mark.parametrize("data", [ONE, TWO])
def test_where_nothing_is_translated_the_bytes_stay(data: bytes) -> None:
    document = Xliff(data, "x")
    assert document.fill(document.texts) == data
    lost = [text.replace("<kept0/>", "") + "x" for text in document.texts]
    assert b"<kept" not in Xliff(data, "x").fill(lost)


def test_targets_of_version_1_take_their_places() -> None:
    after = Xliff(ONE, "x").fill(["Pulse ahora <kept0/>la tecla <kept1/><kept2/>.", "Abrir"]).decode()
    made = 'Pulse ahora <g id="1">la tecla <x id="2"/></g>.'
    state = 'state="needs-review-translation" state-qualifier="mt-suggestion"'
    assert f"<target {state}>{made}</target></trans-unit>" in after
    assert f"<source>Open</source>\n        <target {state}>Abrir</target>" in after
    assert after.count("<target") == 3
    assert 'target-language="es"' in after
    assert '<source>Press <g id="1">the  <x id="2"/> key</g>\n        now.</source>' in after
    again = Xliff(after.encode(), "x")
    assert again.texts == []
    assert again.fill([]) == after.encode()


def test_what_is_marked_as_not_to_be_translated_is_kept_whole() -> None:
    marked = TWO.replace(b'<pc id="1">this <ph id="2"/></pc>', b'<mrk id="1" translate="no">this</mrk> now')
    assert Xliff(marked, "x").texts == ["Read <kept0/> now"]


def test_targets_of_version_2_take_their_places() -> None:
    after = Xliff(TWO, "x").fill(["Lea <kept0/>esto <kept1/><kept2/>"]).decode()
    assert '<target>Lea <pc id="1">esto <ph id="2"/></pc></target></segment>' in after
    assert '<segment id="s" state="translated" subState="seq2seq:machine">' in after
    assert 'trgLang="es"' in after
    assert "Not this</source></segment>" in after


@pytest.mark.parametrize("known", [True, False])
def test_a_target_is_not_said_to_be_english(known: bool) -> None:
    data = ONE.replace(b"<source>Open", b'<source xml:lang="en-US">Open')
    data = data.replace(b'"en-US" d', b'"en-US" target-language="es-MX" d') if known else data
    document = Xliff(data, "x")
    after = document.fill([document.texts[0], "Abrir"]).decode()
    language = 'xml:lang="es-MX" ' if known else ""
    assert f'<target {language}state="needs-review-translation"' in after
    assert after.count('xml:lang="en-US"') == 1
    told = Xliff(data.replace(b"<target/>", b'<target xml:lang="es-AR" state="new"/>'), "x")
    assert b'<target xml:lang="es-AR" state="needs-review' in told.fill([told.texts[0], "Abrir"])


SEGMENTS = b"""<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file><body><trans-unit id="1">
  <source xml:lang="en">Press it. Now <g id="1">run</g>! 12</source>
  <seg-source><mrk mtype="seg" mid="1">Press it.</mrk> <mrk mtype="seg" mid="2">Now <g id="1">run</g>!</mrk> <mrk
    mtype="seg" mid="3">12</mrk></seg-source>
  <target><mrk mtype="seg" mid="1"/><mrk mtype="seg" mid="2"/></target>
  <note>a</note></trans-unit></body></file></xliff>"""


def test_segments_are_texts_and_stay_segments_in_a_target_behind_them() -> None:
    assert Xliff(SEGMENTS, "x").texts == ["Press it.", "Now <kept0>run</kept1>!"]
    after = Xliff(SEGMENTS, "x").fill(["Pulse.", "¡<kept0/>Corra<kept1/> ya!"]).decode()
    made = '<mrk mtype="seg" mid="1">Pulse.</mrk> <mrk mtype="seg" mid="2">¡<g id="1">Corra</g> ya!</mrk> <mrk'
    assert made in after
    starts = [line.strip()[:8] for line in after.splitlines()[2:]]
    assert starts == ["<source ", "<seg-sou", "<target ", "<note>a<"]
    assert after.count('<mrk mtype="seg" mid="3">12</mrk>') == 2
    assert after.count("<target") == 1
    assert Xliff(after.encode(), "x").texts == []


def test_segments_of_which_one_has_lost_something_stay_together_without_a_target() -> None:
    for lost in (["Pulse.", "¡Corra ya!"], ["Press it.", "¡Corra ya!"], Xliff(SEGMENTS, "x").texts):
        assert Xliff(SEGMENTS, "x").fill(lost) == SEGMENTS
    after = Xliff(SEGMENTS, "x").fill(["Press it.", "¡<kept0/>Corra<kept1/> ya!"]).decode()
    assert after.count('<mrk mtype="seg" mid="1">Press it.</mrk>') == 2


def test_line_breaks_are_kept_where_space_is_preserved() -> None:
    data = ONE.replace(b'<trans-unit id="1">', b'<trans-unit id="1" xml:space="preserve">')
    document = Xliff(data, "x")
    assert document.texts[0] == "Press <kept0>the  <kept1/> key</kept2>\n        now."
    after = document.fill(["Pulse <kept0/>la <kept1/> tecla<kept2/>\n        ya.", "Open"]).decode()
    assert '>Pulse <g id="1">la <x id="2"/> tecla</g>\n        ya.</target>' in after


def test_no_code_ends_before_it_begins() -> None:
    for begin, end in (
        (b'<bpt id="1">b</bpt>', b'<ept id="1">e</ept>'),
        (b'<bx id="1" rid="9"/>', b'<ex id="2" rid="9"/>'),
    ):
        data = ONE.replace(b"<source>Open", b"<source>Open " + begin + b"the" + end + b" door")
        document = Xliff(data, "x")
        assert document.fill([document.texts[0], "Abra <kept1/>la<kept0/> puerta"]) == data
        assert begin + b"la" + end in document.fill([document.texts[0], "Abra <kept0/>la<kept1/> puerta"])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('see <bpt id="1"/>the<ept id="1"/> cat', "see <kept0>the</kept1> cat"),
        (
            'see <bpt id="1"/>the <bpt id="2"/>red<ept id="2"/><ept id="1"/> cat',
            "see <kept0>the <kept1>red</kept2></kept3> cat",
        ),
        (
            'see <bpt id="1"/>the <bpt id="2"/>red<ept id="1"/> cat<ept id="2"/>s',
            "see <kept0>the <kept1/>red</kept2> cat<kept3/>s",
        ),
        ('see <g id="3">the <bpt id="1"/>red</g> cat<ept id="1"/>s', "see <kept0>the <kept1/>red</kept2> cat<kept3/>s"),
        ('see <g id="3">the <bpt id="1"/>red<ept id="1"/></g> cat', "see <kept0>the <kept1>red</kept2></kept3> cat"),
        ('see <bpt id="1"/>the <g id="3">red<ept id="1"/></g> cat', "see <kept0/>the <kept1>red<kept2/></kept3> cat"),
        ('see <ept id="7"/>the cat <bpt id="8"/>here', "see <kept0/>the cat <kept1/>here"),
    ],
)
def test_codes_stand_around_what_is_between_them_unless_they_cross(source: str, text: str) -> None:
    data = ONE.replace(b"<source>Open", b"<source>" + source.encode())
    document = Xliff(data, "x")
    assert document.texts[-1] == text
    after = document.fill([*document.texts[:-1], text.replace("see", "ver").replace("cat", "gato")]).decode()
    assert f">{source.replace('see', 'ver').replace('cat', 'gato')}</target>" in after


def test_codes_that_begin_and_never_end_take_no_long() -> None:
    begun = "".join(f'<bx id="{n}"/>' for n in range(20_000)) + "Open " + '<ex id="x"/>' * 20_000
    assert Xliff(ONE.replace(b"<source>Open", b"<source>" + begun.encode()), "x").texts[-1] == "Open "


def test_what_stands_in_cdata_stays_in_it() -> None:
    data = ONE.replace(b"<source>Open", b"<source><![CDATA[Open <b>]]>").replace(b"a door", b"<![CDATA[a & b]]>")
    document = Xliff(data, "x")
    after = document.fill([document.texts[0], "Abrir <b>"]).decode()
    assert "<source><![CDATA[Open <b>]]></source>" in after
    assert "<![CDATA[a & b]]>" in after
    assert ">Abrir &lt;b&gt;</target>" in after


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no XML"),
        (b"<a/>", "no XLIFF"),
        (ONE[:-9], "no XML"),
        (ONE.replace(b"en-US", b"de"), "source-language is de"),
        (TWO.replace(b'srcLang="en"', b'srcLang="en" trgLang="fr"'), "trgLang is fr"),
        (b"<!DOCTYPE x [<!ENTITY e 'y'>]>" + TWO, "declarations"),
    ],
)
def test_what_cannot_be_translated_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(DataError, match=rf"a\.xlf.*{told}"):
        Xliff(data, "a.xlf")


@given(st.integers(0, len(ONE)), st.binary(max_size=4))
def test_a_damaged_file_is_read_or_refused(at: int, damage: bytes) -> None:
    try:
        document = Xliff(ONE[:at] + damage + ONE[at + len(damage) :], "x")
    except DataError:
        return
    document.fill([f"{text} y" for text in document.texts])
