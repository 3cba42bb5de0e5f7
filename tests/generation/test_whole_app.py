"""What an owner downloads: everything, nothing else, the same bytes each time, and it runs without us."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from chalicelib.errors import ForbiddenPath
from chalicelib.generation.scaffold import compile_app
from chalicelib.generation.source_tree import SourceTree
from chalicelib.generation.whole_app import RUNTIME, whole_app
from chalicelib.mvs.reading import read_mvs

CLINIC = yaml.safe_load(Path("examples/clinica-dental.yaml").read_text())


@pytest.fixture(scope="module")
def business():
    return compile_app(read_mvs(CLINIC, language="es"))


@pytest.fixture(scope="module")
def archive(business):
    return zipfile.ZipFile(io.BytesIO(whole_app(business.to_zip())))


@pytest.fixture(scope="module")
def unpacked(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    archive.extractall(folder)
    return folder


def test_it_holds_what_the_readme_talks_about(archive):
    assert {
        "README.md", "Dockerfile", "docker-compose.yml", ".env.example", ".dockerignore", "requirements.txt",
        "manage.py", "serve.py", "database/roles.sh", "docs/business-layer.md", "config/settings.py",
        ".github/workflows/ci.yml", "theme/package.json", "business/app.py", "business/patient/models.py",
    } <= set(archive.namelist())  # fmt: skip


def test_it_holds_nothing_that_was_left_lying_about(archive):
    parts = {part for name in archive.namelist() for part in name.split("/")}
    assert not parts & {"__pycache__", "node_modules", ".ruff_cache", ".env", "site-packages"}
    assert not [name for name in archive.namelist() if name.endswith(".pyc")]


def test_what_is_no_text_arrives_byte_for_byte(archive):
    name = "locale/es/LC_MESSAGES/django.mo"
    assert archive.read(name) == (RUNTIME / name).read_bytes()
    assert archive.testzip() is None


def test_the_same_app_has_the_same_bytes(business):
    assert whole_app(business.to_zip()) == whole_app(business.to_zip())


def test_scripts_can_be_run(archive):
    modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert (modes["database/roles.sh"], modes["manage.py"], modes["README.md"]) == (
        0o755,
        0o755,
        0o644,
    )


def test_a_bundle_can_not_replace_the_runtime():
    with pytest.raises(ForbiddenPath):
        whole_app(SourceTree({"config/settings.py": "DEBUG = True"}).to_zip())


@pytest.mark.parametrize(
    "words", [["check"], ["check", "--deploy", "--fail-level", "WARNING"]], ids=" ".join
)
def test_unzipped_it_stands_on_its_own(unpacked, words):
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=unpacked,
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
            "DATABASE_URL": "postgresql://app:app@localhost/app",
            "APP_URL": "https://app.example.com",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_nothing_in_it_leads_back_to_us(archive):
    """It is the owner's: no import, address or name of the platform."""
    for name in archive.namelist():
        if name.endswith((".py", ".txt", ".yml", ".toml")):
            assert "chalicelib" not in archive.read(name).decode(), name
