"""Many objects and large ones: written in parts, read in pieces, removed by folder; on a bucket that behaves as S3 does."""

from __future__ import annotations

import os

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.artifact_bucket import ArtifactBucket
from chalicelib.adapters.tenant_files import BucketFiles
from chalicelib.settings import Settings

REGION = "eu-west-1"
SETTINGS = Settings(stage="test", artifact_bucket="artifacts", run_table="runs", aws_region=REGION)
PART = 5 * 1024 * 1024
"""The least that S3 takes, but for the last one."""
KEY = "exports/tenant/one.zip"


@pytest.fixture
def s3(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield client


@pytest.fixture
def files(s3):
    return BucketFiles(ArtifactBucket(SETTINGS), part_bytes=PART)


def content(s3, key=KEY):
    return s3.get_object(Bucket="artifacts", Key=key)["Body"].read()


def unfinished(s3):
    return s3.list_multipart_uploads(Bucket="artifacts").get("Uploads", [])


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART + 7])
def test_what_is_written_is_there_whatever_its_size(files, s3, size):
    expected = os.urandom(size)
    with files.writer(KEY) as sink:
        for first in range(0, size, 1_000_000):
            sink.write(expected[first : first + 1_000_000])
        assert sink.size_bytes == size
    assert content(s3) == expected
    assert unfinished(s3) == []


@pytest.mark.parametrize("size", [10, PART + 10])
def test_what_breaks_off_leaves_nothing(files, s3, size):
    def broken_off():
        with files.writer(KEY) as sink:
            sink.write(bytes(size))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert list(files.keys("exports/")) == []
    assert unfinished(s3) == []


def test_a_large_object_comes_in_pieces(files, s3):
    s3.put_object(Bucket="artifacts", Key=KEY, Body=bytes(3_500_000))
    pieces = list(files.pieces(KEY))
    assert (sum(map(len, pieces)), max(map(len, pieces)) <= 1024 * 1024) == (3_500_000, True)


def test_a_folder_is_removed_however_much_is_in_it_and_its_neighbours_stay(files, s3):
    for number in range(1100):
        s3.put_object(Bucket="artifacts", Key=f"generations/a/{number}", Body=b"")
    s3.put_object(Bucket="artifacts", Key="generations/ab/1", Body=b"")
    assert files.remove("generations/a/") == 1100
    assert files.remove("generations/a/") == 0
    assert list(files.keys("generations/")) == ["generations/ab/1"]


def test_what_is_no_folder_is_not_removed(files):
    with pytest.raises(ValueError, match="no folder"):
        files.remove("generations/a")
