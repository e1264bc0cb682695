"""Workspaces, and what holds for each as a whole."""

from datetime import date, datetime

from sqlalchemy import (
    ForeignKey,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.scopes import Scope
from storage.tables.base import NOBODY, UNSHOWN, Base, InWorkspace, Plain, of


class Workspace(Base):
    __tablename__ = "workspace"
    id: Mapped[str] = mapped_column(primary_key=True, info=NOBODY | of(Scope.WORKSPACE))
    name: Mapped[str] = mapped_column(String(255), info=NOBODY | UNSHOWN)
    bot_id: Mapped[str] = mapped_column(info=NOBODY | UNSHOWN)
    stopped: Mapped[str | None] = mapped_column(String(255), info=NOBODY)
    restored_at: Mapped[datetime | None]


class SlackHold(Base):
    """Slack asked this workspace to leave one method alone until then, by the database's own clock."""

    __tablename__ = "slack_hold"
    __table_args__ = ({"info": UNSHOWN},)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True, info=NOBODY)
    set_at: Mapped[datetime]
    until: Mapped[datetime]


class DirectoryReading(Base):
    """How far the bot has read which channels it is in, who is in them and who those people are.

    Everything read carries the number of the round it was last read in. `owner` is the process that reads, until
    `lease_until` by the database's own clock.
    """

    __tablename__ = "directory_reading"
    __table_args__ = ({"info": UNSHOWN},)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    round: Mapped[int] = mapped_column(default=1)
    cursor: Mapped[str] = mapped_column(String(1024), default="", info=NOBODY)
    listed: Mapped[bool] = mapped_column(default=False)
    done: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[Plain | None]
    lease_until: Mapped[datetime | None]


class Erasure(InWorkspace, Base):
    """That something was erased: which row, on which day, and nothing of what was in it. A restore erases it again."""

    __tablename__ = "erasure"
    __table_args__ = ({"sqlite_with_rowid": False, "info": UNSHOWN},)
    row_id: Mapped[str] = mapped_column(primary_key=True, info=NOBODY)
    what: Mapped[Plain]
    erased_on: Mapped[date]
