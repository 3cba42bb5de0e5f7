"""A DynamoDB endpoint of the tests' own with the table of sessions, as `infra/app.yaml` declares it."""

from __future__ import annotations

import pytest

from chalicelib.adapters import aws
from chalicelib.settings import Settings
from tests.deployment.cloud import CREDENTIALS, emulator


def settings_at(url):
    return Settings(
        stage="dev",
        artifact_bucket="a",
        run_table="r",
        session_table="sessions",
        aws_endpoint_url=url,
    )


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory):
    """Settings that lead to it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with emulator(tmp_path_factory.mktemp("sessions")) as url:
            settings = settings_at(url)
            aws.client(settings, "dynamodb").create_table(
                TableName="sessions",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": "user_id", "AttributeType": "S"},
                    {"AttributeName": "session_id", "AttributeType": "S"},
                ],
                KeySchema=[
                    {"AttributeName": "user_id", "KeyType": "HASH"},
                    {"AttributeName": "session_id", "KeyType": "RANGE"},
                ],
            )
            yield settings
