"""Delivery rows: reconciling them with what should be delivered, stopping and resuming."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP
from bot.domain.arguments import as_json
from bot.domain.deliveries import NEVER_CAME, DeliveryState, Operation
from bot.domain.rounds import GroupState, MeetingState, Round
from bot.domain.scopes import Scope
from bot.services import anonymous_batches
from storage import tables as t
from storage.written import note

TOO_LATE = "too late: it had become pointless"
NOT_WANTED = "no longer wanted"
ENDED = "answering has ended"
OVERDUE = {TOO_LATE, NOT_WANTED, ENDED}
"""It was not refused; it expired."""

RESTORED = "restored: it may have been posted since the backup"


@dataclass(frozen=True)
class DesiredDelivery:
    """A delivery that should exist. Two plans with the same `dedupe_key` mean the same delivery.

    `arguments` is a small frozen value of the type that its kind has (`bot.domain.arguments`). `earliest`: when it may
    have been posted at the earliest, if people can bring it forward.
    """

    kind: str
    operation: Operation
    recipient: str
    due_at: datetime
    expires_at: datetime | None
    dedupe_key: str
    meeting: str | None = None
    arguments: object | None = None
    earliest: datetime | None = None
    scope: Scope = Scope.MEETING

    def until(self, expires_at: datetime) -> "DesiredDelivery":
        """The same with an expiry. Written out, since planning does it for every delivery and `replace` takes three
        times as long."""
        what = (self.kind, self.operation, self.recipient, self.due_at)
        about = (self.meeting, self.arguments, self.earliest, self.scope)
        return DesiredDelivery(*what, expires_at, self.dedupe_key, *about)


async def reconcile(
    session: AsyncSession, wanted: Mapping[tuple[str, str], Sequence[DesiredDelivery]]
) -> list[tuple[str, str, DesiredDelivery]]:
    """Reconcile the planned deliveries of these (workspace, group). Sent ones, and those being sent, stay untouched.

    Returns the new ones as (group, id, delivery). Those due at the same time are sent in the order given.
    """
    groups = [group for _, group in wanted]
    homes = {row.id: row for row in await session.scalars(_homes(workspace for workspace, _ in wanted))}
    should = {
        want.dedupe_key: (homes[workspace], group, want, rank)
        for (workspace, group), wants in wanted.items()
        if homes[workspace].stopped is None
        for rank, want in enumerate(wants)
    }
    rows = await session.scalars(
        select(t.Delivery).where(
            t.Delivery.collaborative_id.in_(groups),
            t.Delivery.kind != CLEANUP,
            t.Delivery.refreshes.is_(None),
            or_(t.Delivery.state == DeliveryState.PLANNED, _waits_for_a_look(), t.Delivery.dedupe_key.in_(should)),
        )
    )
    for row in rows:
        if row.dedupe_key not in should:
            row.state, row.reason = DeliveryState.WITHDRAWN, NOT_WANTED
            continue
        home, _, want, rank = should.pop(row.dedupe_key)
        if row.state in {DeliveryState.PLANNED, DeliveryState.WITHDRAWN} or _waits(row):
            _align(row, want, rank, look_first=_may_stand(home, want) and row.looks == 0)
    new = [(group, _row(home, group, want, rank), want) for home, group, want, rank in should.values()]
    session.add_all(row for _, row, _ in new)
    await session.flush()
    return [(group, row.id, want) for group, row, want in new]


def _homes(workspaces: Iterable[str]) -> Select[t.Workspace]:
    return select(t.Workspace).where(t.Workspace.id.in_(set(workspaces)))


def _waits_for_a_look() -> ColumnElement[bool]:
    """Restored, and nobody has begun to search for it: it may change like a planned one."""
    return and_(t.Delivery.state == DeliveryState.UNCLEAR, t.Delivery.reason == RESTORED, t.Delivery.looks == 0)


def _waits(row: t.Delivery) -> bool:
    return row.state == DeliveryState.UNCLEAR and row.reason == RESTORED and row.looks == 0


def _may_stand(home: t.Workspace, want: DesiredDelivery) -> bool:
    """Whether it may be in Slack, posted after the restored backup was made."""
    return home.restored_at is not None and (want.earliest or want.due_at) <= home.restored_at


def _align(row: t.Delivery, want: DesiredDelivery, rank: int, *, look_first: bool) -> None:
    row.rank = rank
    if row.attempts == 0 or row.state == DeliveryState.WITHDRAWN:  # a retry keeps the time that Slack asked for
        row.due_at = row.planned_for = want.due_at
    row.expires_at, row.recipient, row.arguments = want.expires_at, want.recipient, as_json(want.arguments)
    row.stands_since = want.earliest if look_first else None
    if look_first and (row.state != DeliveryState.PLANNED):
        row.state, row.reason = DeliveryState.UNCLEAR, RESTORED
    else:
        stopped = row.state == DeliveryState.WITHDRAWN and row.reason not in OVERDUE  # why it is late, should it be
        row.state, row.reason = (
            DeliveryState.PLANNED,
            row.reason if row.state == DeliveryState.PLANNED or stopped else None,
        )


def _row(home: t.Workspace, group: str, want: DesiredDelivery, rank: int) -> t.Delivery:
    look_first = _may_stand(home, want)
    return t.Delivery(
        id=t.new_id(),
        workspace_id=home.id,
        collaborative_id=group,
        kind=want.kind,
        operation=want.operation,
        scope=want.scope,
        recipient=want.recipient,
        meeting_id=want.meeting,
        arguments=as_json(want.arguments),
        planned_for=want.due_at,
        stands_since=want.earliest if look_first else None,
        due_at=want.due_at,
        rank=rank,
        expires_at=want.expires_at,
        dedupe_key=want.dedupe_key,
        nonce=_nonce(group, want.dedupe_key),
        state=DeliveryState.UNCLEAR if look_first else DeliveryState.PLANNED,
        reason=RESTORED if look_first else None,
    )


def _nonce(group: str, key: str) -> str:
    """A nonce that is the same for the same delivery, so that its message is recognized after a restore. It tells
    others nothing, since the group's id is random and secret."""
    return uuid5(UUID(hex=group), key).hex


