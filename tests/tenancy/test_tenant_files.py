"""An organization's files in the bucket, read in pieces."""

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.artifact_bucket import ArtifactBucket
from chalicelib.adapters.tenant_files import PIECE_BYTES, BucketFiles
from chalicelib.settings import Settings

REGION = "eu-west-1"
SETTINGS = Settings(stage="dev", artifact_bucket="artifacts", run_table="runs", aws_region=REGION)


@pytest.fixture
def files(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        bucket = ArtifactBucket(SETTINGS)
        bucket.write("generations/t/source.zip", b"x" * (PIECE_BYTES + 1))
        yield BucketFiles(bucket)


def test_a_large_file_is_read_in_pieces(files):
    pieces = list(files.pieces("generations/t/source.zip"))
    assert [len(piece) for piece in pieces] == [PIECE_BYTES, 1]
    assert list(files.keys("generations/t/")) == ["generations/t/source.zip"]
