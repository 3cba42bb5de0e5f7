"""Keys that organizations bring, in Secrets Manager: written and described, never read where they are brought."""

from __future__ import annotations

import uuid

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.model_keys import SecretModelKeys
from chalicelib.adapters.secrets import SecretsManager
from chalicelib.errors import Conflict
from tests.fakes_money import ModelKeys

TENANT, KEY = uuid.uuid4(), "sk-ant-of-their-own-account-Zz9y"
PREFIX = "fragua-test/model-keys/"


class WithoutReading:
    """The rights of the API's Lambda: whoever reads a value here is found out."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        assert name in {"create_secret", "update_secret", "describe_secret", "delete_secret"}, name
        return getattr(self._client, name)


@pytest.fixture
def cloud(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="eu-west-1")


@pytest.fixture(params=["fake", "secrets manager"])
def keys(request):
    if request.param == "fake":
        return ModelKeys()
    client = WithoutReading(request.getfixturevalue("cloud"))
    return SecretModelKeys(lambda: client, PREFIX)


class TestModelKeys:
    def test_there_is_none_at_first(self, keys):
        assert keys.about(TENANT) is None

    def test_what_was_brought_is_told_by_its_end(self, keys):
        brought = keys.put(TENANT, KEY)
        assert (brought, brought.last_four) == (keys.about(TENANT), "Zz9y")

    def test_another_one_takes_its_place(self, keys):
        keys.put(TENANT, KEY)
        keys.put(TENANT, KEY + "-new!")
        assert keys.about(TENANT).last_four == "new!"

    def test_one_that_was_taken_back_is_gone_and_another_can_be_brought(self, keys):
        keys.put(TENANT, KEY)
        for _ in range(2):
            keys.remove(TENANT)
        assert keys.about(TENANT) is None
        assert keys.put(TENANT, KEY).last_four == "Zz9y"

    def test_another_organization_has_none(self, keys):
        keys.put(TENANT, KEY)
        assert keys.about(uuid.uuid4()) is None


def test_whoever_asks_models_finds_the_key_itself(cloud):
    SecretModelKeys(lambda: cloud, PREFIX).put(TENANT, KEY)
    assert SecretsManager(cloud).read(f"{PREFIX}{TENANT}") == KEY


def test_the_key_is_not_in_what_describes_it(cloud):
    SecretModelKeys(lambda: cloud, PREFIX).put(TENANT, KEY)
    assert KEY not in str(cloud.describe_secret(SecretId=f"{PREFIX}{TENANT}"))


def test_a_key_that_was_put_there_by_hand_is_known_to_be_there(cloud):
    cloud.create_secret(Name=f"{PREFIX}{TENANT}", SecretString=KEY)
    assert SecretModelKeys(lambda: cloud, PREFIX).about(TENANT).last_four == "????"


def test_a_platform_without_models_takes_no_keys(cloud):
    keys = SecretModelKeys(lambda: cloud, "")
    with pytest.raises(Conflict):
        keys.put(TENANT, KEY)
    keys.remove(TENANT)
    assert keys.about(TENANT) is None
