"""The app: everything that the capabilities listen to, registered with Bolt."""

import logging
from collections import defaultdict

from slack_bolt.async_app import AsyncApp
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped, warning_token_skipped

from bot.deps import Deps
from bot.runtime.slack_transport import Authorize
from handlers.capability import Capabilities
from handlers.commands import Commands
from handlers.listeners import Event, Listeners, handle_error


def make_app(
    deps: Deps, capabilities: Capabilities, authorize: Authorize, signing_secret: str | None = None
) -> AsyncApp:
    """The app as both transports have it. It checks no signature: whoever lets requests in has to."""
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
    Commands(capabilities).register(listeners)
    heard: defaultdict[str, list[Event]] = defaultdict(list)
    for capability in capabilities:
        for action, run in capability.actions.items():
            listeners.action(action, run)
        for form, take in capability.forms.items():
            listeners.view(form, take)
        for entry in capability.menu:
            listeners.shortcut(entry.callback, entry.run)
        for select, suggest in capability.options.items():
            app.options(select)(suggest)
        for name, hear in capability.events.items():
            heard[name].append(hear)
    for name, hearers in heard.items():  # Bolt would call the first listener alone
        listeners.event(name, hearers)
    app.error(handle_error)
    return app


def _says_something(record: logging.LogRecord) -> bool:
    """Bolt warns at every start that the environment's token and our client's are passed over: `authorize` gives the
    same one."""
    return record.getMessage() not in {warning_token_skipped(), warning_client_prioritized_and_token_skipped()}
