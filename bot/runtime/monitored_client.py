"""Slack's Web API client that reports to `health` whether Slack answers and accepts the token."""

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.runtime.health import REFUSALS, Health
from bot.runtime.slack_errors import UNREACHABLE, asks_to_wait, leaves_open, said


class MonitoredClient(AsyncWebClient):
    """Reports every call to `health`."""

    health: Health | None = None

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        if self.health is None:
            return await super().api_call(api_method, **arguments)
        try:
            answer = await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            _tell(self.health, api_method, error)
            raise
        except UNREACHABLE:
            self.health.unanswered(api_method)
            raise
        self.health.answered(api_method)
        return answer


def _tell(health: Health, method: str, error: SlackApiError) -> None:
    name = said(error)[1]
    if name in REFUSALS:
        health.refused(name)
    elif leaves_open(error) and not asks_to_wait(error):
        health.unanswered(method)
    else:
        health.answered(method)
