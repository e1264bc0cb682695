"""Channels and who is in them."""

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.personal import Chapter, ErasureAction
from bot.domain.scopes import Scope
from storage.tables.base import NOBODY, UNSHOWN, Base, of, of_person


class Channel(Base):
    __tablename__ = "channel"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True, info=NOBODY | of(Scope.CHANNEL))
    name: Mapped[str] = mapped_column(String(255), info=NOBODY)
    is_private: Mapped[bool] = mapped_column(default=False)
    is_archived: Mapped[bool] = mapped_column(default=False)
    has_bot: Mapped[bool] = mapped_column(default=False)
    listed_in: Mapped[int] = mapped_column(default=0, server_default="0", info=UNSHOWN)
    read_in: Mapped[int] = mapped_column(default=0, server_default="0", info=UNSHOWN)
    cursor: Mapped[str] = mapped_column(String(1024), default="", server_default="", info=NOBODY | UNSHOWN)


class ChannelMember(Base):
    __tablename__ = "channel_member"
    __table_args__ = (Index("ix_channel_member_person", "workspace_id", "person_id"),)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(primary_key=True, info=NOBODY)
    person_id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person("Channels with Collab that I am in", ("channel_id",), ErasureAction.ROW_GOES, Chapter.ABOUT_ME)
        | of(Scope.PROFILE),
    )
    read_in: Mapped[int] = mapped_column(default=0, server_default="0", info=UNSHOWN)
