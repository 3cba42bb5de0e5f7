"""Documents and bundles in S3.

In: keys and bytes. Out: the same, and presigned links. Implements `generation.ports.ArtifactStore`. Callers: wiring.
The surprise: a presigned PUT can't limit the length of what is sent, so whoever reads says how much they will take,
and anything longer is refused before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.adapters.aws import is_code, speaking_to
from chalicelib.errors import NotFound, PlatformError, TooLarge
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING = ("NoSuchKey", "404", "NotFound")


class ArtifactBucket:
    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.artifact_bucket
        self.link_s = settings.presigned_url_s
        # A laptop has no name for each bucket.
        style: Literal["path", "auto"] = "path" if settings.aws_endpoint_url else "auto"
        self.s3: S3Client = boto3.client(
            "s3",
            region_name=settings.aws_region,
            endpoint_url=settings.aws_endpoint_url or None,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": style},
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "max_attempts": 3},
            ),
        )

    def write(self, key: str, content: bytes, content_type: str = "application/json") -> None:
        with _finding(key):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=content_type)

    def read(self, key: str, bytes_max: int) -> bytes:
        with _finding(key):
            found = self.s3.get_object(Bucket=self.bucket, Key=key)
            with found["Body"] as body:
                if found["ContentLength"] > bytes_max:
                    raise TooLarge(
                        f"{key!r} has {found['ContentLength']} bytes, at most {bytes_max} are read."
                    )
                return body.read()

    def exists(self, key: str) -> bool:
        try:
            with _finding(key):
                self.s3.head_object(Bucket=self.bucket, Key=key)
        except NotFound:
            return False
        return True

    def link_to_read(self, key: str, filename: str) -> str:
        shown = {"ResponseContentDisposition": saved_as(filename)}
        return self.s3.generate_presigned_url(
            "get_object", {"Bucket": self.bucket, "Key": key, **shown}, ExpiresIn=self.link_s
        )

    def link_to_write(self, key: str) -> str:
        wanted = {"Bucket": self.bucket, "Key": key}
        return self.s3.generate_presigned_url("put_object", wanted, ExpiresIn=self.link_s)


def saved_as(filename: str) -> str:
    """RFC 6266: the name in ASCII for old programs, and as it is, encoded."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


@contextmanager
def _finding(key: str) -> Iterator[None]:
    try:
        with speaking_to("the artifact store"):
            yield
    except PlatformError as error:
        if isinstance(error.__cause__, ClientError) and is_code(error.__cause__, *MISSING):
            raise NotFound(f"There is no document {key!r}.") from error
        raise
