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
    mine,
    mydata,
    quiet,
    responses,
    settings,
    shortcuts,
    unclear,
    workspace,
)
from handlers.listening import Listeners, mend


def register(app: AsyncApp, deps: Deps) -> None:
    listeners = Listeners(app, deps)
    features = (commands, founding, answering, mine, responses, shortcuts, agendas, handovers, batches, quiet, settings)
    for feature in (*features, unclear):
        feature.register(listeners)
    mydata.register(listeners, home.show_once)
    founding.register_zones(app)
    home.register(listeners, app, deps)
    workspace.register(app, deps)
    app.error(mend)
