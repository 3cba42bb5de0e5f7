"""How adapters talk to AWS: one way to make a client, one place where its errors become ours.

In: settings. Out: boto3 clients; `CloudBusy` for what may succeed later. Callers: the AWS adapters of this folder.
The surprise: a refusal that is neither ours to expect nor the world's load stays a plain `PlatformError`: our turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import CloudBusy, PlatformError
from chalicelib.settings import Settings

CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 20
TOO_MUCH = 429
BUSY_WORDS = ("Throttl", "TooManyRequests", "LimitExceeded", "Unavailable", "Timeout", "Conflict")


def client(
    settings: Settings, service: str, *, patience_s: int = READ_TIMEOUT_S, attempts: int = 3
) -> Any:
    import boto3

    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url or None,
        config=Config(
            connect_timeout=min(CONNECT_TIMEOUT_S, patience_s),
            read_timeout=patience_s,
            retries={"mode": "standard", "total_max_attempts": attempts},
        ),
    )


@contextmanager
def speaking_to(service: str) -> Iterator[None]:
    """Nothing of the SDK leaves an adapter: load and silence become `CloudBusy`, the rest `PlatformError`."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if _is_busy(error, code):
            raise CloudBusy(f"{service} is busy ({code})") from error
        raise PlatformError(f"{service} refused: {code}") from error
    except BotoCoreError as error:
        raise CloudBusy(f"{service} did not answer ({type(error).__name__})") from error


def is_code(error: ClientError, *codes: str) -> bool:
    return error.response["Error"]["Code"] in codes


def _is_busy(error: ClientError, code: str) -> bool:
    status = int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0))
    return status == TOO_MUCH or status >= 500 or any(word in code for word in BUSY_WORDS)
