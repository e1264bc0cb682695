"""Every kind of delivery, by name: the one table that planning and sending read."""

from bot.delivery.kinds import agenda, anonymous, facilitator, handoff, prompt, started, troubles
from bot.delivery.registry import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        started.KIND,
        prompt.PROMPT,
        prompt.COUNT,
        prompt.CLOSED,
        facilitator.PACKET,
        facilitator.REFRESH,
        facilitator.DRAFT,
        facilitator.BATCH,
        agenda.POSTED,
        agenda.EDITED,
        anonymous.KIND,
        facilitator.NOTES,
        handoff.KIND,
        troubles.STOPPED,
        troubles.UNCLEAR,
    )
}
