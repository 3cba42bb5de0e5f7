"""Many objects and large ones of the artifact bucket: listed, read in pieces, written in parts, removed by folder.

In: keys and prefixes. Out: the same. Implements `tenancy.exports.TenantFiles`. Callers: the jobs `export` and `purge`.
The surprise: an upload in parts that breaks off leaves nothing behind; one that fits in a part is a plain object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from chalicelib.adapters.artifact_bucket import ArtifactBucket
from chalicelib.adapters.aws import speaking_to
from chalicelib.errors import CloudBusy, PlatformError

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

STORE: Final = "the artifact store"
PART_BYTES: Final = 8 * 1024 * 1024
"""S3 takes at most 10,000 parts: 80 GB."""
PIECE_BYTES: Final = 1024 * 1024


class BucketFiles:
    def __init__(self, artifacts: ArtifactBucket, *, part_bytes: int = PART_BYTES) -> None:
        self._s3, self._bucket = artifacts.s3, artifacts.bucket
        self._artifacts, self._part_bytes = artifacts, part_bytes

    def keys(self, prefix: str) -> Iterator[str]:
        for page in self._pages(prefix):
            yield from page

    def pieces(self, key: str) -> Iterator[bytes]:
        with speaking_to(STORE):
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"]
            with closing(
                body
            ):  # `with body` would hand out the bare connection, which has no pieces
                yield from body.iter_chunks(PIECE_BYTES)

    @contextmanager
    def writer(self, key: str) -> Iterator[Upload]:
        upload = Upload(self._artifacts, key, self._part_bytes)
        try:
            yield upload
            upload.complete()
        except BaseException:
            with suppress(PlatformError):
                upload.abort()
            raise

    def remove(self, prefix: str) -> int:
        """How many. The prefix names a folder: it ends with a slash, so that no other's begins with it."""
        if not prefix.endswith("/"):
            raise ValueError(f"{prefix!r} is no folder")
        return sum(self._removed(keys) for keys in self._pages(prefix))

    def _pages(self, prefix: str) -> Iterator[list[str]]:
        pages = self._s3.get_paginator("list_objects_v2")
        with speaking_to(STORE):
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                if found := [one["Key"] for one in page.get("Contents", [])]:
                    yield found

    def _removed(self, keys: list[str]) -> int:
        with speaking_to(STORE):
            answer = self._s3.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
        if failed := answer.get("Errors"):
            raise CloudBusy(f"{STORE} kept {len(failed)} objects ({failed[0].get('Code')})")
        return len(keys)


class Upload:
    """A file to write to, without seeking. What is in memory is one part at most."""

    def __init__(self, artifacts: ArtifactBucket, key: str, part_bytes: int) -> None:
        self._s3, self._bucket, self._key = artifacts.s3, artifacts.bucket, key
        self._part_bytes = part_bytes
        self._waiting = bytearray()
        self._id = ""
        self._parts: list[CompletedPartTypeDef] = []
        self.size_bytes = 0

    def write(self, data: bytes) -> int:
        self._waiting += data
        self.size_bytes += len(data)
        while len(self._waiting) >= self._part_bytes:
            self._send(bytes(self._waiting[: self._part_bytes]))
            del self._waiting[: self._part_bytes]
        return len(data)

    def flush(self) -> None:
        """Parts have a least size; what is left goes with the end."""

    def complete(self) -> None:
        with speaking_to(STORE):
            if not self._parts:
                self._s3.put_object(Bucket=self._bucket, Key=self._key, Body=bytes(self._waiting))
                return
            if self._waiting:
                self._send(bytes(self._waiting))
            self._s3.complete_multipart_upload(
                Bucket=self._bucket,
                Key=self._key,
                UploadId=self._id,
                MultipartUpload={"Parts": self._parts},
            )

    def abort(self) -> None:
        if self._id:
            with speaking_to(STORE):
                self._s3.abort_multipart_upload(
                    Bucket=self._bucket, Key=self._key, UploadId=self._id
                )

    def _send(self, part: bytes) -> None:
        number = len(self._parts) + 1
        with speaking_to(STORE):
            if not self._id:
                self._id = self._s3.create_multipart_upload(Bucket=self._bucket, Key=self._key)[
                    "UploadId"
                ]
            sent = self._s3.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._id, PartNumber=number, Body=part
            )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