async def missed(session: AsyncSession, meeting: str) -> dict[str, bool]:
    """The kinds planned for a meeting that were never sent, and for each whether it expired: then the bot or Slack was
    unavailable when it was due."""
    row, of_meeting = t.Delivery, t.Delivery.meeting_id == meeting
    rows = (await session.execute(select(row.kind, row.state, row.reason).where(of_meeting))).all()
    came = {kind for kind, state, _ in rows if state not in NEVER_CAME}
    late = {kind for kind, _, reason in rows if reason in OVERDUE}
    return {kind: kind in late for kind, _, _ in rows if kind not in came}


async def asked(session: AsyncSession, rounds: Sequence[Round], now: datetime) -> Mapping[str, list[tuple[str, str]]]:
    """(delivery, kind) of unclear channel posts that are still of use, by the meeting that is to come."""
    row, coming = (
        t.Delivery,
        {one.group.id: one.meeting.id for one in rounds if one.meeting.state == MeetingState.UPCOMING},
    )
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    query = select(row.collaborative_id, row.id, row.kind).where(row.collaborative_id.in_(coming))
    of_use = or_(row.expires_at.is_(None), row.expires_at > now)
    for group, delivery, kind in await session.execute(query.where(row.state == DeliveryState.ASKED, of_use)):
        found[coming[str(group)]].append((delivery, kind))
    return found


async def asked_about(session: AsyncSession, workspace: str, delivery: str) -> str | None:
    """The meeting of a channel post that a person was asked about; None if that was settled."""
    row = t.Delivery
    of_it = (row.id == delivery, row.workspace_id == workspace, row.state == DeliveryState.ASKED)
    meeting: str | None = await session.scalar(select(row.meeting_id).where(*of_it))
    return meeting


