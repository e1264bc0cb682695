"""Empty databases of both kinds, for one measurement each."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

KINDS = ("sqlite", "postgresql")


@contextmanager
def empty(kind: str, server: str) -> Iterator[str]:
    """The address of a database that goes again; `server` is that of any database on the PostgreSQL server."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="collab-") as folder:
            yield f"sqlite:///{folder}/collab.db"
        return
    name = f"b{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
