"""Every feature's listeners, registered with Bolt."""

from slack_bolt.async_app import AsyncApp

from bot.deps import Deps
from handlers import (
    agendas,
    answering,
    batches,
    commands,
    founding,
    handovers,
    home,
    mydata,
    settings,
    unclear,
    workspace,
)
from handlers.listening import Listeners, mend


def register(app: AsyncApp, deps: Deps) -> None:
    listeners = Listeners(app, deps)
    for feature in (commands, founding, answering, agendas, handovers, batches, unclear, settings, mydata):
        feature.register(listeners)
    founding.register_zones(app)
    home.register(app, deps)
    workspace.register(app, deps)
    app.error(mend)
