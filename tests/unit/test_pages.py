"""HTML: blocks are texts, all else stays byte for byte."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.formats.pages import Page

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>My page</title><style>p { color: red }</style>
<script>if (a < b) { say("Hello"); }</script></head>
<body class="x">
<!-- not this -->
<h1 title="No">A  <em>good</em>
   day</h1>
<p>See <a href="/x?a=1&amp;b=2">the caf&eacute;</a>, run <code>ls -l</code> &amp; go.<br>Then rest.</p>
<pre>keep  this</pre>
<ul><li><b>One</b></li><li> 12 </li><li><img src="a.png" alt="no"></li></ul>
</body></html>
"""
TEXTS = [
    "My page",
    "A <kept0>good</kept1> day",
    "See <kept0>the café</kept1>, run <kept2/> &amp; go.",
    "Then rest.",
    "One",
]


def test_blocks_are_texts_with_what_is_kept_within_them() -> None:
    page = Page(PAGE)
    assert page.texts == TEXTS
    assert page.fill(TEXTS) == PAGE


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Hello, <!-- x -->Ana<!-- x -->.</p>", "Hello, <kept0/>Ana<kept0/>."),
        ('<p>He went <a id="p12"/>home late.</p>', "He went <kept0/>home late."),
        ("<p>One<!-- x --></p><!-- y --><p>", "One"),
    ],
)
def test_comments_and_anchors_do_not_cut_a_sentence(page: str, text: str) -> None:
    assert Page(page).texts == [text]
    assert Page(page).fill([text.upper().replace("KEPT", "kept")]).lower() == page.lower()


def test_translations_take_their_places_and_nothing_else_changes() -> None:
    made = [
        "Mi página",
        "Un <kept0/>buen<kept1/> día",
        "Mira <kept0/>el café<kept1/> <kept2/>.",
        "Y ya.",
        "Uno",
    ]
    filled = Page(PAGE).fill(made)
    wanted = PAGE.replace("My page", "Mi página").replace("A  <em>good</em>\n   day", "Un <em>buen</em> día")
    wanted = (
        wanted.replace("<b>One</b>", "<b>Uno</b>").replace("See <a", "Mira <a").replace("the caf&eacute;", "el café")
    )
    wanted = wanted.replace(", run <code>ls -l</code> &amp; go.<br>Then rest.", " <code>ls -l</code>.<br>Y ya.")
    assert filled == wanted
    before, after = lxml.html.fromstring(PAGE), lxml.html.fromstring(filled)
    assert [(e.tag, dict(e.attrib)) for e in after.iter("*")] == [(e.tag, dict(e.attrib)) for e in before.iter("*")]


@pytest.mark.parametrize("lost", ["Mira el café", "<kept0/><kept0/><kept1/><kept2/>", "<kept0/><kept1/><kept9/>"])
def test_a_text_whose_tags_do_not_come_back_stays_as_it_was(lost: str) -> None:
    assert Page(PAGE).fill([*TEXTS[:2], lost, *TEXTS[3:]]) == PAGE


def test_escaped_mark_up_never_becomes_live() -> None:
    page = Page("<p>Write &#x3C;b&#x3E; &LT;i&GT; &#060;u&#62; &AMP;amp; &nbsp;caf&#xe9; here</p>")
    assert page.texts == ["Write &#x3C;b&#x3E; &LT;i&GT; &#060;u&#62; &AMP;amp; &nbsp;café here"]
    assert page.fill([page.texts[0].replace("here", "aquí")]).count("<") == 2


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("", []),
        ("Just text & more < less", ["Just text & more < less"]),
        ("<p>Open <b>bold", ["Open <kept0>bold"]),
        ("<b>a</b> <b>c</b>", ["<kept0>a</kept1> <kept0>c</kept1>"]),
        ("<head><title>Tips &amp; Tricks</title><body><p>Hi", ["Tips &amp; Tricks", "Hi"]),
        ("<head><title>T t</title><body><p>Hi there</p>", ["T t", "Hi there"]),
        ("<p>5\u00a0000 euros</p>", ["5\u00a0000 euros"]),
        ("<script>never closed", []),
        ("a<script>x</script>b", ["a", "b"]),
        ("<p>One<p>Two</p>", ["One", "Two"]),
        ('<p>One<br class="notranslate">two</p><hr translate="no"><p>Three', ["One", "two", "Three"]),
        ("<td>1</td><td>&nbsp;</td>", []),
        ("<p>Cut <", ["Cut <"]),
    ],
)
def test_what_browsers_forgive_is_read(page: str, texts: list[str]) -> None:
    assert Page(page).texts == texts
    assert Page(page).fill(texts) == page


PARTS = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<code>",
    "</code>",
    "<br/>",
    "a ",
    "&amp;",
    "&eacute;",
    "\n",
    "<!--x-->",
    "<pre>",
]


@given(st.lists(st.sampled_from([*PARTS, "<", "&"]), max_size=25))
def test_any_page_comes_back(parts: list[str]) -> None:
    page = Page("".join(parts))
    assert page.fill(page.texts) == "".join(parts)
    page.fill([text.upper() for text in page.texts])


@pytest.mark.parametrize("text", ["<p>Look <![1] here</p>", "<![foo[ x"])
def test_what_opens_like_a_declaration_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"x\.html is no HTML"):
        Page(text, "x.html")


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<head><title>One</title><meta name=a><p>Two</p>", ["One", "Two"]),
        ("<html><head><title>One</title><style>p {}</style><h1>Two</h1>", ["One", "Two"]),
        ("<head><title>One</title></head>Two", ["One", "Two"]),
        ("<p>One <b translate=no>Two</b></p><p translate='no'>Three</p>", ["One"]),
        ("<p>See <span class='x notranslate'>this</span> now</p>", ["See <kept0/> now"]),
        ("<div class=notranslate><p>One</p></div><p>Two</p>", ["Two"]),
    ],
)
def test_heads_end_and_what_says_so_is_left_alone(page: str, texts: list[str]) -> None:
    assert Page(page).texts == texts
    assert Page(page).fill([text.replace("Two", "Dos") for text in texts]) == (
        page.replace("Two", "Dos") if "Two" in texts else page
    )


def test_pages_that_would_take_for_ever_are_refused_or_read() -> None:
    with pytest.raises(DataError, match="not closed"):
        Page("<a " * 20_000)
    assert Page("<head>" + "<title>" * 3000).texts == []
