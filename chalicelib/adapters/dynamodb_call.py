"""One call to DynamoDB, signed and sent without an SDK's client: for what stands in the way of every request.

In: an operation and its JSON. Out: its answer, `ConditionFailed` with the item as it stands, or `CloudBusy`.
Callers: `limit_table.py`. The surprise: making boto3's client takes 65 ms of a cold start, PynamoDB's 140, this 2, and a call of theirs takes twice
the processor time of this one. The SDK still finds the credentials and signs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, NoCredentialsError
from urllib3.exceptions import HTTPError, ProtocolError

from chalicelib.errors import CloudBusy
from chalicelib.settings import Settings

TARGET = "DynamoDB_20120810."
MEDIA_TYPE = "application/x-amz-json-1.0"
CONNECTIONS = 16
OK = 200


class ConditionFailed(Exception):
    """`item`: what stands there, None when nothing does."""

    def __init__(self, item: Mapping[str, Any] | None) -> None:
        super().__init__("the condition of a conditional write did not hold")
        self.item = item


class DynamoDbCall:
    def __init__(self, settings: Settings, *, answer_within_s: float) -> None:
        self._region = settings.aws_region
        host = settings.aws_endpoint_url or f"https://dynamodb.{self._region}.amazonaws.com"
        self._url = host.rstrip("/") + "/"
        timeout = urllib3.Timeout(connect=answer_within_s, read=answer_within_s)
        self._http = urllib3.PoolManager(timeout=timeout, retries=False, maxsize=CONNECTIONS)

    @cached_property
    def _signer(self) -> SigV4Auth:
        session = boto3.DEFAULT_SESSION or boto3.Session()
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return SigV4Auth(credentials, "dynamodb", self._region)

    def __call__(self, operation: str, **members: Any) -> dict[str, Any]:
        """Sent a second time only when a connection that was kept turns out to be closed."""
        body = json.dumps(members).encode()
        try:
            return self._sent(operation, body)
        except ProtocolError:
            return self._sent_anew(operation, body)
        except (HTTPError, BotoCoreError) as error:
            raise _busy(error) from error

    def _sent_anew(self, operation: str, body: bytes) -> dict[str, Any]:
        try:
            return self._sent(operation, body)
        except (HTTPError, BotoCoreError) as error:
            raise _busy(error) from error

    def _sent(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = {"X-Amz-Target": TARGET + operation, "Content-Type": MEDIA_TYPE}
        request = AWSRequest("POST", self._url, data=body, headers=headers)
        self._signer.add_auth(request)
        signed = dict(request.headers.items())
        answer = self._http.request("POST", self._url, body=body, headers=signed)
        return _read(answer.status, answer.data)


def _read(status: int, data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        told = {}
    if status == OK:
        return dict(told)
    code = str(told.get("__type", status)).rpartition("#")[2]
    if code == "TransactionCanceledException":
        _tell_of_conditions(told.get("CancellationReasons", []))
    if code == "ConditionalCheckFailedException":
        raise ConditionFailed(told.get("Item"))
    raise CloudBusy(f"DynamoDB refused: {code}")


def _tell_of_conditions(reasons: Sequence[Mapping[str, Any]]) -> None:
    for reason in reasons:
        if reason.get("Code") == "ConditionalCheckFailed":
            raise ConditionFailed(reason.get("Item"))


def _busy(error: Exception) -> CloudBusy:
    return CloudBusy(f"DynamoDB did not answer ({type(error).__name__})")
