"""All places in the database that hold a person: what they are given of them, and what an erasure does to them.

A new column is listed here or in `NOBODYS`; a test requires it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import anonymous_batches
from storage import tables as t

GROUP = "collaborative_id"


class ErasureAction(Enum):
    """What happens to a column when its person erases everything."""

    ROW_GOES = "the row is deleted"
    RECORDED = "the row is deleted, and that it was is recorded, so that a restore deletes it again"
    EMPTIED = "the column is emptied, the row stays"
    TAKEN_OVER = "somebody else takes it over, or nobody does"


@dataclass(frozen=True)
class PersonalColumn:
    """A column with people's ids: which columns a person is shown of such rows, under which heading, and its erasure
    action."""

    table: type[t.Base]
    column: str
    words: str
    shown: tuple[str, ...]
    fate: ErasureAction


WRITTEN = ("text", "visibility", "given_on", "edited", "late", "prompt_id", "position")
NOTED = ("text", "written_on")
CHOSEN = ("reminders", "by_dm", "away_until", "works_from", "works_until", "works_on")
TOLD = ("name", "zone", "is_admin", "is_guest", "is_stranger", "dm_channel")
TO_ME = "Answers for me alone (their texts are their authors')"

PERSONAL_COLUMNS: tuple[PersonalColumn, ...] = (
    PersonalColumn(t.Reflection, "author_id", "My answers", WRITTEN, ErasureAction.RECORDED),
    PersonalColumn(t.HandoffNote, "author_id", "Notes I wrote for a next facilitator", NOTED, ErasureAction.RECORDED),
    PersonalColumn(
        t.NotesDraft, "person_id", "Notes I have not posted", ("filled", "saved_on"), ErasureAction.ROW_GOES
    ),
    PersonalColumn(
        t.ParkedItem, "parked_by", "Topics I parked", ("text", "parked_at", "state", GROUP), ErasureAction.RECORDED
    ),
    PersonalColumn(
        t.Member, "person_id", "Groups I am a member of", (GROUP, "seat", "joined_at_meeting"), ErasureAction.ROW_GOES
    ),
    PersonalColumn(t.Convener, "person_id", "Groups I am a convener of", (GROUP,), ErasureAction.TAKEN_OVER),
    PersonalColumn(t.Collaborative, "started_by", "Groups I started", ("name", "started_at"), ErasureAction.TAKEN_OVER),
    PersonalColumn(t.Collaborative, "designated_id", "Groups that I always lead", ("name",), ErasureAction.TAKEN_OVER),
    PersonalColumn(
        t.Meeting,
        "facilitator_id",
        "Meetings I lead or led",
        ("slot", "number", "state", GROUP),
        ErasureAction.TAKEN_OVER,
    ),
    PersonalColumn(t.Reflection, "reader_id", TO_ME, ("given_on", "prompt_id", "position"), ErasureAction.EMPTIED),
    PersonalColumn(
        t.Participation, "person_id", "Open questions I answered or passed", ("prompt_id",), ErasureAction.ROW_GOES
    ),
    PersonalColumn(
        t.CharterDraft, "person_id", "Groups I began to set up", ("channel_id", "filled"), ErasureAction.ROW_GOES
    ),
    PersonalColumn(t.Appreciation, "person_id", "Thanks I gave", ("tell_on",), ErasureAction.ROW_GOES),
    PersonalColumn(
        t.Deed, "done_by", "Answers of others I took out", ("what", "done_at", GROUP), ErasureAction.ROW_GOES
    ),
    PersonalColumn(
        t.Deed, "author_id", "Answers of mine that were taken out", ("what", "done_at", GROUP), ErasureAction.EMPTIED
    ),
    PersonalColumn(t.RoleChange, "now_id", "Roles I was given", ("role", "changed_at", GROUP), ErasureAction.EMPTIED),
    PersonalColumn(
        t.RoleChange,
        "was_id",
        "Roles that went from me to others",
        ("role", "changed_at", GROUP),
        ErasureAction.EMPTIED,
    ),
    PersonalColumn(t.RoleChange, "done_by", "Roles I gave", ("role", "changed_at", GROUP), ErasureAction.EMPTIED),
    PersonalColumn(t.Home, "person_id", "My Home", ("opened_on",), ErasureAction.ROW_GOES),
    PersonalColumn(t.PersonSetting, "person_id", "My settings", CHOSEN, ErasureAction.ROW_GOES),
    PersonalColumn(
        t.Delivery, "recipient", "Messages to me", ("kind", "state", "due_at", "sent_at", GROUP), ErasureAction.ROW_GOES
    ),
    PersonalColumn(t.Person, "id", "What Slack told about me", TOLD, ErasureAction.ROW_GOES),
    PersonalColumn(
        t.ChannelMember, "person_id", "Channels with Collab that I am in", ("channel_id",), ErasureAction.ROW_GOES
    ),
)

WITH_PEOPLE = {
    "charter_draft.filled",  # the members somebody picked
    "handoff_note.text",  # its author's words: the row goes with them
    "notes_draft.filled",  # the same
    "delivery.dedupe_key",  # of deliveries to single members: their rows go
    "delivery.subject",  # the same
    "delivery.sent_channel",  # a DM's: the row goes with its recipient
    "meeting.agenda",  # topics that were parked and taken over
    "person.dm_channel",
    "reflection.respondent",  # a keyed stand-in; its row goes while there is the key
}
"""Columns that may hold a person, beside the one by which `PERSONAL_COLUMNS` finds their row: see
`bot.services.forgetting`."""

NOBODYS = {
    "deed.id", "deed.kind", "deed.what", "home.page", "home.shown", "person.sees", "reflection.returned",
    "channel.cursor", "directory_reading.cursor", "directory_reading.owner",
    "channel.id", "channel.name", "channel_member.channel_id", "charter_draft.channel_id", "collaborative.channel_id",
    "collaborative.facilitation", "collaborative.frequency", "collaborative.id", "collaborative.name",
    "collaborative.place", "collaborative.purpose", "collaborative.purpose_kind", "collaborative.stage",
    "collaborative.state", "collaborative.stopped", "collaborative.zone", "delivery.id", "delivery.kind",
    "delivery.lease_owner", "delivery.nonce", "delivery.operation", "delivery.reason", "delivery.sent_ts",
    "delivery.state", "erasure.row_id", "erasure.what", "handoff_note.id", "meeting.id", "meeting.notes",
    "meeting.placed_by",
    "meeting.stage", "meeting.state", "parked_item.id", "parked_item.state", "parked_item.text", "person.name",
    "person.zone", "person_setting.reminders", "person_setting.works_on",
    "role_change.id", "role_change.role", "role_change.why", "prompt.batch", "prompt.few",
    "prompt.id", "prompt_question.question_id",
    "prompt_question.text", "prompt_question.wants", "prompt_question.why", "reflection.id", "reflection.text",
    "reflection.visibility", "slack_hold.method", "workspace.bot_id", "workspace.id", "workspace.name",
    "workspace.stopped",
}  # fmt: skip
"""Text columns that hold no person's id. A meeting's notes, a group's name, purpose and place are the group's."""

HANDLES = {GROUP, "prompt_id", "position"}
"""Shown in words."""

UNSHOWN_ANONYMOUS = "My answers without a name that were not shown yet"

Rows = list[dict[str, Any]]


async def everything_about(session: AsyncSession, workspace: str, person: str) -> dict[str, Rows]:
    """Everything kept about somebody, by heading; anonymous answers while they can be found."""
    found: dict[str, Rows] = {}
    for held in PERSONAL_COLUMNS:
        rows = [{name: row[name] for name in held.shown} for row in await rows_of(session, held, workspace, person)]
        found[held.words] = await _named(session, rows)
    columns = PERSONAL_COLUMNS[0].shown
    anonymous = [
        {name: row[name] for name in columns} for row in await unshown_anonymous_answers(session, workspace, person)
    ]
    found[UNSHOWN_ANONYMOUS] = await _named(session, anonymous)
    return found


async def rows_of(session: AsyncSession, held: PersonalColumn, workspace: str, person: str) -> Rows:
    """The rows whose column holds this person."""
    table: Any = held.table.__table__
    mine = (table.c[held.column] == person, table.c.workspace_id == workspace)
    return [dict(row) for row in (await session.execute(select(table).where(*mine))).mappings()]


async def unshown_anonymous_answers(session: AsyncSession, workspace: str, person: str) -> Rows:
    """Somebody's anonymous answers that were not shown, found by each prompt's key. Later nobody can tell whose they
    are."""
    mine = await anonymous_batches.of_person(session, workspace, person)
    return [{column.name: getattr(row, column.name) for column in t.Reflection.__table__.columns} for row in mine]


async def _named(session: AsyncSession, rows: Rows) -> Rows:
    """The rows with names of groups and texts of questions in place of ids."""
    groups = {row[GROUP] for row in rows if GROUP in row}
    prompts = {row["prompt_id"] for row in rows if "prompt_id" in row}
    named = select(t.Collaborative.id, t.Collaborative.name).where(t.Collaborative.id.in_(groups))
    names = dict((await session.execute(named)).all())
    questions = await _questions(session, prompts)
    return [dict(_in_words(row, names, questions)) for row in rows]


Questions = Mapping[tuple[str, int | None], tuple[str, str]]


async def _questions(session: AsyncSession, prompts: set[str]) -> Questions:
    """(group, question) by prompt and position; without a position, the group alone."""
    rows = await session.execute(
        select(t.Prompt.id, t.PromptQuestion.position, t.Collaborative.name, t.PromptQuestion.text)
        .join(t.PromptQuestion, t.PromptQuestion.prompt_id == t.Prompt.id)
        .join(t.Collaborative, t.Collaborative.id == t.Prompt.collaborative_id)
        .where(t.Prompt.id.in_(prompts))
    )
    found: dict[tuple[str, int | None], tuple[str, str]] = {}
    for prompt, position, group, question in rows:
        found[prompt, position] = group, question
        found[prompt, None] = group, ""
    return found


def _in_words(row: dict[str, Any], names: Mapping[str, str], questions: Questions) -> Iterator[tuple[str, Any]]:
    if GROUP in row:
        yield "group", names.get(row[GROUP], "")
    if "prompt_id" in row:
        group, question = questions.get((row["prompt_id"], row.get("position")), ("", ""))
        yield "group", group
        if question:
            yield "question", question
    yield from ((name, value) for name, value in row.items() if name not in HANDLES)
