"""Between the bot and PostgreSQL: a small relay on loopback that can be cut, and refuses until it is mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import URL, make_url


@dataclass
class Proxy:
    """Relays while `up`; `url` is the database's address through it."""

    behind: URL
    up: bool = True
    url: str = ""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Everything that is open is reset, and nothing new is let in."""
        self.up = False
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        self.up = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        there_reader, there_writer = await self._connect()
        mine = {writer, there_writer}
        self._open |= mine
        try:
            await asyncio.gather(_relay(reader, there_writer), _relay(there_reader, writer))
        finally:
            self._open -= mine
            for end in mine:
                end.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self.behind.query.get("host")
        if isinstance(folder, str) and folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self.behind.port or 5432}")
        return await asyncio.open_connection(self.behind.host, self.behind.port or 5432)


async def _relay(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await source.read(65536):
            sink.write(said)
            await sink.drain()
    sink.transport.abort()


@asynccontextmanager
async def between(database_url: str) -> AsyncIterator[Proxy]:
    """A relay before a database that stands until the block ends."""
    behind = make_url(database_url)
    proxy = Proxy(behind)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    through = behind.set(host="127.0.0.1", port=port, query={})
    proxy.url = through.render_as_string(hide_password=False)
    try:
        yield proxy
    finally:
        proxy.cut()
        server.close()