async def settle_asked(
    session: AsyncSession, workspace: str, delivery: str, *, is_there: bool, now: datetime
) -> str | None:
    """A person's answer about an unclear post; returns its group, or None if it was settled before."""
    row = await session.get(t.Delivery, delivery)
    if row is None or row.workspace_id != workspace or row.state != DeliveryState.ASKED:
        return None
    if is_there:
        row.state, row.sent_at, row.sent_channel = DeliveryState.SENT, now, row.recipient
        await session.flush()
        await anonymous_batches.posted(session, row.meeting_id, row.kind, now)
    else:
        row.state, row.due_at, row.looks = DeliveryState.PLANNED, now, row.looks + 1
    if row.collaborative_id is not None:
        note(session, {(workspace, Scope.GROUP, row.collaborative_id)})
    if is_there and row.meeting_id is not None:  # from when what it shows is, nobody knows
        note(session, {(workspace, Scope.MEETING, row.meeting_id)})
    return row.collaborative_id


async def stop_group(session: AsyncSession, group: str, reason: str) -> None:
    """Stop a group that Slack accepts nothing for; planning tells its convener once."""
    row = t.Collaborative
    another = (row.id == group, row.stopped.is_distinct_from(reason))
    await session.execute(update(row).where(*another).values(stopped=reason))
    await _withdraw(session, t.Delivery.collaborative_id == group, reason)


async def _withdraw(session: AsyncSession, which: ColumnElement[bool], reason: str) -> None:
    """Cancel planned deliveries, with that reason."""
    row = t.Delivery
    planned = (row.state == DeliveryState.PLANNED, row.kind != CLEANUP, row.refreshes.is_(None))
    await session.execute(
        update(row)
        .where(which, *planned)
        .values(state=DeliveryState.WITHDRAWN, reason=reason)
        .execution_options(synchronize_session=False)
    )


async def standing_in(session: AsyncSession, workspace: str, channel: str) -> set[str]:
    """Known messages in a channel, by ts."""
    row = t.Delivery
    sent = select(row.sent_ts).where(row.workspace_id == workspace, row.sent_channel == channel)
    return {ts for ts in await session.scalars(sent) if ts}


async def stop_channel(session: AsyncSession, workspace: str, channel: str, reason: str) -> None:
    """Stop the group in a channel that can't be posted to."""
    group = t.Collaborative
    here = (group.workspace_id == workspace, group.channel_id == channel, group.state == GroupState.ACTIVE)
    another = group.stopped.is_distinct_from(reason)
    await session.execute(update(group).where(*here, another).values(stopped=reason))
    await _withdraw(session, t.Delivery.collaborative_id.in_(select(group.id).where(*here)), reason)


async def resume_channel(session: AsyncSession, workspace: str, channel: str) -> None:
    """Resume the group in a channel that can be posted to again."""
    await session.execute(
        update(t.Collaborative)
        .where(
            t.Collaborative.workspace_id == workspace,
            t.Collaborative.channel_id == channel,
            t.Collaborative.stopped.is_not(None),
        )
        .values(stopped=None)
    )


async def stop_workspace(session: AsyncSession, workspace: str, reason: str) -> None:
    """The app was removed: nothing is sent, and nobody can be told, until it is installed again."""
    await session.execute(update(t.Workspace).where(t.Workspace.id == workspace).values(stopped=reason))
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.workspace_id == workspace, t.Delivery.state.in_((DeliveryState.PLANNED, DeliveryState.ASKED)))
        .where(t.Delivery.kind != CLEANUP)
        .values(state=DeliveryState.WITHDRAWN, reason=reason)
    )


async def resume_workspace(session: AsyncSession, workspace: str) -> None:
    """Slack accepts the app's token again: plan everything that is still wanted."""
    stopped = t.Workspace.stopped.is_not(None)
    if await session.scalar(select(t.Workspace.id).where(t.Workspace.id == workspace, stopped)) is None:
        return
    await session.execute(update(t.Workspace).where(t.Workspace.id == workspace).values(stopped=None))
    await anonymous_batches.give_keys(session, workspace)
