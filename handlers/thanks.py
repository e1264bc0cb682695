"""Thanks for an answer, given where it is read or reviewed; its author hears of them once a day."""

from functools import partial

from bot.services import thanks, thanks_notices
from handlers.anonymous_review import WAYS, ReviewWay
from handlers.capability import Capability
from handlers.messages import thanks as messages
from handlers.responses import ANSWER_BUTTONS, do
from handlers.views import thanks as views
from handlers.views.responses import AnswerButton

CAPABILITY = Capability(
    "thanks",
    actions={
        views.THANK: partial(do, verb=thanks.thank),
        views.UNTHANK: partial(do, verb=thanks.take_back),
    },
    deliveries=[messages.KIND, messages.FOR_ANONYMOUS],
    fills={
        ANSWER_BUTTONS: [AnswerButton(views.build_button, views.REACH)],
        WAYS: [ReviewWay(views.WAY, thanks_notices.thank, views.build_thanked)],
    },
)
