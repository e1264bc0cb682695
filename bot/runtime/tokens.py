"""Whether the two tokens belong to one app: with tokens of two apps, the bot would receive another app's requests."""

import re

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime.slack_errors import UNREACHABLE

OTHER_APP = "SLACK_APP_TOKEN belongs to another app than SLACK_BOT_TOKEN"


def app_of(app_token: str) -> str | None:
    """The app id in an app-level token; None if it has another form."""
    found = re.match(r"xapp-\d+-(A[A-Z0-9]{6,})-", app_token)
    return found[1] if found else None


async def are_of_two_apps(client: AsyncWebClient, bot: str, app_token: str) -> bool:
    """Whether the bot certainly belongs to another app than the app-level token; False if Slack does not say."""
    app = app_of(app_token)
    if app is None or not bot:
        return False
    try:
        answer = await client.bots_info(bot=bot)
    except (SlackApiError, *UNREACHABLE, ValueError, AttributeError):  # the last two: slack_sdk, of what is not Slack
        return False
    owner = (answer.get("bot") or {}).get("app_id")
    return bool(owner) and owner != app
