"""What people chose to be sent: reading it for one or many, and saving it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cadence import local, zones
from bot.domain.reminders import Hours, Recipient, Reminders, Wishes, check_wishes
from bot.domain.rounds import Group
from bot.services import people
from storage import tables as t
from storage.engine import upsert

MOST_NAMED = 500


async def of_person(session: AsyncSession, workspace: str, person: str) -> Recipient:
    """Somebody's choices, and their zone."""
    row = await session.get(t.PersonSetting, (workspace, person))
    zone = await people.zone_of(session, workspace, person)
    return Recipient(person, _known(zone), _wishes(row) if row else Wishes())


async def of_people(session: AsyncSession, workspace: str, ids: Collection[str]) -> dict[str, Wishes]:
    """The choices of those of them who made any."""
    setting, found = t.PersonSetting, {}
    named = sorted(ids)
    for start in range(0, len(named), MOST_NAMED):
        some = setting.person_id.in_(named[start : start + MOST_NAMED])
        for row in await session.scalars(select(setting).where(setting.workspace_id == workspace, some)):
            found[row.person_id] = _wishes(row)
    return found


async def readers(session: AsyncSession, group: Group, person: str | None = None) -> tuple[Recipient, ...]:
    """Members to whom the bot may send questions, or one of them: people of this workspace who are in the channel. It
    can't write to people from other organisations."""
    member, known, inside, setting = t.Member, t.Person, t.ChannelMember, t.PersonSetting
    query = (
        select(member.person_id, known.zone, setting)
        .join(known, and_(known.workspace_id == member.workspace_id, known.id == member.person_id))
        .join(inside, and_(inside.workspace_id == member.workspace_id, inside.person_id == member.person_id))
        .outerjoin(setting, and_(setting.workspace_id == member.workspace_id, setting.person_id == member.person_id))
        .where(member.collaborative_id == group.id, inside.channel_id == group.channel)
        .where(~known.is_bot, ~known.is_gone, ~known.is_stranger)
        .order_by(member.person_id)
    )
    rows = await session.execute(query if person is None else query.where(member.person_id == person))
    return tuple(reader(who, zone, row) for who, zone, row in rows)


def reader(person: str, zone: str, row: t.PersonSetting | None) -> Recipient:
    return Recipient(person, _known(zone), _wishes(row) if row else Wishes())


def _known(zone: str) -> str:
    """Slack may use a zone that this machine doesn't know."""
    return zone if zone in zones() else "UTC"


def _wishes(row: t.PersonSetting) -> Wishes:
    hours = Hours(row.works_from, row.works_until, frozenset(int(day) for day in row.works_on))
    return Wishes(Reminders(row.reminders), row.by_dm, row.away_until, hours)


async def keep(session: AsyncSession, workspace: str, person: str, wishes: Wishes, now: datetime) -> None:
    """Save somebody's choices, and have deliveries for them reconciled. Raises DomainErrors at the fields."""
    zone = (await of_person(session, workspace, person)).zone
    check_wishes(wishes, local(now, zone).date())
    await _put(session, workspace, person, wishes)


async def set_reminders(session: AsyncSession, workspace: str, person: str, reminders: Reminders) -> None:
    """Change how often somebody is reminded, and nothing else."""
    wishes = (await of_person(session, workspace, person)).wishes
    await _put(session, workspace, person, replace(wishes, reminders=reminders))


async def _put(session: AsyncSession, workspace: str, person: str, wishes: Wishes) -> None:
    row = {
        "workspace_id": workspace,
        "person_id": person,
        "reminders": wishes.reminders,
        "by_dm": wishes.by_dm,
        "away_until": wishes.away_until,
        "works_from": wishes.hours.begins,
        "works_until": wishes.hours.ends,
        "works_on": "".join(str(day) for day in sorted(wishes.hours.days)),
    }
    await upsert(session, t.PersonSetting, [row])
