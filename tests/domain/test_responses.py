"""What a search finds, and who may read what."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.anonymity import Visibility
from bot.domain.responses import finds, fold, may_read

SAID = "L'Été à São Paulo, ça va? Straße, İstanbul; 100 % of snake_case \\ <@U1> (x*)"


@pytest.mark.parametrize(
    "words", ["ete", "ÉTÉ", "sao paulo", "ca va?", "STRASSE", "istanbul", "100 %", "_", "\\", "x*", ""]
)
def test_capital_letters_and_accents_make_no_difference(words: str) -> None:
    assert finds(words, SAID)


@pytest.mark.parametrize("words", ["ete winter", "s.o", "x+", "%ete%", "paulo.*"])
def test_words_are_no_patterns_and_all_of_them_are_wanted(words: str) -> None:
    assert not finds(words, SAID)


@given(st.text(min_size=1), st.data())
def test_what_stands_in_a_text_is_found_in_it_however_it_is_written(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    for written in (part, unicodedata.normalize("NFC", part), unicodedata.normalize("NFD", part)):
        assert finds(written, unicodedata.normalize("NFC", text) + text)


@given(st.text())
def test_folding_twice_folds_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("shown", [False, True])
def test_who_may_read_what(ended: bool, shown: bool) -> None:
    def reads(viewer: str, sees: Visibility, author: str | None, reader: str | None = None) -> bool:
        return may_read(viewer, sees, author, reader, ended=ended, batch_shown=shown)

    assert reads("me", Visibility.NAMED, "me")
    assert reads("me", Visibility.FACILITATOR, "me", "she")
    assert reads("she", Visibility.FACILITATOR, "me", "she")
    assert not reads("other", Visibility.FACILITATOR, "me", "she")
    assert not reads("other", Visibility.FACILITATOR, "me", None)
    assert reads("other", Visibility.NAMED, "me") == ended
    assert reads("other", Visibility.ANONYMOUS, None) == shown
