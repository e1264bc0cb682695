"""Somebody's Home, brought up to date when something changed that it shows."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.registry import Picture, Screen
from bot.services import homes
from bot.services.claiming import Owed
from handlers import home


async def draw(session: AsyncSession, owed: Owed, now: datetime) -> Picture | None:
    standing = await homes.standing(session, _who(owed))
    if standing is None:
        return None
    drawn = await home.draw(session, _who(owed), standing.page, now)
    return Picture(drawn.view, standing.shown, drawn.digest, drawn.changes_at)


async def keep(session: AsyncSession, owed: Owed, picture: Picture, now: datetime) -> None:
    await homes.published(session, _who(owed), picture.before, picture.shown, picture.changes_at, now)


async def forget(session: AsyncSession, owed: Owed) -> None:
    await homes.forget(session, _who(owed))


def _who(owed: Owed) -> homes.Who:
    return owed.workspace, owed.recipient


SCREEN = Screen(homes.KIND, draw, keep, forget)
