"""What all kinds of deliveries are made of: their lateness, in one table (shown in README), and planned deliveries."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.delivery.lateness import (
    AFTERNOON_ENDS,
    AGENDA_DUE,
    ANSWERING_ENDS,
    DONE,
    HANDED_ON,
    MEETING_ENDS,
    MEETING_STARTS,
    NEXT_STARTS,
    REVIEW_ENDS,
    Late,
)
from bot.delivery.registry import Kind
from bot.domain.rounds import Post, Round
from bot.services.deliveries import DesiredDelivery

LATE: dict[str, Late] = {
    "started": Late(MEETING_STARTS),
    "prompt": Late(ANSWERING_ENDS, told=True, dropped_told="on the agenda, or with the next questions"),
    "invitation": Late(ANSWERING_ENDS),
    "reminder": Late(ANSWERING_ENDS),
    "prompt_closed": Late(DONE, merged=True),
    "packet": Late(MEETING_ENDS),
    "packet_refresh": Late(DONE, merged=True),
    "draft_ready": Late(AGENDA_DUE),
    "draft_refresh": Late(DONE, merged=True),
    "too_few": Late(ANSWERING_ENDS),
    "former_reader": Late(HANDED_ON),
    "former_reader_settled": Late(DONE),
    "kept_for_reader": Late(HANDED_ON),
    "batch_ready": Late(REVIEW_ENDS),
    "batch_refresh": Late(DONE),
    "batch_left": Late(REVIEW_ENDS),
    "batch_left_refresh": Late(DONE),
    "batch_waits": Late(REVIEW_ENDS),
    "batch_waits_refresh": Late(DONE),
    "returned": Late(REVIEW_ENDS),
    "returned_settled": Late(REVIEW_ENDS),
    "too_few_left": Late(REVIEW_ENDS),
    "batch_lapsing": Late(REVIEW_ENDS),
    "too_few_refresh": Late(REVIEW_ENDS),
    "too_few_left_refresh": Late(REVIEW_ENDS),
    "batch_lapsing_refresh": Late(REVIEW_ENDS),
    "thanked": Late(REVIEW_ENDS),
    "agenda": Late(MEETING_ENDS, told=True, dropped_told="with the next questions"),
    "agenda_edited": Late(DONE, merged=True),
    "summary": Late(HANDED_ON),
    "summary_edited": Late(DONE, merged=True),
    "anonymous_shown": Late(DONE),
    "anonymous_redacted": Late(DONE, merged=True),
    "anonymous_unshown": Late(DONE),
    "anonymous_voided": Late(DONE),
    "late_answer": Late(HANDED_ON),
    "late_edited": Late(DONE),
    "late_gone": Late(DONE),
    "redacted": Late(DONE),
    "how_did_it_go": Late(HANDED_ON),
    "notes_refresh": Late(DONE),
    "handoff": Late(NEXT_STARTS, told=True, dropped_told="with the next questions"),
    "handoff_edited": Late(DONE, merged=True),
    "thanks": Late(AFTERNOON_ENDS),
    "lead_ended": Late(MEETING_STARTS),
    "lead_changed": Late(MEETING_STARTS),
    "packet_over": Late(DONE),
    "draft_over": Late(DONE),
    "batch_over": Late(DONE),
    "taken_over": Late(HANDED_ON),
    "welcome": Late(HANDED_ON),
    "started_redone": Late(DONE, merged=True),
    "prompt_redone": Late(DONE, merged=True),
    "packet_redone": Late(DONE, merged=True),
    "draft_ready_redone": Late(DONE, merged=True),
    "invitation_redone": Late(DONE),
    "reminder_redone": Late(DONE),
    "agenda_redone": Late(DONE, merged=True),
    "handoff_redone": Late(DONE, merged=True),
    "thanks_redone": Late(DONE),
    "stopped": Late(DONE),
    "unclear": Late(DONE),
}


def make_kind(name: str, wanted: Any, compose: Any, **traits: Any) -> Kind:
    """A kind with its entry of the table above."""
    return Kind(name, LATE[name], wanted, compose, **traits)


def post(
    kind: str, round_: Round, recipient: str, due: datetime, subject: str = "", *, operation: str = "post"
) -> DesiredDelivery:
    """A delivery about one meeting; kind, meeting and subject together identify it."""
    key = ":".join(filter(None, (kind, round_.meeting.id, subject)))
    expires = LATE[kind].expires(round_)
    return DesiredDelivery(kind, operation, recipient, due, expires, key, round_.meeting.id, subject or None)


def about(
    kind: str, round_: Round, standing: Post, due: datetime, what: str, *, operation: str = "update"
) -> DesiredDelivery:
    """Update, or delete, one message that has a subject of its own."""
    return post(kind, round_, standing.channel, due, f"{standing.subject or ''}/{what}", operation=operation)


def update(kind: str, of: str, round_: Round, due: datetime, subject: str) -> Iterable[DesiredDelivery]:
    """Update the message of kind `of`, if there is one."""
    standing = round_.post(of)
    if standing is not None:
        yield post(kind, round_, standing.channel, due, subject, operation="update")
