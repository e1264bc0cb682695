"""Every table, by aggregate. Each row belongs to a workspace; words are design.md's."""

from storage.tables.audit import AuditEntry
from storage.tables.base import Base, InWorkspace, new_id
from storage.tables.channels import Channel, ChannelMember
from storage.tables.collaboratives import PLAN_WANTED, CharterDraft, Collaborative, Convener, Member
from storage.tables.deliveries import HELD, OPEN, THANKS, Delivery
from storage.tables.meetings import MEND_WANTED, TO_POST, UPCOMING, HandoffNote, Meeting, NotesDraft, ParkedItem
from storage.tables.people import Home, Person, PersonSetting
from storage.tables.prompts import APPROVED, TO_NOTICE, WAITING, Participation, Prompt, PromptQuestion
from storage.tables.reflections import Appreciation, Reflection
from storage.tables.workspaces import DirectoryReading, Erasure, SlackHold, Workspace

__all__ = [
    "APPROVED",
    "HELD",
    "MEND_WANTED",
    "OPEN",
    "PLAN_WANTED",
    "THANKS",
    "TO_NOTICE",
    "TO_POST",
    "UPCOMING",
    "WAITING",
    "Appreciation",
    "AuditEntry",
    "Base",
    "Channel",
    "ChannelMember",
    "CharterDraft",
    "Collaborative",
    "Convener",
    "Delivery",
    "DirectoryReading",
    "Erasure",
    "HandoffNote",
    "Home",
    "InWorkspace",
    "Meeting",
    "Member",
    "NotesDraft",
    "ParkedItem",
    "Participation",
    "Person",
    "PersonSetting",
    "Prompt",
    "PromptQuestion",
    "Reflection",
    "SlackHold",
    "Workspace",
    "new_id",
]
