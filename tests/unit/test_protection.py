"""What must not be changed is found, becomes placeholders, and comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.protection import Protected, between, is_whole, protect, restore
from seq2seq.tokenizer import PLACEHOLDERS

PROTECTED = {
    "address": ("See https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]),
    "address in brackets": ("(at www.example.org/help), now", ["www.example.org/help"]),
    "domains": (
        "Visit example.com, Docs.My-Site.co.uk/a?b=1. Or app.dev! foo.org:8080/x or a.com.au: I am org.",
        ["example.com", "Docs.My-Site.co.uk/a?b=1", "app.dev", "foo.org:8080/x", "a.com.au"],
    ),
    "mail": ("Write to ana.b+c@mail.example.org!", ["ana.b+c@mail.example.org"]),
    "slots": (
        "{name} has {{ count }} of %d, %s, %(kind)s, %1$s, ${x} and $HOME",
        ["{name}", "{{ count }}", "%d", "%s", "%(kind)s", "%1$s", "${x}", "$HOME"],
    ),
    "printf's slots": (
        "Copied {} in %.1f s: %5d of %-10s, %ld; %(x).2f%% of %1$.2f",
        ["{}", "%.1f", "%5d", "%-10s", "%ld", "%(x).2f", "%%", "%1$.2f"],
    ),
    "templates": ("{% if x %}Hi <%= name %>, $user", ["{% if x %}", "<%= name %>", "$user"]),
    "other scripts": ("Привет мир is हिन्दी or Ελλάδα.", ["Привет мир", "हिन्दी", "Ελλάδα"]),
    "tags": (
        'a <b class="x">bold</b><br/> &amp; more &#8364;&#x3C;',
        ['<b class="x">', "</b>", "<br/>", "&amp;", "&#8364;", "&#x3C;"],
    ),
    "subtitles' tags": (
        "<v.loud Esme>Hi <c.yellow>all</c> <00:00:19.000>now",
        ["<v.loud Esme>", "<c.yellow>", "</c>", "<00:00:19.000>"],
    ),
    "code": ("Call `print(x)` or ``a`b`` here", ["`print(x)`", "``a`b``"]),
    "programs": ("os.path.join() and my_var in main.py", ["os.path.join()", "my_var", "main.py"]),
    "programs that look like domains": ("self.app.run() or model.info() now", ["self.app.run()", "model.info()"]),
    "paths": (r"from /usr/local/bin to C:\Temp\x", ["/usr/local/bin", r"C:\Temp\x"]),
    "handles": ("Ask @ana about #wmt26", ["@ana", "#wmt26"]),
    "dates and long numbers": (
        "On 2026-11-25 or 1/2/2020, 1,234,567 of 12,500 and 123456, v1.2.3",
        ["2026-11-25", "1/2/2020", "1,234,567", "12,500", "123456"],
    ),
    "emoji": ("Good 👍🏽 night 👩‍👩‍👧 ☺️", ["👍🏽", "👩‍👩‍👧", "☺️"]),
    "its own symbols": ("It says ⟦1⟧ and ⟦0⟧.", ["⟦1⟧", "⟦0⟧"]),
}
UNTOUCHED = [
    "100% sure, 50%.",
    "either/or, and/or, 24/7",
    "It's $5 at 5:30, or 3.5 in 1999.",
    "e.g. the U.S.A.",
    "a < b and c > d",
    "Tom & Mary; AT&T",
    "well-known e-mail",
    "the end.So it is. Com.",
    "Don't ``stop",
    "No. 7 (seven) #1",
]


@pytest.mark.parametrize(("text", "wanted"), PROTECTED.values(), ids=PROTECTED)
def test_what_must_not_be_changed_is_found(text: str, wanted: list[str]) -> None:
    protected = protect(text)
    found = [word for word in protected.originals if word in wanted]
    assert sorted(found, key=wanted.index) == wanted
    assert all(word not in protected.text for word in wanted if word not in PLACEHOLDERS)
    assert restore(protected, protected.text) == text


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_only_looks_like_it_is_left_to_the_model(text: str) -> None:
    assert protect(text) == Protected(text)


def test_the_same_thing_twice_is_one_placeholder_and_beyond_the_last_nothing_is_protected() -> None:
    assert protect("{a} or {b} or {a}").text == "⟦0⟧ or ⟦1⟧ or ⟦0⟧"
    many = [f"{{x{n}}}" for n in range(len(PLACEHOLDERS) + 2)]
    protected = protect(" ".join([*many, many[0]]))
    assert protected.text == " ".join([*PLACEHOLDERS, *many[-2:], PLACEHOLDERS[0]])


def test_a_symbol_of_the_text_never_stands_for_something_else() -> None:
    text = " ".join(f"{{x{n}}}" for n in range(9)) + " ⟦3⟧"
    protected = protect(text)
    assert restore(protected, protected.text) == text
    assert protected.text.endswith(PLACEHOLDERS[0])


def test_with_words_no_placeholder_swallows_a_space() -> None:
    text = 'see <a href="x y"> or `a b` or {z}'
    assert protect(text).text == "see ⟦0⟧ or ⟦1⟧ or ⟦2⟧"
    assert protect(text, words=True).text == 'see <a href="x y"> or `a b` or ⟦0⟧'


def test_whole_is_each_placeholder_as_often_as_in_the_source() -> None:
    protected = protect("{a} or {b} or {a}")
    assert is_whole(protected, "⟦1⟧ o ⟦0⟧⟦0⟧")
    assert not is_whole(protected, "⟦0⟧ o ⟦1⟧")
    assert not is_whole(protected, "⟦0⟧ o ⟦1⟧ o ⟦0⟧ o ⟦2⟧")


def test_a_placeholder_of_nothing_is_left_out_and_one_of_the_text_stays() -> None:
    assert restore(protect("{a}"), "⟦0⟧ y ⟦5⟧.") == "{a} y ."
    assert restore(Protected("⟦5⟧"), "⟦5⟧ ⟦0⟧") == "⟦5⟧ "


def test_a_text_is_cut_at_its_placeholders() -> None:
    assert between("a ⟦0⟧, ⟦7⟧") == ["a ", "⟦0⟧", ", ", "⟦7⟧", ""]


@given(st.text(st.sampled_from("ab1 .,:/@{}%$`<>&#_-⟦⟧0é👍\n"), max_size=60))
def test_any_text_comes_back(text: str) -> None:
    protected = protect(text)
    assert restore(protected, protected.text) == text
    assert is_whole(protected, protected.text)
    assert "".join(between(text)) == text


@pytest.mark.parametrize("part", ["a", "a.", "_", "a_", "1.", "a@", "/a", "<a ", "{", "`", "é", "::a", "а ", "%"])
def test_long_text_takes_no_longer_than_it_is_long(part: str) -> None:
    text = part * 50_000  # what takes quadratic time takes minutes
    protected = protect(text)
    assert restore(protected, protected.text) == text
    assert protect(text, lift=True).originals == protected.originals
