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

    async def open(self) -> None:
        """Raises OSError when the port is taken. Browsers may try ::1 first, so it listens there if it can."""
        self._servers.append(await asyncio.start_server(self._serve, "127.0.0.1", self.port))
        with contextlib.suppress(OSError):
            self._servers.append(await asyncio.start_server(self._serve, "::1", self.port))

    def close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, OSError, asyncio.CancelledError):
            upstream = await self._connect()
            if upstream is None:
                await asyncio.wait_for(reader.read(CHUNK), 5)
                writer.write(BUSY_REPLY)
                await writer.drain()
            else:
                await join(reader, writer, *upstream)
        with contextlib.suppress(Exception):
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        if self.target is None:
            return None
        try:
            return await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return None


async def join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    try:
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
    finally:
        far_writer.close()


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    finally:
        with contextlib.suppress(OSError, RuntimeError):
            if target.can_write_eof():
                target.write_eof()
