"""One address for the API on a laptop: passes requests on to the emulated API Gateway, as they are.

In: HTTP on the front port. Out: the answer of the deployed API. Callers: `stack` starts it as a process. The surprise: it
reads `run/deployed.json` anew when the file changed, so a redeployment needs no restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Iterable

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from infra.local.place import Place, read_place

NAME = "front"
# RFC 9110 7.6.1: these belong to one connection and are not passed on.
HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
    *("transfer-encoding", "upgrade", "content-length", "host"),
}
NOT_OURS_TO_SAY = ("Content-Type", "User-Agent", "Accept")
"""What the client library would add where the caller said nothing."""
BODY_BYTES_MAX = 10 * 2**20
"""What API Gateway takes."""
ANSWER_WITHIN_S = 60


class FrontDoor:
    def __init__(self, place: Place, session: aiohttp.ClientSession) -> None:
        self._place = place
        self._session = session
        self._read: tuple[float, str] = (0.0, "")

    def api(self) -> str:
        """The id of the deployed API; empty when nothing is deployed yet."""
        path = self._place.run / "deployed.json"
        with contextlib.suppress(OSError, ValueError, KeyError):
            changed = path.stat().st_mtime
            if changed != self._read[0]:
                self._read = (changed, json.loads(path.read_text())["outputs"]["RestAPIId"])
        return self._read[1]

    async def own_health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "deployed": bool(self.api())})

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        api = self.api()
        if not api:
            return problem(503, "The API is not deployed yet", "Run `make up` and try again.")
        if (request.content_length or 0) > BODY_BYTES_MAX:
            return problem(413, "The request is larger than allowed", "At most 10 MiB.")
        try:
            return await self._call(request, api)
        except TimeoutError:
            return problem(504, "The API did not answer in time", "See .fragua/logs/emulator.log.")
        except aiohttp.ClientConnectorError:
            return problem(503, "The local AWS is not running", "Run `make up`, or `make status`.")
        except aiohttp.ClientError as fault:
            return problem(502, "The local AWS broke off", f"{type(fault).__name__}; try again.")

    async def _call(self, request: web.Request, api: str) -> web.StreamResponse:
        path = f"/restapis/{api}/api/_user_request_{request.raw_path}"
        url = URL(f"{self._place.emulator_url}{path}", encoded=True)
        headers = kept(request.headers.items())
        headers["Host"] = request.host
        headers["X-Forwarded-Host"] = request.host
        headers["X-Forwarded-Proto"] = "http"
        headers["X-Forwarded-For"] = request.remote or "127.0.0.1"
        body = request.content if request.body_exists else None
        async with self._session.request(
            request.method,
            url,
            headers=headers,
            data=body,
            allow_redirects=False,
            skip_auto_headers=NOT_OURS_TO_SAY,
        ) as answer:
            reply = web.StreamResponse(status=answer.status, headers=kept(answer.headers.items()))
            if answer.content_length is not None:
                reply.content_length = answer.content_length
            await reply.prepare(request)
            async for chunk in answer.content.iter_any():
                await reply.write(chunk)
            await reply.write_eof()
            return reply


def kept(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers if name.lower() not in HOP_BY_HOP)


def problem(status: int, title: str, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    headers = {"Retry-After": "2"} if status == 503 else {}
    return web.json_response(
        body, status=status, headers=headers, content_type="application/problem+json"
    )


async def main() -> None:
    place = read_place()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S, connect=5)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
        door = FrontDoor(place, session)
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_get("/healthz", door.own_health)
        app.router.add_route("*", "/{path:.*}", door.pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", place.front_port).start()
        with contextlib.suppress(OSError):  # browsers may try ::1 first
            await web.TCPSite(runner, "::1", place.front_port).start()
        await stopping.wait()
        await runner.cleanup()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(main())
