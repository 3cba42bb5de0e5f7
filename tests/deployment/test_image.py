import gzip
import hashlib
import io
import json
import tarfile

import pytest

from chalicelib.deployment.image import (
    BUNDLE_LABEL,
    DOCKER_MANIFEST,
    Base,
    candidate_image,
    digest,
    push,
    read_base,
)
from chalicelib.errors import ForbiddenPath, NotFound
from chalicelib.generation.source_tree import SourceTree


@pytest.fixture
def base(world):
    return read_base("base-1", registry=world.registry)


def members(image):
    with tarfile.open(fileobj=io.BytesIO(image.layer), mode="r:gz") as tar:
        return tar.getmembers()


def test_the_layer_holds_the_business_code_where_the_runtime_looks_for_it(base, bundle):
    image = candidate_image(bundle, base, {})
    assert [member.name for member in members(image)] == [
        "app/business",
        "app/business/patient",
        "app/business/patient/templates",
        "app/business/patient/templates/patient",
        "app/business/__init__.py",
        "app/business/patient/models.py",
        "app/business/patient/templates/patient/list.html",
    ]


def test_the_layer_has_no_date_no_person_and_no_link(base, bundle):
    for member in members(candidate_image(bundle, base, {})):
        assert member.isfile() or member.isdir()
        assert (member.mtime, member.uid, member.gid, member.uname) == (0, 0, 0, "")
        assert member.mode == (0o755 if member.isdir() else 0o644)


def test_the_same_bundle_gives_the_same_bytes(base, bundle):
    assert candidate_image(bundle, base, {"a": "b"}) == candidate_image(bundle, base, {"a": "b"})


def test_the_configuration_is_the_bases_with_one_layer_more(base, bundle):
    image = candidate_image(bundle, base, {"fragua.generation": "g1"})
    config = json.loads(image.config)
    assert config["config"]["WorkingDir"] == "/app"
    assert config["rootfs"]["diff_ids"] == [
        *base.config["rootfs"]["diff_ids"],
        digest(gzip.decompress(image.layer)),
    ]
    assert [step["created_by"] for step in config["history"]] == ["base", "business layer"]
    assert config["config"]["Labels"] == {
        "fragua.generation": "g1",
        BUNDLE_LABEL: hashlib.sha256(bundle).hexdigest(),
    }


def test_the_history_has_one_entry_for_each_layer(base, bundle):
    steps = [
        {"created_by": "COPY runtime"},
        {"created_by": "CMD serve", "empty_layer": True},
    ]
    known = Base(base.manifest, base.media_type, base.config | {"history": steps})
    history = json.loads(candidate_image(bundle, known, {}).config)["history"]
    assert [step["created_by"] for step in history] == [
        "COPY runtime",
        "CMD serve",
        "business layer",
    ]


def test_the_manifest_names_the_bases_layers_and_then_ours(base, bundle):
    image = candidate_image(bundle, base, {})
    manifest = json.loads(image.manifest.content)
    assert manifest["layers"][:-1] == base.manifest["layers"]
    assert manifest["layers"][-1]["digest"] == digest(image.layer)
    assert manifest["layers"][-1]["size"] == len(image.layer)
    assert manifest["config"]["digest"] == digest(image.config)


def test_a_base_in_dockers_format_gets_a_layer_in_dockers_format(base, bundle):
    docker = Base(base.manifest, DOCKER_MANIFEST, base.config)
    image = candidate_image(bundle, docker, {})
    assert image.manifest.media_type == DOCKER_MANIFEST
    layer = json.loads(image.manifest.content)["layers"][-1]
    assert layer["mediaType"] == "application/vnd.docker.image.rootfs.diff.tar.gzip"


def test_pushing_twice_sends_nothing_the_second_time(world, base, bundle):
    first = push(candidate_image(bundle, base, {}), registry=world.registry)
    sent = world.registry.uploads
    assert push(candidate_image(bundle, base, {}), registry=world.registry) == first
    assert world.registry.uploads == sent


@pytest.mark.parametrize(
    "path",
    [
        "manage.py",
        "config/settings.py",
        "businesslike/x.py",
        "selfcheck/run.py",
        "business/.wh.__init__.py",
        "business/.wh..wh..opq",
    ],
)
def test_a_bundle_that_would_touch_the_runtime_is_refused(base, path):
    with pytest.raises(ForbiddenPath):
        candidate_image(SourceTree({path: "", "business/x.py": ""}).to_zip(), base, {})


def test_an_empty_bundle_is_refused(base):
    with pytest.raises(ForbiddenPath):
        candidate_image(SourceTree({}).to_zip(), base, {})


def test_a_missing_base_image_is_said(world):
    with pytest.raises(NotFound, match="base-9"):
        read_base("base-9", registry=world.registry)
