"""The page shows the house as it stands, and no import leads in a circle."""

from tests.house.drawing import PAGE, arrows, capabilities, draw, filled_in, is_of, known_by, room_of

MOST_KNOWN_BY = {
    "thanks": 0,
    "mine": 0,
    "parked": 0,
    "shortcuts": 0,
    "rhythm": 0,
    "delivery_confirmation": 0,
    "former_reader": 0,
}
"""Those that stand for themselves; thanks are still waited for by what planning reads."""


def test_the_page_shows_what_the_code_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled_in(page), "run: make house"


def test_rooms_are_left_in_one_direction() -> None:
    """Judged by taking away, again and again, the rooms that nothing leads out of."""
    left = dict(arrows())
    while ends := {target for _, target in left} - {source for source, _ in left}:
        left = {pair: count for pair, count in left.items() if pair[1] not in ends}
    assert left == {}


def test_a_module_is_of_the_room_with_the_longest_name() -> None:
    assert room_of("handlers.views.agenda") == "handlers.views"
    assert room_of("handlers.parked") == "a capability: handlers.‹its name›"
    assert room_of("handlers") is None
    assert "handlers.capabilities" in draw()


def test_home_knows_no_capability() -> None:
    """Nothing that makes a Home imports a capability: each puts there what is its own."""
    makes_home = {"handlers.messages.home", "handlers.views.home", "bot.services.overview", "bot.domain.overview"}
    known = {name for name in capabilities() if name != "home" and makes_home & set(known_by(name))}
    assert known == set()


def test_what_stands_for_itself_is_known_by_few() -> None:
    assert MOST_KNOWN_BY.keys() <= set(capabilities())
    assert {name: len(known_by(name)) for name in MOST_KNOWN_BY} == MOST_KNOWN_BY
    assert is_of("bot.services.thanks_notices", "thanks")
    assert not is_of("bot.services.reflections", "responses")
