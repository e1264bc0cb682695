"""What a person typed."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import DomainError
from bot.domain.text import as_typed, clean, has_words, named_in, require, shorten, with_names


@pytest.mark.parametrize(
    ("escaped", "typed"),
    [
        ("ask <@U012AB|ana> and <@W034CD>", "ask @ana and @W034CD"),
        ("see <#C012AB|general>", "see #general"),
        ("<!channel> <!here|here>", "@channel @here"),
        ("<https://example.org/a?b=1&amp;c=2>", "https://example.org/a?b=1&c=2"),
        ("<https://example.org|the page>", "the page"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("`code` *bold* _it_ ~no~", "`code` *bold* _it_ ~no~"),
    ],
)
def test_a_command_is_read_as_its_author_saw_it(escaped: str, typed: str) -> None:
    assert as_typed(escaped) == typed


@given(st.text())
def test_what_has_no_markup_comes_back_as_it_was(text: str) -> None:
    if "<" not in text:
        assert as_typed(html.escape(text, quote=False)) == text


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_leaves_no_control_characters(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n", "\u200b\u2060", "\u202e", "\x00\x07"])
def test_what_nobody_could_read_is_empty(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        require(text, "answer-0", "Write a line.")
    assert (refusal.value.words, refusal.value.field) == ("Write a line.", "answer-0")


@pytest.mark.parametrize("text", ["🙂", "👩‍👩‍👧", "שלום", "مرحبا بالعالم", "ok", "…"])
def test_what_can_be_read_is_kept_as_it_is(text: str) -> None:
    assert has_words(text)
    assert require(text, "answer-0", "Write a line.") == text


def test_control_characters_go_and_the_words_stay() -> None:
    assert require("a\x00b\x1b[31mc", "f", "") == "ab[31mc"


@pytest.mark.parametrize(("length", "fits"), [(2999, True), (3000, True), (3001, False), (10_000, False)])
def test_three_thousand_characters_fit(length: int, fits: bool) -> None:
    if fits:
        assert len(require("x" * length, "f", "")) == length
        return
    with pytest.raises(DomainError) as refusal:
        require("x" * length, "f", "")
    assert f"{length:,} characters" in refusal.value.words
    assert f"about {length - 3000:,}" in refusal.value.words


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_is_never_longer_than_asked(text: str, longest: int) -> None:
    short = shorten(text, longest)
    assert len(short) <= longest
    assert short == text or short.endswith("…")


def test_people_whom_a_message_mentions_are_called_by_name() -> None:
    said = "Ask <@U1> or <@U2>, not <@W3> &lt;@U4&gt; in <#C1>"
    assert named_in(said) == ["U1", "U2", "W3"]
    named = with_names(said, {"U1": "Ana <b> & Co", "U2": "Ben"})
    assert as_typed(named) == "Ask @Ana <b> & Co or @Ben, not @W3 <@U4> in #C1"
