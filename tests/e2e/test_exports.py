"""A copy of everything, on a whole local stack: asked for, written by the job, fetched by its link."""

from __future__ import annotations

import io
import uuid
import zipfile

import httpx
import pytest

from chalicelib.adapters.export_store import LINES
from tests.e2e.test_main_job import eventually

pytestmark = pytest.mark.stack


def test_a_copy_is_written_by_the_job_and_fetched_by_its_link(api: httpx.Client) -> None:
    asked = api.post("/v1/organization/export", headers={"Idempotency-Key": uuid.uuid4().hex})
    assert asked.status_code == 202, asked.text
    ready = eventually(
        lambda: api.get(asked.headers["Location"]).json(),
        lambda export: export["status"] != "pending",
        within_s=120,
    )
    assert ready["status"] == "ready"
    content = httpx.get(ready["url"]).content
    assert len(content) == ready["size_bytes"]
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    assert {f"tables/{table}.jsonl" for table in LINES if table != "people"} <= {
        *archive.namelist()
    }
