"""The app's Home: what is open for me, my next meetings, my latest answers."""

from collections.abc import Sequence
from datetime import datetime

from handlers.views import answering, hub, kit, settings
from handlers.views.hub import Standing
from handlers.views.kit import Block, View

MOST_GROUPS = 10


def build_home(
    standings: Sequence[Standing], history: Sequence[tuple[str, str, str]], viewer: str, now: datetime
) -> View:
    blocks: list[Block] = [kit.heading("Learning together")]
    if not standings:
        blocks.append(
            kit.para(
                kit.t("You are in no group yet. In a channel where people want to learn together, type "),
                kit.b("/collab start"),
                kit.t(" – it takes two minutes."),
            )
        )
    for standing in standings[:MOST_GROUPS]:
        blocks += [*hub.build_hub(standing.found, viewer, now, took_part=standing.took_part)[:-1], kit.divider()]
    if (more := len(standings) - MOST_GROUPS) > 0:
        blocks.append(kit.small(f"And {more} more: type /collab in their channels."))
    blocks.append(settings.build_way_in())
    if history:
        blocks += answering.build_mine(history)
    return {"type": "home", "callback_id": "home", "blocks": blocks[: kit.MOST_MODAL_BLOCKS]}
