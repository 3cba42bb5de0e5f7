"""A DynamoDB endpoint of the tests' own with the table of limits, as `infra/app.yaml` declares it."""

from __future__ import annotations

import dataclasses
import uuid

import pytest

from chalicelib.adapters import aws
from chalicelib.adapters.limit_table import LimitTable
from chalicelib.settings import Settings
from tests.deployment.cloud import CREDENTIALS, emulator

PATIENCE_S = 60
"""However busy the machine is: what is tested here is not how quick it is."""
SETTINGS = Settings(stage="dev", artifact_bucket="a", run_table="r", limit_table="limits")


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory):
    """Settings that lead to it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with emulator(tmp_path_factory.mktemp("limits")) as url:
            settings = dataclasses.replace(SETTINGS, aws_endpoint_url=url)
            aws.client(settings, "dynamodb").create_table(
                TableName="limits",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "subject", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "subject", "KeyType": "HASH"}],
            )
            yield settings


@pytest.fixture
def process(dynamodb):
    """Makes what one process has: an adapter that remembers nothing yet and counts its calls."""
    return lambda **rest: counting(LimitTable(dynamodb, answer_within_s=PATIENCE_S, **rest))


@pytest.fixture
def subject():
    return f"tenant#{uuid.uuid4()}"


class Counting:
    def __init__(self, call):
        self.call, self.count, self.asked = call, 0, {}

    def __call__(self, operation, **members):
        self.count += 1
        self.asked = members
        return self.call(operation, **members)


def counting(table):
    table.calls = table._call = Counting(table._call)
    return table
