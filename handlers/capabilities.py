"""The table of contents: what Collab is made of, one line a capability.

Help, the hub, the manifest, the tick and what is sent go through it in this order.
"""

from handlers import (
    agenda,
    anonymous_author,
    anonymous_review,
    answering,
    delivery_confirmation,
    former_reader,
    founding,
    handoff,
    home,
    membership,
    mine,
    mydata,
    parked,
    responses,
    rhythm,
    settings,
    shortcuts,
    thanks,
    workspace,
)

CAPABILITIES = (
    founding.CAPABILITY,
    answering.CAPABILITY,
    mine.CAPABILITY,
    responses.CAPABILITY,
    thanks.CAPABILITY,
    agenda.CAPABILITY,
    parked.CAPABILITY,
    handoff.CAPABILITY,
    anonymous_review.CAPABILITY,
    anonymous_author.CAPABILITY,
    former_reader.CAPABILITY,
    settings.CAPABILITY,
    rhythm.CAPABILITY,
    membership.CAPABILITY,
    mydata.CAPABILITY,
    home.CAPABILITY,
    shortcuts.CAPABILITY,
    delivery_confirmation.CAPABILITY,
    workspace.CAPABILITY,
)
