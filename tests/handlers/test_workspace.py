"""What Slack says of a person, as the bot understands it."""

from typing import Any

import pytest

from bot.runtime.slack_objects import parse_person

HERE, THERE, SISTER = "T0HERE", "T0THERE", "T0SISTER"


@pytest.mark.parametrize(
    ("said", "is_from_elsewhere"),
    [
        ({"team_id": HERE}, False),
        ({}, False),
        ({"team_id": THERE}, True),
        ({"team_id": HERE, "is_stranger": True}, True),
        ({"team_id": THERE, "is_stranger": False}, True),
        ({"team_id": SISTER, "enterprise_user": {"teams": [SISTER, HERE]}}, False),
        ({"team_id": SISTER, "enterprise_user": {"teams": [SISTER]}}, True),
    ],
)
def test_whoever_is_of_none_of_our_teams_is_from_elsewhere(said: dict[str, Any], *, is_from_elsewhere: bool) -> None:
    assert parse_person({"id": "U1", "name": "one"} | said, HERE).is_stranger is is_from_elsewhere
