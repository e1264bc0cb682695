"""Ending a connection with a reset, as a failing network does."""

import asyncio
import socket

TRANSPORT = "sandbox.transport"
"""Where the server puts the connection, so that it can be dropped."""


def drop(transport: asyncio.Transport) -> None:
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
