"""`/v1/discoveries/…/imports`: announced, uploaded, read by a Lambda without a database, merged by whoever looks."""

import json
import uuid

import pytest

from chalicelib.discovery import import_records, imports
from chalicelib.generation import first_rows

CSV = """\
Nombre;Teléfono;Fecha alta
Ana;600 111 222;01/02/2024
Luis;600 111 223;15/03/2024
Eva;x;31/02/2024
Pau;600 111 224;16/03/2024
Zoe;600 111 225;17/03/2024
"""


@pytest.fixture
def discovery(api):
    return api("POST", "/v1/discoveries", {"language": "es"})[1]["id"]


@pytest.fixture
def give(api, world, discovery):
    """Announces a file, puts it where its address says, lets the Lambda see it. Returns the import's id."""

    def given(content, filename="clientes.csv"):
        _, told, _ = api("POST", f"/v1/discoveries/{discovery}/imports", {"filename": filename})
        known = world.imports.read(world.tenant, uuid.UUID(discovery), uuid.UUID(told["id"]))
        key = import_records.upload_key(known)
        assert key in told["upload"]["url"]
        world.artifacts[key] = content
        imports.accept(key, bytes_max=10_000_000, files=world.artifacts)
        return told["id"]

    return given


def test_an_announced_file_waits_and_says_where_to_put_it(api, discovery):
    path = f"/v1/discoveries/{discovery}/imports"
    status, told, headers = api("POST", path, {"filename": "Clientes 2026.xlsx"})
    assert (status, told["status"], told["report"]) == (201, "waiting", None)
    assert (told["upload"]["method"], told["bytes_max"]) == ("PUT", 10 * 1024 * 1024)
    assert headers["Location"] == f"{path}/{told['id']}"
    assert api("GET", f"{path}/{told['id']}")[1]["status"] == "waiting"


def test_a_file_that_was_read_is_merged_as_a_turn_by_the_next_look(api, discovery, give):
    import_id = give(CSV.encode())
    _, shown, _ = api("GET", f"/v1/discoveries/{discovery}/imports/{import_id}")
    assert (shown["status"], shown["report"]["rows"]) == ("merged", 5)
    assert shown["report"]["placed"]["cliente"]["entity"] == "cliente"
    assert {fault["value"] for fault in shown["report"]["faults"]} == {"31/02/2024", "x"}
    _, here, _ = api("GET", f"/v1/discoveries/{discovery}/mvs")
    assert "cliente" in [entity["key"] for entity in here["mvs"]["entities"]]
    turns = api("GET", f"/v1/discoveries/{discovery}/turns")[1]["items"]
    assert turns[-1]["kind"] == "import"
    assert turns[-1]["diff"]


def test_looking_twice_merges_once(api, discovery, give):
    give(CSV.encode())
    for _ in range(2):
        listed = api("GET", f"/v1/discoveries/{discovery}/imports")[1]["items"]
    assert [one["status"] for one in listed] == ["merged"]
    turns = api("GET", f"/v1/discoveries/{discovery}/turns")[1]["items"]
    assert [turn["kind"] for turn in turns].count("import") == 1


def test_a_file_that_can_not_be_read_is_refused_with_what_to_do(api, discovery, give):
    import_id = give(b"%PDF-1.7 ...", "clientes.xlsx")
    _, shown, _ = api("GET", f"/v1/discoveries/{discovery}/imports/{import_id}")
    assert (shown["status"], shown["report"]["refused"]["code"]) == ("refused", "pdf")
    assert "PDF" in shown["report"]["refused"]["reason"]


def test_the_rows_go_with_the_approved_app_and_with_its_first_run(api, world, discovery, give):
    give(CSV.encode())
    api("GET", f"/v1/discoveries/{discovery}/imports")
    version = api("GET", f"/v1/discoveries/{discovery}/mvs")[1]["version"]
    body = {"version": version, "anyway": True, "start": True}
    status, approved, _ = api("POST", f"/v1/discoveries/{discovery}/approve", body)
    assert status == 200
    key = import_records.app_rows_key(world.tenant, approved["app"]["id"])
    rows = json.loads(world.artifacts[key])
    assert [row["nombre"] for row in rows["cliente"]] == ["Ana", "Luis", "Eva", "Pau", "Zoe"]
    kept = f"generations/{world.tenant}/{approved['generation']['id']}/rows.json"
    assert json.loads(world.artifacts[kept]) == rows


def test_no_file_is_left_behind_by_an_approval_that_came_before_anybody_looked(
    api, discovery, give
):
    api("POST", f"/v1/discoveries/{discovery}/messages", {"text": "Una clínica dental, Sonrisa"})
    seen = api("GET", f"/v1/discoveries/{discovery}/mvs")[1]["version"]
    give(CSV.encode())
    path = f"/v1/discoveries/{discovery}/approve"
    status, refused, _ = api("POST", path, {"version": seen, "anyway": True})
    assert (status, refused["version"]) == (409, seen + 1)
    assert api("GET", f"/v1/discoveries/{discovery}/imports")[1]["items"][0]["status"] == "merged"


def test_an_approval_waits_for_a_file_that_was_announced_or_says_that_it_does_not(api, discovery):
    api("POST", f"/v1/discoveries/{discovery}/messages", {"text": "Una clínica dental, Sonrisa"})
    seen = api("GET", f"/v1/discoveries/{discovery}/mvs")[1]["version"]
    api("POST", f"/v1/discoveries/{discovery}/imports", {"filename": "clientes.csv"})
    path = f"/v1/discoveries/{discovery}/approve"
    status, refused, _ = api("POST", path, {"version": seen, "start": False})
    assert (status, refused["missing"][0]["key"]) == (409, "imports")
    assert "clientes.csv" in refused["missing"][0]["question"]
    assert api("POST", path, {"version": seen, "start": False, "anyway": True})[0] == 200


def test_rows_of_many_files_never_become_more_than_a_run_takes(api, world, discovery, give):
    for number in range(3):
        text = f"{number} " + "x" * 19_000
        give(("Nombre;Nota\n" + f"Ana;{text}\n" * 480).encode(), f"clientes {number}.csv")
    api("GET", f"/v1/discoveries/{discovery}/imports")
    version = api("GET", f"/v1/discoveries/{discovery}/mvs")[1]["version"]
    body = {"version": version, "anyway": True, "start": True}
    status, approved, _ = api("POST", f"/v1/discoveries/{discovery}/approve", body)
    assert status == 200, approved
    rows = world.artifacts[import_records.app_rows_key(world.tenant, approved["app"]["id"])]
    assert 480 * 19_000 < len(rows) < first_rows.ROWS_BYTES_MAX


def test_a_name_is_a_name(api, discovery):
    path = f"/v1/discoveries/{discovery}/imports"
    assert api("POST", path, {"filename": "a\nb.csv"})[0] == 422
    assert api("POST", path, {"filename": ""})[0] == 422
    assert api("POST", path, {"filename": "../../etc/passwd"})[1]["upload"]["url"].count("..") == 0
