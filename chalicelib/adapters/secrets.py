"""Secrets Manager: values by name, references for task definitions.

In: names and values. Out: ARNs and values. Callers: `deployment/` and whoever needs a connection string.
The surprise: `value` remembers for the life of the process, and a value set elsewhere meanwhile is seen by the next one;
`take` removes with a recovery window, because a plain delete does not say who was first.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import is_code, speaking_to
from chalicelib.errors import CloudBusy, NotFound

RECOVERY_DAYS = 7


class SecretsManager:
    def __init__(self, client: Any) -> None:
        self._client = client
        self._values: dict[str, str] = {}

    def put(self, name: str, value: str) -> str:
        """Makes or replaces it. A name that is still being deleted is the world's turn."""
        self._values.pop(name, None)
        with speaking_to("Secrets Manager"):
            try:
                return str(self._client.create_secret(Name=name, SecretString=value)["ARN"])
            except ClientError as error:
                if is_code(error, "InvalidRequestException"):
                    raise CloudBusy(f"the secret {name!r} is still being deleted") from error
                if not is_code(error, "ResourceExistsException"):
                    raise
            return str(self._client.put_secret_value(SecretId=name, SecretString=value)["ARN"])

    def reference(self, name: str) -> str | None:
        with speaking_to("Secrets Manager"):
            try:
                found = self._client.describe_secret(SecretId=name)
            except ClientError as error:
                if is_code(error, "ResourceNotFoundException"):
                    return None
                raise
        return None if found.get("DeletedDate") else str(found["ARN"])

    def value(self, secret_id: str) -> str:
        if secret_id not in self._values:
            value = self.read(secret_id)
            if value is None:
                raise NotFound(f"there is no secret {secret_id!r}")
            self._values[secret_id] = value
        return self._values[secret_id]

    def read(self, name: str) -> str | None:
        with speaking_to("Secrets Manager"):
            try:
                return str(self._client.get_secret_value(SecretId=name)["SecretString"])
            except ClientError as error:
                if is_code(error, "ResourceNotFoundException", "InvalidRequestException"):
                    return None
                raise

    def take(self, name: str) -> str | None:
        value = self.read(name)
        self._values.pop(name, None)
        return value if value is not None and self._removed_by_us(name) else None

    def delete(self, name: str) -> None:
        self._values.pop(name, None)
        with speaking_to("Secrets Manager"):
            try:
                self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
            except ClientError as error:
                if not is_code(error, "ResourceNotFoundException"):
                    raise

    def _removed_by_us(self, name: str) -> bool:
        with speaking_to("Secrets Manager"):
            try:
                self._client.delete_secret(SecretId=name, RecoveryWindowInDays=RECOVERY_DAYS)
            except ClientError as error:
                if is_code(error, "ResourceNotFoundException", "InvalidRequestException"):
                    return False
                raise
        return True
