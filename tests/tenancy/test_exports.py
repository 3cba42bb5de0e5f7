"""Writing an export: what is in the file, that nothing whole is ever in memory, and what a second try does."""

from __future__ import annotations

import io
import json
import tracemalloc
import uuid
import zipfile
from contextlib import contextmanager

import pytest

from chalicelib.tenancy.exports import ExportedApp, write
from tests.fakes_tenancy import Exports

TENANT = uuid.uuid4()
MEGABYTE = 1024 * 1024


class Sink(io.RawIOBase):
    """Keeps what is written, or only its size; can't seek, as an upload can't."""

    def __init__(self, *, keeps=True):
        super().__init__()
        self.content, self.size_bytes, self._keeps = bytearray(), 0, keeps

    def writable(self):
        return True

    def write(self, data):
        self.size_bytes += len(data)
        if self._keeps:
            self.content += data
        return len(data)


class Files:
    def __init__(self, objects=None, *, keeps=True):
        self.objects, self._keeps = objects or {}, keeps
        self.removed = []

    def keys(self, prefix):
        yield from sorted(key for key in self.objects if key.startswith(prefix))

    def pieces(self, key):
        yield from self.objects[key]

    @contextmanager
    def writer(self, key):
        sink = Sink(keeps=self._keeps)
        yield sink
        self.objects[key] = [bytes(sink.content)]

    def remove(self, prefix):
        self.removed.append(prefix)
        for key in list(self.keys(prefix)):
            del self.objects[key]
        return 0


def written(exports, files):
    made = exports.request(TENANT, by="user:ana")
    status = write(TENANT, made.id, exports=exports, files=files)
    done = exports.read(TENANT, made.id)
    return status, done, files.objects.get(done.object_key)


def archive(content):
    return zipfile.ZipFile(io.BytesIO(b"".join(content)))


@pytest.fixture
def exports():
    generation = uuid.uuid4()
    apps = (
        ExportedApp(slug="clinica", mvs={"name": "Clínica"}, generation_id=generation),
        ExportedApp(slug="taller", mvs={"name": "Taller"}, generation_id=None),
    )
    rows = {"people": ['{"name": "Ana"}'], "apps": ['{"slug": "clinica"}', '{"slug": "taller"}']}
    made = Exports(rows, apps)
    made.generation = generation
    return made


def documents(exports, *names):
    folder = f"generations/{TENANT}/{exports.generation}"
    return Files({f"{folder}/{name}": [b"of ", name.encode()] for name in names})


def test_rows_specs_and_documents_are_in_it(exports):
    files = documents(
        exports, "prd.md", "source.zip", "checks/1.json", "modules/1/a.json", "bundles/1.zip"
    )
    status, done, content = written(exports, files)
    found = archive(content)
    assert found.testzip() is None
    assert set(found.namelist()) == {
        "README.txt",
        "left_out.json",
        "people.jsonl",
        "tables/apps.jsonl",
        "apps/clinica/mvs.json",
        "apps/clinica/documents/prd.md",
        "apps/clinica/documents/source.zip",
        "apps/clinica/documents/checks/1.json",
        "apps/taller/mvs.json",
    }
    lines = found.read("tables/apps.jsonl").decode().splitlines()
    assert [json.loads(line)["slug"] for line in lines] == ["clinica", "taller"]
    assert json.loads(found.read("apps/clinica/mvs.json")) == {"name": "Clínica"}
    assert found.read("apps/clinica/documents/prd.md") == b"of prd.md"
    assert (status, done.status, done.size_bytes) == ("ready", "ready", len(b"".join(content)))


def test_nothing_of_another_organization_gets_in(exports):
    files = documents(exports, "prd.md")
    files.objects[f"generations/{uuid.uuid4()}/{exports.generation}/prd.md"] = [b"theirs"]
    assert b"theirs" not in b"".join(written(exports, files)[2])


def test_one_that_was_written_is_not_written_again(exports):
    made = exports.request(TENANT, by="user:ana")
    files = Files()
    assert write(TENANT, made.id, exports=exports, files=files) == "ready"
    files.objects.clear()
    assert write(TENANT, made.id, exports=exports, files=files) == "ready"
    assert files.objects == {}


def test_one_that_nobody_expects_any_more_is_given_up(exports):
    made = exports.request(TENANT, by="user:ana")
    exports.set(made.id, is_late=True)
    files = Files()
    assert write(TENANT, made.id, exports=exports, files=files) == "failed"
    assert (exports.read(TENANT, made.id).failed_at is None, files.objects) == (False, {})


def test_a_crash_while_it_is_written_leaves_it_pending_for_the_next_try(exports):
    exports.rows["audit_log"] = broken_after(3)
    made, files = exports.request(TENANT, by="user:ana"), Files()
    with pytest.raises(RuntimeError):
        write(TENANT, made.id, exports=exports, files=files)
    assert (exports.read(TENANT, made.id).status, files.objects) == ("pending", {})
    exports.rows["audit_log"] = ["{}"]
    assert write(TENANT, made.id, exports=exports, files=files) == "ready"


def broken_after(lines):
    for _ in range(lines):
        yield "{}"
    raise RuntimeError("the database went away")


def test_memory_does_not_grow_with_what_is_exported(exports):
    row = json.dumps({"facts": uuid.uuid4().hex * 30})
    exports.rows = {"audit_log": (row for _ in range(60_000))}
    prefix = f"generations/{TENANT}/{exports.generation}/source.zip"
    files = Files({prefix: (bytes(MEGABYTE) for _ in range(40))}, keeps=False)
    tracemalloc.start()
    written(exports, files)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * MEGABYTE
