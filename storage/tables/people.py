"""People, what they chose to be sent, and their Homes."""

from datetime import date, datetime, time

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.anonymity import Visibility
from bot.domain.personal import Chapter, ErasureAction
from bot.domain.reminders import Reminders
from bot.domain.scopes import Scope
from storage.tables.base import NOBODY, UNSHOWN, WITH_PEOPLE, Base, Plain, of, of_person


class Person(Base):
    """What has to be known about people before an acknowledgement; fed by events, read again beside the work.

    `sees` is who saw what they answered last: what their next answer begins with.
    """

    __tablename__ = "person"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person(
            "What Slack told about me",
            ("name", "zone", "is_admin", "is_guest", "is_stranger", "dm_channel"),
            ErasureAction.ROW_GOES,
            Chapter.ABOUT_ME,
        )
        | of(Scope.PROFILE),
    )
    name: Mapped[str] = mapped_column(String(255), info=NOBODY)
    zone: Mapped[Plain]
    is_bot: Mapped[bool] = mapped_column(default=False)
    is_gone: Mapped[bool] = mapped_column(default=False)
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_guest: Mapped[bool] = mapped_column(default=False)
    is_stranger: Mapped[bool] = mapped_column(default=False)
    dm_channel: Mapped[str | None] = mapped_column(info=WITH_PEOPLE | UNSHOWN)
    sees: Mapped[Visibility | None] = mapped_column(info=UNSHOWN)
    read_in: Mapped[int] = mapped_column(default=0, server_default="0", info=UNSHOWN)


class PersonSetting(Base):
    """What somebody chose to be sent, and when; without a row, the defaults of `bot.domain.reminders`.

    `works_on` has the digits of their working days, Monday being 0; a night's work that `works_until` ends on the next
    day belongs to the day on which it begins.
    """

    __tablename__ = "person_setting"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person(
            "My settings",
            ("reminders", "by_dm", "away_until", "works_from", "works_until", "works_on"),
            ErasureAction.ROW_GOES,
            Chapter.ABOUT_ME,
        )
        | of(Scope.PROFILE),
    )
    reminders: Mapped[Reminders]
    by_dm: Mapped[bool]
    away_until: Mapped[date | None]
    works_from: Mapped[time]
    works_until: Mapped[time]
    works_on: Mapped[str] = mapped_column(String(7), default="01234", server_default="01234", info=NOBODY)


class Home(Base):
    """The Home of somebody who has opened it lately: what stands there, and when it is to be looked at again.

    The day that it was opened and not the minute; `shown` is a digest of what was published last.
    """

    __tablename__ = "home"
    __table_args__ = (Index("ix_home_due", "due_at"), {"info": UNSHOWN})
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        primary_key=True, info=of_person("My Home", ("opened_on",), ErasureAction.ROW_GOES, Chapter.ABOUT_ME)
    )
    opened_on: Mapped[date]
    page: Mapped[str] = mapped_column(default="", info=NOBODY)
    shown: Mapped[Plain | None]
    due_at: Mapped[datetime]
