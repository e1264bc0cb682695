"""Collaboratives, their members and conveners, and changes of roles."""

from datetime import date, datetime, time

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.cadence import Frequency
from bot.domain.charter import Facilitation
from bot.domain.personal import GROUP, Chapter, ErasureAction
from bot.domain.questions import Purpose, Stage
from bot.domain.rounds import GroupState
from bot.domain.scopes import Scope
from bot.domain.working_days import MONDAY_TO_FRIDAY
from storage.tables.base import NOBODY, UNSHOWN, WITH_PEOPLE, Base, InWorkspace, Plain, new_id, of, of_person
from storage.types import Week


class CharterDraft(Base):
    """What somebody filled in so far while setting a group up, so that a cancelled form loses nothing."""

    __tablename__ = "charter_draft"
    __table_args__ = ({"info": UNSHOWN},)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(primary_key=True, info=NOBODY)
    person_id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person("Groups I began to set up", ("channel_id", "filled"), ErasureAction.ROW_GOES, Chapter.DONE),
    )
    filled: Mapped[dict[str, object]] = mapped_column(JSON, info=WITH_PEOPLE)


class Collaborative(InWorkspace, Base):
    __tablename__ = "collaborative"
    __table_args__ = (
        Index(
            "uq_collaborative_channel",
            "workspace_id",
            "channel_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    channel_id: Mapped[str] = mapped_column(info=NOBODY | of(Scope.CHANNEL))
    state: Mapped[GroupState] = mapped_column(default=GroupState.ACTIVE)
    name: Mapped[str] = mapped_column(String(255), info=NOBODY)
    purpose_kind: Mapped[Purpose]
    purpose: Mapped[str] = mapped_column(Text, info=NOBODY)
    stage: Mapped[Stage]
    frequency: Mapped[Frequency]
    first_on: Mapped[date]
    meets_at: Mapped[time]
    zone: Mapped[Plain]
    length_minutes: Mapped[int]
    place: Mapped[str] = mapped_column(Text, default="", info=NOBODY)
    facilitation: Mapped[Facilitation]
    designated_id: Mapped[str | None] = mapped_column(
        info=of_person("Groups that I always lead", ("name",), ErasureAction.TAKEN_OVER, Chapter.GROUPS)
    )
    prompt_days_before: Mapped[int]
    prompt_at: Mapped[time]
    closes_days_before: Mapped[int] = mapped_column(default=1, server_default="1")
    closes_time: Mapped[time] = mapped_column(default=time(15), server_default="15:00")
    working_days: Mapped[frozenset[int]] = mapped_column(Week, default=MONDAY_TO_FRIDAY, server_default="01234")
    agenda_hours_before: Mapped[int]
    handoff_hours_after: Mapped[int]
    notice_hours_before: Mapped[int] = mapped_column(default=4, server_default="4")
    questions_per_prompt: Mapped[int]
    started_by: Mapped[str] = mapped_column(
        info=of_person("Groups I started", ("name", "started_at"), ErasureAction.TAKEN_OVER, Chapter.GROUPS)
    )
    started_at: Mapped[datetime]
    stopped: Mapped[Plain | None]


class Convener(InWorkspace, Base):
    __tablename__ = "convener"
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person("Groups I am a convener of", (GROUP,), ErasureAction.TAKEN_OVER, Chapter.GROUPS),
    )


class Member(InWorkspace, Base):
    __tablename__ = "member"
    __table_args__ = (Index("ix_member_person", "workspace_id", "person_id"),)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person(
            "Groups I am a member of", (GROUP, "seat", "joined_at_meeting"), ErasureAction.ROW_GOES, Chapter.GROUPS
        ),
    )
    seat: Mapped[int]
    joined_at_meeting: Mapped[int] = mapped_column(default=0)
