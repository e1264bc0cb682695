"""Every feature's listeners, registered with Bolt."""

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped, warning_token_skipped

from bot.deps import Deps
from bot.runtime.slack_transport import Authorize
from handlers import (
    agendas,
    anonymous_author,
    anonymous_review,
    answering,
    commands,
    delivery_confirmation,
    former_reader,
    founding,
    handoffs,
    home,
    membership,
    mine,
    mydata,
    responses,
    rhythm,
    settings,
    shortcuts,
    workspace,
)
from handlers.listeners import Listeners, handle_error


def make_app(deps: Deps, authorize: Authorize, signing_secret: str | None = None) -> AsyncApp:
    """The app as both ways in have it. It checks no signature: whoever lets requests in has to."""
    logger = logging.getLogger("slack_bolt")
    logger.addFilter(_says_something)
    app = AsyncApp(
        name="Collab",  # else Bolt looks for one in the source of every caller
        client=deps.slack,
        authorize=authorize,
        signing_secret=signing_secret,
        request_verification_enabled=False,
        process_before_response=True,
        logger=logger,
    )
    listeners = Listeners(app, deps)
    features = (
        commands,
        founding,
        answering,
        mine,
        responses,
        shortcuts,
        agendas,
        handoffs,
        anonymous_review,
        anonymous_author,
        settings,
    )
    for feature in (*features, former_reader, rhythm, membership, delivery_confirmation, home, workspace):
        feature.register(listeners)
    mydata.register(listeners, home.show_once)
    founding.register_zones(app)
    app.error(handle_error)
    return app


def _says_something(record: logging.LogRecord) -> bool:
    """Bolt warns at every start that the environment's token and our client's are passed over: `authorize` gives the
    same one."""
    return record.getMessage() not in {warning_token_skipped(), warning_client_prioritized_and_token_skipped()}
