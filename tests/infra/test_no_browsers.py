"""A web page that is open in the person's browser can't use the local AWS."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from infra.local.no_browsers import no_browsers

HERE = "127.0.0.1:4566"
API = "/restapis/abc/api/_user_request_/v1/apps"


def status(path: str = "/", method: str = "GET", **headers: str) -> int:
    """What a request is answered with; 200 when it reached the emulator."""
    sent: list[Any] = []

    async def emulator(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": path, "headers": pairs}
    scope["query_string"] = query.encode()
    asyncio.run(no_browsers(emulator)(scope, None, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize("host", [HERE, "localhost:4566", "[::1]:4566", "bucket.s3.localhost:4566"])
def test_programs_on_this_machine_pass(host: str) -> None:
    assert status(host=host) == 200


def test_a_link_that_a_person_follows_passes() -> None:
    assert status("/bucket/prd.md", host=HERE, sec_fetch_site="none") == 200
    assert (
        status("/bucket/prd.md?X-Amz-Signature=ab", host=HERE, sec_fetch_site="cross-site") == 200
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8102"])
def test_scripts_of_pages_are_refused(origin: str) -> None:
    assert status(host=HERE, origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_forms_and_pictures_of_pages_are_refused(site: str) -> None:
    assert status(host=HERE, sec_fetch_site=site) == 403
    assert status("/?Action=A&X-Amz-Signature=ab", host=HERE, sec_fetch_site=site) == 403
    assert status("/b/k?X-Amz-Signature=ab", "PUT", host=HERE, sec_fetch_site=site) == 403


@pytest.mark.parametrize(
    "host", ["evil.example:4566", "localhost.evil.example", "127.0.0.1.nip.io", ""]
)
def test_a_name_that_somebody_points_at_this_machine_is_refused(host: str) -> None:
    assert status(host=host) == 403


def test_the_public_api_asks_for_its_own_key() -> None:
    assert status(API, host="localhost:8000", origin="http://localhost:8000") == 200


@pytest.mark.parametrize(
    "path", ["/restapis/abc", "/_user_request_/", "/x/restapis/a/b/_user_request_/"]
)
def test_other_paths_do_not_pass_as_the_public_api(path: str) -> None:
    assert status(path, host=HERE, origin="https://evil.example") == 403
