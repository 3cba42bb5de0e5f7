import uuid

import pytest

from chalicelib.errors import CloudBusy


@pytest.fixture
def app_id(api, mvs):
    return api("POST", "/v1/apps", {"mvs": mvs})[1]["id"]


@pytest.fixture
def start(api, app_id):
    def start(key="k1", of=None, **kwargs):
        headers = {"Idempotency-Key": key} if key else {}
        return api("POST", f"/v1/apps/{of or app_id}/generations", headers=headers, **kwargs)

    return start


def test_a_start_is_accepted_and_says_where_to_look(api, start, world):
    status, generation, headers = start()
    assert (status, generation["status"], generation["version"]) == (202, "running", 1)
    assert api("GET", headers["Location"])[1]["id"] == generation["id"]
    assert world.machine.started == [generation["id"]]


def test_a_member_that_nobody_reads_is_a_fault(start):
    status, body, _ = start(body={"note": "x"})
    assert (status, body["errors"][0]["path"]) == (422, "body.note")


def test_two_starts_with_one_key_are_one_generation(start, world):
    assert start()[1]["id"] == start()[1]["id"]
    assert len(set(world.machine.started)) == 1


def test_a_start_repeated_after_the_end_answers_with_what_became_of_it(api, start, world):
    generation = start()[1]
    api("POST", f"/v1/generations/{generation['id']}/cancel")
    assert start()[1] == api("GET", f"/v1/generations/{generation['id']}")[1]
    assert world.machine.started == [generation["id"]]


def test_a_key_used_for_another_app_is_a_conflict(api, start, mvs):
    start()
    other = api("POST", "/v1/apps", {"mvs": mvs})[1]["id"]
    assert start(of=other)[0] == 409


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_a_start_needs_a_sound_idempotency_key(start, key):
    status, body, _ = start(key)
    assert (status, body["errors"][0]["path"]) == (422, "header Idempotency-Key")


def test_a_start_that_could_not_reach_the_machine_is_mended_by_the_next_try(start, world):
    world.machine.broken = CloudBusy("The state machine did not answer.")
    status, body, headers = start()
    assert (status, body["type"], headers["Retry-After"]) == (
        503,
        "urn:fragua:problem:cloud-busy",
        "2",
    )
    world.machine.broken = None
    assert start()[0] == 202
    assert len(world.machine.started) == 1


def test_the_mvs_is_kept_as_it_was_at_the_start(api, app_id, start, world, mvs):
    start()
    kept = dict(world.artifacts)
    api("PUT", f"/v1/apps/{app_id}/mvs", {"mvs": {**mvs, "summary": "Otra"}})
    start()
    assert world.artifacts == kept


def test_the_quota_is_told_with_its_numbers(api, world, mvs):
    for number in range(4):
        app = api("POST", "/v1/apps", {"mvs": mvs})[1]["id"]
        status, body, _ = api(
            "POST", f"/v1/apps/{app}/generations", headers={"Idempotency-Key": f"k{number}"}
        )
    assert (status, body["limit"], body["used"]) == (402, 3, 3)


def test_a_cancelled_generation_is_closed_and_the_machine_is_told(api, start, world):
    id_ = start()[1]["id"]
    assert api("POST", f"/v1/generations/{id_}/cancel")[1]["status"] == "cancelled"
    assert world.runs.cancelled == {id_}


def test_a_closed_generation_can_not_be_cancelled(api, start, world):
    id_ = start()[1]["id"]
    world.generations.fail(
        world.tenant, uuid.UUID(id_), stage="Review", error="FailedReview", reason="no"
    )
    assert api("POST", f"/v1/generations/{id_}/cancel")[0] == 409


def test_a_failure_says_where_and_why(api, start, world):
    id_ = start()[1]["id"]
    world.generations.fail(
        world.tenant, uuid.UUID(id_), stage="Review", error="FailedReview", reason="R3"
    )
    failure = api("GET", f"/v1/generations/{id_}")[1]["failure"]
    assert failure == {"stage": "Review", "error": "FailedReview", "reason": "R3"}


def test_events_can_be_read_from_where_one_stopped(api, start):
    id_ = start()[1]["id"]
    assert [e["id"] for e in api("GET", f"/v1/generations/{id_}/events?after=2")[1]["items"]] == [
        "3"
    ]


def test_documents_that_exist_have_links(api, start):
    id_ = start()[1]["id"]
    items = api("GET", f"/v1/generations/{id_}/artifacts")[1]["items"]
    assert [item["name"] for item in items] == ["mvs.json"]


@pytest.mark.parametrize("path", ["", "/events", "/artifacts"])
def test_another_tenants_generation_does_not_exist(api, start, world, path):
    id_ = start()[1]["id"]
    stranger = world.api_keys.issue(uuid.uuid4())
    assert api("GET", f"/v1/generations/{id_}{path}", key=stranger)[0] == 404


@pytest.mark.parametrize(("role", "status"), [("builder", 202), ("viewer", 403)])
def test_who_may_start(api, app_id, world, role, status):
    key = world.api_keys.issue(world.tenant, role=role)
    path = f"/v1/apps/{app_id}/generations"
    assert api("POST", path, key=key, headers={"Idempotency-Key": "k"})[0] == status


def test_credentials_are_given_out_once_and_only_for_what_runs(api, start, world):
    id_ = start()[1]["id"]
    assert api("POST", f"/v1/generations/{id_}/credentials")[0] == 409
    world.generations.succeed(world.tenant, uuid.UUID(id_), url="http://localhost:8101")
    world.secrets.everything = "one-time"
    status, given, _ = api("POST", f"/v1/generations/{id_}/credentials")
    assert (status, given["password"]) == (200, "one-time")
    assert api("POST", f"/v1/generations/{id_}/credentials")[0] == 404


def test_a_running_app_is_not_given_another_shape(api, app_id, start, world, mvs):
    id_ = uuid.UUID(start()[1]["id"])
    world.generations.succeed(world.tenant, id_, url="http://localhost:8101")
    api("PUT", f"/v1/apps/{app_id}/mvs", {"mvs": {**mvs, "summary": "Otra"}})
    assert start("k2")[0] == 409
    assert start()[1]["id"] == str(id_), "what was answered before is answered the same"
    api("PUT", f"/v1/apps/{app_id}/mvs", {"mvs": mvs})
    assert start("k3")[0] == 202


def test_a_cancelled_run_is_resumed_as_a_new_generation(api, start, world):
    first = start()[1]["id"]
    api("POST", f"/v1/generations/{first}/cancel")
    headers = {"Idempotency-Key": "again"}
    status, resumed, told = api("POST", f"/v1/generations/{first}/resume", headers=headers)
    assert (status, resumed["resumes_generation_id"], resumed["version"]) == (202, first, 2)
    assert api("GET", told["Location"])[1]["id"] == resumed["id"]
    assert api("POST", f"/v1/generations/{first}/resume", headers=headers)[1]["id"] == resumed["id"]
    assert list(dict.fromkeys(world.machine.started)) == [first, resumed["id"]]


def test_a_run_that_goes_on_can_not_be_resumed(api, start):
    first = start()[1]["id"]
    headers = {"Idempotency-Key": "again"}
    status, body, _ = api("POST", f"/v1/generations/{first}/resume", headers=headers)
    assert (status, body["detail"]) == (
        409,
        "The generation is still running. Follow it, or cancel it first.",
    )


def test_resuming_needs_an_idempotency_key(api, start):
    assert api("POST", f"/v1/generations/{start()[1]['id']}/resume")[0] == 422
