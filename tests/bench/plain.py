"""A plain app on the same stack, to measure against: sync Bolt over Socket Mode, an ORM session, one insert, and an
acknowledgement. `python -m tests.bench.plain API DATABASE_URL`."""

import sys
import threading
from collections.abc import Callable
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

THREADS = 10
"""Bolt's own number of threads for what comes over a socket."""


class Base(DeclarativeBase):
    pass


class Answer(Base):
    __tablename__ = "plain_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    channel: Mapped[str]
    person: Mapped[str]
    text: Mapped[str]


def engine_for(address: str) -> Engine:
    """As durable as the bot's: SQLite's defaults would not be."""
    url = make_url(address)
    driver = "sqlite" if url.drivername.startswith("sqlite") else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver))
    if driver == "sqlite":

        @event.listens_for(engine, "connect")
        def _durable(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    Base.metadata.create_all(engine)
    return engine


def main() -> None:
    api, address = sys.argv[1:]
    engine = engine_for(address)
    app = App(client=WebClient("xoxb-bench", base_url=f"{api}/api/"), token_verification_enabled=False)

    def listen(ack: Callable[..., object], command: dict[str, str]) -> None:
        with Session(engine) as session, session.begin():
            about = {"workspace": command["team_id"], "channel": command["channel_id"], "person": command["user_id"]}
            session.add(Answer(**about, text=command["text"]))
        ack("Thank you")

    app.command("/collab")(listen)
    handler = SocketModeHandler(app, "xapp-bench", web_client=WebClient(base_url=f"{api}/api/"), concurrency=THREADS)
    handler.connect()  # type: ignore[no-untyped-call]  # as Bolt has it
    sys.stdout.write(f"{api}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
