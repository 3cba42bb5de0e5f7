"""The image registry, over the HTTP API that every registry has (`/v2/`), ECR and the laptop's included.

In: blobs and manifests. Out: digests. Callers: `deployment/`, through `ImageRegistry`. The surprise: uploads go the long
way (POST, PATCH, PUT), the one that every registry takes; a blob that is there already is not sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3

from chalicelib.adapters import aws
from chalicelib.deployment.image import LAYER_TYPES
from chalicelib.deployment.ports import Manifest
from chalicelib.errors import CloudBusy, NotFound, PlatformError
from chalicelib.settings import Settings

TIMEOUT = urllib3.Timeout(connect=3, read=20)
# Uploads are not repeated here: half of one may have arrived. The whole use case is, by the state machine.
RETRY = urllib3.Retry(
    total=4,
    backoff_factor=0.2,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=("GET", "HEAD"),
    raise_on_status=False,
)
RENEW_BEFORE = timedelta(minutes=10)

Authorization = Callable[[], str | None]


class HttpImageRegistry:
    """One repository of a registry. `authorization` gives the header's value, or None where none is asked for."""

    def __init__(self, url: str, repository: str, authorization: Authorization) -> None:
        self._url = url.rstrip("/")
        self._repository = repository
        self._authorization = authorization
        self._http = urllib3.PoolManager(timeout=TIMEOUT, retries=RETRY)

    def manifest(self, reference: str) -> Manifest | None:
        headers = {"Accept": ", ".join(LAYER_TYPES)}
        answer = self._call("GET", f"manifests/{reference}", headers=headers)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._expect(answer, HTTPStatus.OK)
        return Manifest(answer.data, answer.headers["Content-Type"], _digest(answer.data))

    def blob(self, digest: str) -> bytes:
        answer = self._call("GET", f"blobs/{digest}")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise NotFound(f"the registry has no blob {digest}")
        self._expect(answer, HTTPStatus.OK)
        if _digest(answer.data) != digest:
            raise CloudBusy(f"the registry sent {digest} damaged")
        return answer.data

    def upload(self, content: bytes) -> str:
        digest = _digest(content)
        if self._call("HEAD", f"blobs/{digest}").status == HTTPStatus.OK:
            return digest
        place = self._place(self._call("POST", "blobs/uploads/"), HTTPStatus.ACCEPTED)
        headers = {"Content-Type": "application/octet-stream"}
        sent = self._request("PATCH", place, body=content, headers=headers)
        place = self._place(sent, HTTPStatus.ACCEPTED)
        mark = "&" if "?" in place else "?"
        self._expect(self._request("PUT", f"{place}{mark}digest={digest}"), HTTPStatus.CREATED)
        return digest

    def put_manifest(self, manifest: Manifest, reference: str) -> None:
        """Asks first: a repository with immutable tags refuses the same tag twice even for the same image."""
        present = self.manifest(reference)
        if present is not None and present.digest == manifest.digest:
            return
        headers = {"Content-Type": manifest.media_type}
        answer = self._call("PUT", f"manifests/{reference}", body=manifest.content, headers=headers)
        self._expect(answer, HTTPStatus.CREATED)

    def image_name(self, digest: str) -> str:
        return f"{urlsplit(self._url).netloc}/{self._repository}@{digest}"

    def _call(self, method: str, path: str, **rest: Any) -> urllib3.BaseHTTPResponse:
        return self._request(method, f"{self._url}/v2/{self._repository}/{path}", **rest)

    def _request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        authorization = self._authorization()
        known = {"Authorization": authorization} if authorization else {}
        try:
            return self._http.request(method, url, body=body, headers={**(headers or {}), **known})
        except urllib3.exceptions.HTTPError as error:
            raise CloudBusy(f"the registry did not answer ({type(error).__name__})") from error

    def _place(self, answer: urllib3.BaseHTTPResponse, status: HTTPStatus) -> str:
        """Where an upload goes on: the answer's `Location`, which may be relative."""
        self._expect(answer, status)
        return urljoin(f"{self._url}/", answer.headers["Location"])

    def _expect(self, answer: urllib3.BaseHTTPResponse, status: HTTPStatus) -> None:
        if answer.status == status:
            return
        message = f"the registry answered {answer.status} instead of {status.value}"
        busy = answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= 500
        raise CloudBusy(message) if busy else PlatformError(message)


class EcrAuthorization:
    """A Basic header out of an ECR token, renewed before it ends (ECR's last 12 hours)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._value = ""
        self._renew_at = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> str:
        if datetime.now(UTC) > self._renew_at:
            with aws.speaking_to("ECR"):
                answer = aws.client(self._settings, "ecr").get_authorization_token()
            data = answer["authorizationData"][0]
            self._value = f"Basic {data['authorizationToken']}"
            self._renew_at = data["expiresAt"] - RENEW_BEFORE
        return self._value


def image_registry(settings: Settings) -> HttpImageRegistry:
    """On AWS the address is `https://`; a laptop's registry speaks plain HTTP and asks nobody who they are."""
    is_open = settings.registry_url.startswith("http://")
    authorization: Authorization = (lambda: None) if is_open else EcrAuthorization(settings)
    return HttpImageRegistry(settings.registry_url, settings.app_repository, authorization)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
