"""Whether the two tokens belong to one app: with those of two, the bot would hear what another app is asked."""

import re

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime.slack_errors import UNREACHABLE

OTHER_APP = "SLACK_APP_TOKEN belongs to another app than SLACK_BOT_TOKEN"


def app_of(app_token: str) -> str | None:
    """The app that an app-level token is of: its id stands in it. None where it is in no such form."""
    found = re.match(r"xapp-\d+-(A[A-Z0-9]{6,})-", app_token)
    return found[1] if found else None


async def are_of_two_apps(client: AsyncWebClient, bot: str, app_token: str) -> bool:
    """Whether the bot surely belongs to another app than the app-level token; where Slack doesn't say, it does not."""
    app = app_of(app_token)
    if app is None or not bot:
        return False
    try:
        answer = await client.bots_info(bot=bot)
    except (SlackApiError, *UNREACHABLE, ValueError, AttributeError):  # the last two: slack_sdk, of what is not Slack
        return False
    owner = (answer.get("bot") or {}).get("app_id")
    return bool(owner) and owner != app
