"""What one person sees of the workspace, as JSON."""

from collections import Counter

from sandbox.faults import Fault
from sandbox.interactions import shown_message
from sandbox.modals import shown_view
from sandbox.sandbox import Sandbox
from sandbox.world import BOT_USER, Channel, File, Json, Message, Person


def shown_state(sandbox: Sandbox, person: Person) -> Json:
    """Everything that GET /sandbox/state answers."""
    world, clock = sandbox.world, sandbox.clock
    home = None if person.is_stranger else world.homes.get(person.id)
    channels = world.visible(person.id)
    return {
        "now": clock.now().isoformat(),
        "version": sandbox.version,
        "clock": {"next_due": clock.next_due.isoformat() if clock.next_due else None, "moving": clock.moving},
        "me": {"id": person.id, "name": person.name, "tz": person.tz, "title": person.title},
        "people": [shown_person(p) for p in world.people.values()],
        "channels": [_channel(channel, person) for channel in channels],
        "messages": {channel.id: _messages(channel, person) for channel in channels},
        "files": {f.id: shown_file(f) for f in world.files.values() if may_see_file(sandbox, person, f.id)},
        "home": shown_view(home) if home is not None else None,
        "modals": [shown_view(view) for view in world.stack(person.id)],
        "commands": sandbox.manifest.commands,
        "shortcuts": sandbox.manifest.shortcuts,
        "faults": [shown_fault(fault) for fault in sandbox.faults.planned],
        "example": "playing" if sandbox.playing else "over" if world.has_begun else "offered",
        "notices": world.notices.get(person.id, []),
    }


def shown_person(person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "tz": person.tz,
        "title": person.title,
        "color": person.color,
        "is_bot": person.is_bot,
        "deleted": person.deleted,
        "is_guest": person.is_guest,
        "is_stranger": person.is_stranger,
    }


def _channel(channel: Channel, person: Person) -> Json:
    read = float(channel.read_until.get(person.id, 0))
    unread = [m for m in _seen(channel, person) if m.user != person.id and float(m.ts) > read]
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "kind": "dm" if channel.dm_with else "channel",
        "members": channel.members,
        "member": person.id in channel.members,
        "has_bot": BOT_USER in channel.members,
        "read_only": bool(channel.dm_with) or channel.is_archived,
        "unread": len(unread),
    }


def _seen(channel: Channel, person: Person) -> list[Message]:
    return [m for m in channel.messages if m.only_for in {None, person.id}]


def _messages(channel: Channel, person: Person) -> list[Json]:
    """Oldest first; those in threads too, each with its thread."""
    seen = sorted(_seen(channel, person), key=lambda m: float(m.ts))
    replies = Counter(m.thread_ts for m in seen if m.thread_ts != m.ts)
    return [shown_message(m) | {"reply_count": replies[m.ts]} for m in seen]


def shown_fault(fault: Fault) -> Json:
    """`times` is how often it still strikes, 0 until it is cleared."""
    return {"method": fault.method, "kind": fault.kind, "times": max(0, fault.times), "chance": fault.chance}


def shown_file(file: File) -> Json:
    return {"id": file.id, "name": file.name, "title": file.title, "size": file.size}


def may_see_file(sandbox: Sandbox, person: Person, file: str) -> bool:
    """Whether it stands in a message that they see."""
    channels = sandbox.world.visible(person.id)
    return any(file in m.files for channel in channels for m in _seen(channel, person))


def posted(channel: Channel) -> list[Json]:
    """Everything in a channel that is not for one person alone, with its metadata: for tests."""
    return [shown_message(m) | {"metadata": m.metadata} for m in channel.messages if not m.only_for]
