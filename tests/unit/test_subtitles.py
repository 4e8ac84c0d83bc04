"""Subtitles: times and layout stay, a sentence over several cues is one, and what we write others can read."""

from __future__ import annotations

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.formats.subtitles import LINE_WIDTH, Subtitles, break_lines, lay_over

SRT = """\
1
00:00:01,000 --> 00:00:02,500
I have lost my keys,

2
00:00:02,600 --> 00:00:04,000 X1:10 X2:20
can you
help me?

3
00:00:05,000 --> 00:00:06,000
- <i>Yes.</i>
- No!

4
00:00:07,000 --> 00:00:08,000

5
00:00:09,000 --> 00:00:10,000
And one more"""
VTT = """\
WEBVTT - a film

STYLE
::cue { color: papayawhip }

NOTE not for translation

intro
00:01.000 --> 00:02.000 align:start position:10%
Good morning.
"""
TEXTS = ["I have lost my keys, can you help me?", "- <i>Yes.</i>", "- No!", "", "And one more"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_sentences_are_whole_and_untranslated_ones_stay_byte_for_byte(end: str) -> None:
    text = "\ufeff" + SRT.replace("\n", end)
    subtitles = Subtitles(text, "x")
    assert subtitles.texts == TEXTS
    assert subtitles.fill(TEXTS) == text


def test_a_sentence_is_laid_back_over_its_cues() -> None:
    filled = Subtitles(SRT, "x").fill(
        ["He perdido mis llaves, ¿me puedes ayudar?", "- <i>Sí.</i>", "- ¡No!", "", "Y una más"]
    )
    assert filled == SRT.replace("I have lost my keys,", "He perdido mis llaves,").replace(
        "can you\nhelp me?", "¿me puedes ayudar?"
    ).replace("Yes.", "Sí.").replace("No!", "¡No!").replace("And one more", "Y una más")


def test_another_reader_finds_the_same_times_and_the_new_text() -> None:
    for kind, text in (("srt", SRT), ("vtt", VTT)):
        subtitles = Subtitles(text, "x")
        filled = subtitles.fill([f"{one[:2]}sí{one[2:]}" if one else "" for one in subtitles.texts])
        before, after = (pysubs2.SSAFile.from_string(one, format_=kind) for one in (text, filled))
        assert [(event.start, event.end) for event in after] == [(event.start, event.end) for event in before]
        assert after[0].text != before[0].text


def test_webvtt_keeps_styles_notes_names_and_settings() -> None:
    subtitles = Subtitles(VTT, "x")
    assert subtitles.texts == ["Good morning."]
    assert subtitles.fill(["Buenos días."]) == VTT.replace("Good morning.", "Buenos días.")


def test_what_has_no_cue_is_refused_and_nothing_is_nothing() -> None:
    with pytest.raises(DataError, match="x holds no cue"):
        Subtitles("Just text.\n", "x")
    assert Subtitles("", "x").fill([]) == ""


def test_a_cut_is_made_in_proportion_and_better_behind_a_comma() -> None:
    assert lay_over("uno dos tres cuatro", [1, 1]) == ["uno dos", "tres cuatro"]
    assert lay_over("uno dos tres, cuatro cinco seis", [10, 10]) == ["uno dos tres,", "cuatro cinco seis"]
    assert lay_over("uno", [5, 5]) == ["uno", ""]
    assert lay_over("", [5, 5]) == ["", ""]


@given(st.text(st.sampled_from("abc ,."), max_size=150), st.lists(st.integers(0, 50), min_size=1, max_size=5))
def test_no_word_is_lost_and_none_is_empty_before_its_time(text: str, sizes: list[int]) -> None:
    parts = lay_over(text, sizes)
    assert len(parts) == len(sizes)
    assert " ".join(parts).split() == text.split()
    filled = [bool(part) for part in parts]
    assert filled == sorted(filled, reverse=True)
    assert sum(filled) == min(len(sizes), len(text.split()))
    lines = break_lines(text)
    assert " ".join(lines).split() == text.split()
    assert all(len(line) <= LINE_WIDTH or " " not in line.strip() for line in lines)


@given(st.text(st.sampled_from("a.-\n\r >1:,"), max_size=80))
def test_any_text_is_refused_or_comes_back(text: str) -> None:
    try:
        subtitles = Subtitles(text, "x")
    except DataError:
        return
    assert subtitles.fill(subtitles.texts) == text
    assert len(subtitles.fill([f"{one} x" for one in subtitles.texts])) >= 0


def test_a_long_word_does_not_take_the_others_apart() -> None:
    credit = "Subtítulos de https://www.opensubtitles.org/en/profile/12345678 para todos ustedes"
    assert break_lines(credit) == [
        "Subtítulos de",
        "https://www.opensubtitles.org/en/profile/12345678",
        "para todos ustedes",
    ]


def test_cues_without_a_blank_line_between_them_keep_their_times() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nHello there.\n2\n00:00:03,000 --> 00:00:04,000\nMy friend.\n"
    subtitles = Subtitles(text, "x")
    assert subtitles.texts == ["Hello there.", "My friend."]
    assert subtitles.fill(["Hola.", "Amigo."]) == text.replace("Hello there.", "Hola.").replace("My friend.", "Amigo.")


def cues(*rows: tuple[float, float, str]) -> str:
    return "\n".join(
        f"{n}\n00:{a // 60:02.0f}:{a % 60:06.3f} --> 00:{b // 60:02.0f}:{b % 60:06.3f}\n{text}\n".replace(".", ",", 2)
        for n, (a, b, text) in enumerate(rows, start=1)
    )


def test_a_sentence_does_not_go_on_after_a_pause() -> None:
    assert Subtitles(cues((0, 1, "LONDON"), (600, 601, "Hello there")), "x").texts == ["LONDON", "Hello there"]
    assert Subtitles(cues((0, 1, "I have lost"), (2, 3, "my keys")), "x").texts == ["I have lost my keys"]


def test_tags_around_whole_cues_are_around_them_again() -> None:
    text = cues((0, 1, "<i>When I came home</i>"), (1, 2, "<i>last night,\nhe slept</i>"), (2, 3, "and snored."))
    subtitles = Subtitles(text, "x")
    assert subtitles.texts == ["When I came home last night, he slept and snored."]
    filled = subtitles.fill(["Cuando vine a casa anoche, él dormía y roncaba."])
    first, second, third = (said for said in filled.split("\n\n"))
    assert first.endswith("\n<i>Cuando vine a</i>")
    assert second.endswith("\n<i>casa anoche, él dormía</i>")
    assert third.endswith("\ny roncaba.\n")


def test_cues_with_tags_within_go_on_and_tags_are_not_cut() -> None:
    text = cues((0, 1, "When I"), (1, 2, '<font color="light blue">came</font> home'), (2, 3, "it rained."))
    subtitles = Subtitles(text, "x")
    assert subtitles.texts == ['When I <font color="light blue">came</font> home it rained.']
    filled = subtitles.fill(['Cuando yo <font color="light blue">vine</font> a casa y ya era de noche llovía.'])
    assert '<font color="light blue">vine</font>' in filled


def test_an_arrow_in_what_is_said_is_text() -> None:
    subtitles = Subtitles(cues((0, 1, "Go --> there.")), "x")
    assert subtitles.texts == ["Go --> there."]


def timed(*said: tuple[str, str, str]) -> str:
    return "\n".join(f"{n}\n00:{start} --> 00:{end}\n{text}\n" for n, (start, end, text) in enumerate(said, start=1))


@pytest.mark.parametrize(
    ("start", "texts"),
    [
        ("00:04,900", ["LONDON this evening."]),
        ("00:05,100", ["LONDON", "this evening."]),
        ("10:00,000", ["LONDON", "this evening."]),
        ("00:01,000", ["LONDON", "this evening."]),  # at the same time, elsewhere on the screen
    ],
)
def test_a_sentence_goes_on_only_where_the_next_cue_follows_soon(start: str, texts: list[str]) -> None:
    text = timed(("00:01,000", "00:02,000", "LONDON"), (start, "10:02,000", "this evening."))
    assert Subtitles(text, "x").texts == texts


def test_a_sentence_goes_on_behind_a_tag_and_each_cue_keeps_its_own() -> None:
    text = timed(
        ("00:01,000", "00:02,000", "<i>I have lost</i>"), ("00:02,100", "00:03,000", "{\\an8}<i>my\nkeys.</i>")
    )
    subtitles = Subtitles(text, "x")
    assert subtitles.texts == ["I have lost my keys."]
    wanted = text.replace("I have lost", "He perdido las").replace("my\nkeys", "llaves")
    assert subtitles.fill(["He perdido las llaves."]) == wanted


def test_tags_of_each_line_become_those_of_the_cue() -> None:
    text = timed(("00:01,000", "00:02,000", "<i>It was the best</i>\n<i>of times.</i>"))
    assert Subtitles(text, "x").texts == ["It was the best of times."]
    assert Subtitles(text, "x").fill(["Fue."]) == timed(("00:01,000", "00:02,000", "<i>Fue.</i>"))


def test_tags_have_no_width_and_are_never_cut() -> None:
    tag = '<font color="yellow" face="Times New Roman">'
    assert break_lines(f"Un {tag}perro</font> grande") == [f"Un {tag}perro</font> grande"]
    assert lay_over(f"uno {tag}dos</font> tres cuatro", [7, 11]) == [f"uno {tag}dos</font>", "tres cuatro"]
    assert all(line.count("<") == line.count(">") for line in break_lines(f"a{tag} b </font>{'c ' * 60}{tag}d"))


def test_an_arrow_in_a_cue_is_text_and_one_elsewhere_is_refused() -> None:
    text = timed(("00:01,000", "00:02,000", "Press A --> B\nto go on."), ("00:03,000", "00:04,000", "Well."))
    assert Subtitles(text, "x").texts == ["Press A --> B to go on.", "Well."]
    assert Subtitles(text, "x").fill(["0:01 --> 0:02", "Bien."]) == text.replace("Well.", "Bien.")
    damaged = text.replace("00:00:03,000", "00:00:O3,000")
    with pytest.raises(DataError, match="x, line 7: --> is not between two times"):
        Subtitles(damaged, "x")


def test_sounds_and_songs_are_no_part_of_what_is_said_around_them() -> None:
    cues = ["I never", "[door slams]", "♪ You are", "my sun ♪", "♪ My only sun ♪", "<i>(laughs)</i>", "(One) and (two)"]
    text = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{cue}\n\n" for n, cue in enumerate(cues))
    wanted = ["I never", "[door slams]", "♪ You are my sun ♪", "♪ My only sun ♪", "(laughs)", "(One) and (two)"]
    assert Subtitles(text, "x").texts == wanted
