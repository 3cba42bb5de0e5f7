"""`/v1/audit`: what is told, to whom, and as a spreadsheet that runs nothing."""

from __future__ import annotations

import csv
import io
import uuid

import pytest

from chalicelib.tenancy import audit as room


def sheet(api_client, path, key):
    answer = api_client.http.get(path, headers={"Authorization": f"Bearer {key}"})
    return answer, list(csv.DictReader(io.StringIO(answer.body.decode())))


@pytest.fixture
def client(app):
    from chalice.test import Client

    with Client(app, stage_name="dev") as client:
        yield client


@pytest.fixture
def lines(api, world):
    """Three lines, the newest last."""
    one, two = uuid.uuid4(), uuid.uuid4()
    world.audit.add(world.tenant, "user:a", "app.created", one, after={"name": "A"})
    world.audit.add(
        world.tenant, "user:b", "app.changed", one, before={"name": "A"}, after={"name": "B"}
    )
    world.audit.add(world.tenant, "user:a", "app.created", two)
    return one, two


def told(api, query=""):
    return api("GET", f"/v1/audit{query}")[1]["items"]


def test_lines_come_newest_first_with_what_they_changed(api, lines):
    newest, changed, _ = told(api)
    assert (newest["action"], newest["subject_id"]) == ("app.created", str(lines[1]))
    assert (changed["before"], changed["after"], changed["facts"]) == (
        {"name": "A"},
        {"name": "B"},
        {},
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?actor=user:a", 2),
        ("?action=app.changed", 1),
        ("?actor=user:a&action=app.changed", 0),
        ("?from=2020-01-01T00:00:00Z", 3),
        ("?from=2020-01-01T00:00:00%2B02:00&to=2099-01-01T00:00:00Z", 3),
        ("?to=2020-01-01T00:00:00Z", 0),
    ],
)
def test_lines_are_looked_for(api, lines, query, found):
    assert len(told(api, query)) == found


def test_what_happened_to_one_thing_is_found(api, lines):
    assert len(told(api, f"?subject_id={lines[0]}")) == 2


def test_pages_follow_each_other(api, lines):
    first = api("GET", "/v1/audit?limit=2")[1]
    rest = api("GET", f"/v1/audit?limit=2&cursor={first['next_cursor']}")[1]
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=101",
        "?from=yesterday",
        "?from=2020-01-01T00:00:00",
        "?subject_id=x",
        "?who=me",
    ],
)
def test_a_faulty_question_is_refused(api, query):
    assert api("GET", f"/v1/audit{query}")[0] == 422


@pytest.mark.parametrize("role", ["viewer", "builder"])
@pytest.mark.parametrize("path", ["/v1/audit", "/v1/audit.csv"])
def test_only_who_may_read_it_does(api, world, role, path):
    assert api("GET", path, key=world.api_keys.issue(world.tenant, role=role))[0] == 403


def test_another_tenant_sees_nothing_of_it(api, world, lines):
    assert api("GET", "/v1/audit", key=world.api_keys.issue(uuid.uuid4()))[1]["items"] == []


def test_a_spreadsheet_gets_the_same_lines_with_a_header(api, client, world, lines):
    answer, rows = sheet(client, "/v1/audit.csv?actor=user:a", world.key)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [row["action"] for row in rows] == ["app.created", "app.created"]
    assert rows[1]["after"] == '{"name": "A"}'
    assert "Next-Cursor" not in answer.headers


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "|calc"]
)
def test_a_formula_arrives_as_text(api, client, world, evil):
    world.audit.add(world.tenant, evil, "app.created", uuid.uuid4())
    _, [row] = sheet(client, "/v1/audit.csv", world.key)
    assert row["actor"] == "'" + evil


@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", " +1", '"=1', "＝1"])
def test_where_semicolons_separate_cells_a_formula_arrives_as_text(api, client, world, evil):
    """A spreadsheet in Spain takes what follows a semicolon for a cell of its own."""
    world.audit.add(world.tenant, f"Ana;{evil}", "app.created", uuid.uuid4())
    _, [row] = sheet(client, "/v1/audit.csv", world.key)
    assert row["actor"].split(";")[1].lstrip(' "').startswith("'")


def test_quotes_commas_and_line_ends_stay_in_their_cell(api, client, world):
    name = 'a "b", c\nd'
    world.audit.add(world.tenant, name, "app.created", uuid.uuid4())
    _, [row] = sheet(client, "/v1/audit.csv", world.key)
    assert row["actor"] == name


def test_a_long_log_is_cut_and_goes_on_where_it_ended(api, client, world, monkeypatch):
    monkeypatch.setattr(room, "CSV_PAGE_ROWS", 2)
    monkeypatch.setattr(room, "CSV_ROWS_MAX", 4)
    for _ in range(5):
        world.audit.add(world.tenant, "user:a", "app.created", uuid.uuid4())
    answer, rows = sheet(client, "/v1/audit.csv", world.key)
    _, rest = sheet(client, f"/v1/audit.csv?cursor={answer.headers['Next-Cursor']}", world.key)
    assert (len(rows), len(rest)) == (4, 1)


def test_a_log_of_long_lines_is_cut_before_it_is_too_large_to_answer(
    api, client, world, monkeypatch
):
    monkeypatch.setattr(room, "CSV_PAGE_ROWS", 1)
    monkeypatch.setattr(room, "CSV_CHARACTERS_MAX", 500)
    for _ in range(5):
        world.audit.add(world.tenant, "user:a", "app.created", uuid.uuid4(), note="x" * 300)
    answer, rows = sheet(client, "/v1/audit.csv", world.key)
    assert (len(rows), bool(answer.headers["Next-Cursor"])) == (1, True)
