"""Thanks for an answer, given where it is read; its author hears of them once a day."""

from functools import partial

from bot.services import thanks
from handlers.capability import Capability
from handlers.messages import thanks as messages
from handlers.responses import do
from handlers.views import responses

CAPABILITY = Capability(
    "thanks",
    actions={
        responses.THANK: partial(do, verb=thanks.thank),
        responses.UNTHANK: partial(do, verb=thanks.take_back),
    },
    deliveries=[messages.KIND],
)
