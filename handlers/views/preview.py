"""What is about to be posted, as it will look and where it goes, before anything is."""

from collections.abc import Sequence

from handlers.views import block_kit
from handlers.views.block_kit import Block, View

LONGEST_SUBMIT = 24


def build_preview(
    callback: str,
    where: str,
    message: block_kit.Message,
    after: Sequence[Block] = (),
    *,
    meta: str,
    place: str = "",
    standing: bool = False,
) -> View:
    """`where` is the channel's name, `place` what stands before it; `standing`: it is there already and is changed."""
    verb = "Change it in" if standing else "Post to"
    reads = "Everybody in the channel reads it, guests too."
    done = "changed" if standing else "posted"
    said = f"This is how it will look {place or 'in '}{where}. {reads} Nothing is {done} yet."
    blocks = [block for block in message.blocks if block["type"] != "actions"]
    return block_kit.modal(
        callback,
        "Before I post it",
        block_kit.fit([block_kit.small(said), block_kit.divider(), *blocks, block_kit.divider(), *after]),
        submit=f"{verb} {where}" if len(f"{verb} {where}") <= LONGEST_SUBMIT else f"{verb} the channel",
        close="Not now",
        meta=meta,
    )
