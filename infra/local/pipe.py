"""An app's own port on the laptop: whoever connects is connected to the version that is healthy now.

In: the app's stable port. Out: bytes, both ways. Callers: `container_host`. The surprise: changing the target leaves open
connections where they are, so requests under way are answered by the version that received them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json

CHUNK = 65536
BUSY = json.dumps(
    {
        "type": "about:blank",
        "title": "The app is starting",
        "status": 503,
        "detail": "No healthy version answers yet; try again in a moment.",
    }
).encode()
BUSY_REPLY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    b"Retry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(BUSY)
) + BUSY


class Pipe:
    def __init__(self, port: int) -> None:
        self.port = port
        self.target: int | None = None
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Raises OSError when the port is taken. Browsers may try ::1 first, so it listens there if it can."""
        self._servers.append(await asyncio.start_server(self._accept, "127.0.0.1", self.port))
        with contextlib.suppress(OSError):
            self._servers.append(await asyncio.start_server(self._accept, "::1", self.port))

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, TimeoutError):
                upstream = await self._connect()
                if upstream is None:
                    await refuse(reader, writer)
                else:
                    await join(reader, writer, *upstream)
        finally:
            await closed(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        if self.target is None:
            return None
        try:
            return await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return None


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the request first: an answer to nobody's question is lost when the connection closes."""
    await asyncio.wait_for(reader.read(CHUNK), 5)
    writer.write(BUSY_REPLY)
    await writer.drain()


async def join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Until the app has said its last. A client that only stops sending still gets its answer."""
    sending = asyncio.create_task(copy(reader, far_writer))
    try:
        await copy(far_reader, writer)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await closed(far_writer)


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    finally:
        with contextlib.suppress(OSError, RuntimeError):
            if target.can_write_eof():
                target.write_eof()


async def closed(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
        await writer.wait_closed()
