"""Every table, by aggregate. Each row belongs to a workspace; words are design.md's."""

from storage.tables.audit import AuditEntry
from storage.tables.base import Base, InWorkspace, new_id
from storage.tables.channels import Channel, ChannelMember
from storage.tables.collaboratives import CharterDraft, Collaborative, Convener, Member
from storage.tables.deliveries import HELD, OF_PERSON, OPEN, Delivery
from storage.tables.meetings import TO_POST, UPCOMING, Agenda, HandoffNote, Meeting, NotesDraft, ParkedItem
from storage.tables.people import Home, Person, PersonSetting
from storage.tables.prompts import APPROVED, TO_NOTICE, WAITING, AnonymousBatch, Participation, Prompt, PromptQuestion
from storage.tables.reflections import Appreciation, Reflection
from storage.tables.workspaces import DirectoryReading, Erasure, SlackHold, Workspace
from storage.tables.written import Written

__all__ = [
    "APPROVED",
    "HELD",
    "OF_PERSON",
    "OPEN",
    "TO_NOTICE",
    "TO_POST",
    "UPCOMING",
    "WAITING",
    "Agenda",
    "AnonymousBatch",
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
    "Written",
    "new_id",
]
