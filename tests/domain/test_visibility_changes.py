"""Who may see an answer that was seen otherwise: words that people know for somebody's are never without a name."""

from itertools import product

import pytest

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import Phase
from bot.domain.visibility_changes import require_possible, require_together

NAMED, ANONYMOUS = Visibility.NAMED, Visibility.ANONYMOUS


@pytest.mark.parametrize(("after", "phase"), list(product(Visibility, Phase)))
def test_only_in_time_and_never_for_words_that_were_read_with_it_can_an_answer_be_without_a_name(
    after: Visibility, phase: Phase
) -> None:
    for public, read in product((True, False), repeat=2):
        if after is ANONYMOUS and (phase is not Phase.OPEN or public or read):
            with pytest.raises(DomainError) as refused:
                require_possible(after, phase, public=public, read=read)
            assert refused.value.field == "sees"
        else:
            require_possible(after, phase, public=public, read=read)


@pytest.mark.parametrize(("earlier", "sees"), list(product(Visibility, Visibility)))
def test_words_are_added_only_for_those_who_see_the_earlier_ones(earlier: Visibility, sees: Visibility) -> None:
    if earlier is sees:
        require_together(earlier, sees, public=False)
    else:
        with pytest.raises(DomainError, match="Added"):
            require_together(earlier, sees, public=False)


def test_a_message_is_never_added_to_words_without_a_name() -> None:
    with pytest.raises(DomainError):
        require_together(ANONYMOUS, ANONYMOUS, public=True)
    require_together(NAMED, NAMED, public=True)
