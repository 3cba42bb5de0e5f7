"""Keys that organizations bring for the model provider, in Secrets Manager.

In: an organization, its key. Out: `ModelKey`. Callers: wiring. Implements `tenancy.model_keys.ModelKeys`.
The surprise: the last four characters and the day are kept in the secret's description, because the API's Lambda may
write these secrets and describe them, but not read them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import is_code, speaking_to
from chalicelib.errors import CloudBusy, Conflict
from chalicelib.tenancy.model_keys import ModelKey


class SecretModelKeys:
    def __init__(self, client: Callable[[], Any], prefix: str) -> None:
        self._made, self._prefix = client, prefix

    def put(self, tenant_id: UUID, key: str) -> ModelKey:
        if not self._prefix:
            raise Conflict("This platform asks no models, so it takes no key for them.")
        brought = ModelKey(key[-4:], datetime.now(UTC).replace(microsecond=0))
        told = {"last_four": brought.last_four, "since": brought.since.isoformat()}
        values = {"SecretString": key, "Description": json.dumps(told)}
        client, name = self._made(), self._name(tenant_id)
        with speaking_to("Secrets Manager"):
            try:
                client.create_secret(Name=name, **values)
            except ClientError as error:
                if is_code(error, "InvalidRequestException"):
                    raise CloudBusy("the former key is still being deleted") from error
                if not is_code(error, "ResourceExistsException"):
                    raise
                client.update_secret(SecretId=name, **values)
        return brought

    def about(self, tenant_id: UUID) -> ModelKey | None:
        if not self._prefix:
            return None
        with speaking_to("Secrets Manager"):
            try:
                found = self._made().describe_secret(SecretId=self._name(tenant_id))
            except ClientError as error:
                if is_code(error, "ResourceNotFoundException"):
                    return None
                raise
        return None if found.get("DeletedDate") else _as_told(str(found.get("Description", "")))

    def remove(self, tenant_id: UUID) -> None:
        if not self._prefix:
            return
        with speaking_to("Secrets Manager"):
            try:
                self._made().delete_secret(
                    SecretId=self._name(tenant_id), ForceDeleteWithoutRecovery=True
                )
            except ClientError as error:
                if not is_code(error, "ResourceNotFoundException"):
                    raise

    def _name(self, tenant_id: UUID) -> str:
        return f"{self._prefix}{tenant_id}"


def _as_told(description: str) -> ModelKey:
    """One that somebody put there by hand says nothing of itself."""
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(description)
        return ModelKey(str(told["last_four"]), datetime.fromisoformat(told["since"]))
    return ModelKey("????", datetime.fromtimestamp(0, UTC))
