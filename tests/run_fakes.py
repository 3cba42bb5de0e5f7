"""The generation room's ports in memory, as real code; the contract tests run them beside the adapters."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import replace

from chalicelib.errors import NotFound, TooLarge
from chalicelib.generation.ports import Wait


class Artifacts:
    """`on_arrival(key)` is called for everything that is put into the inbox, as S3 would."""

    def __init__(self, on_arrival=None):
        self.objects = {}
        self.on_arrival = on_arrival or (lambda key: None)

    def write(self, key, content, content_type="application/json"):
        self.objects[key] = bytes(content)
        if key.startswith("inbox/"):
            self.on_arrival(key)

    def read(self, key, bytes_max):
        if key not in self.objects:
            raise NotFound(f"There is no document {key!r}.")
        if len(self.objects[key]) > bytes_max:
            raise TooLarge(f"{key!r} is too large.")
        return self.objects[key]

    def exists(self, key):
        return key in self.objects

    def link_to_read(self, key, filename):
        return f"memory://{key}?as={filename}"

    def link_to_write(self, key):
        return f"memory://{key}"

    def json(self, key):
        return json.loads(self.objects[key])


class Runs:
    def __init__(self):
        self.stages, self.told, self.waits, self.cancelled = {}, [], {}, set()

    def recorded(self, generation_id, stage):
        found = self.stages.get((generation_id, stage.name, stage.round, stage.module))
        return None if found is None else json.loads(found)

    def recorded_modules(self, generation_id, name):
        return {
            (round_, module): json.loads(result)
            for (run, stage, round_, module), result in self.stages.items()
            if run == generation_id and stage == name and module
        }

    def record(self, generation_id, stage, result):
        key = (generation_id, stage.name, stage.round, stage.module)
        self.stages.setdefault(key, json.dumps(dict(result)))
        return json.loads(self.stages[key])

    def tell(
        self,
        generation_id,
        stage,
        status,
        message="",
        ms=None,
        *,
        cost_microdollars=None,
        attempt=None,
    ):
        self.told.append(
            {
                "id": f"{len(self.told):020d}",
                "generation_id": generation_id,
                "at": "2026-01-01T00:00:00+00:00",
                "stage": stage.name,
                "module": stage.module,
                "round": stage.round,
                "status": status,
                "message": message,
                "ms": ms,
                "cost_microdollars": cost_microdollars,
                "attempt": attempt,
            }
        )

    def events(self, generation_id, after="", limit=500):
        mine = [e for e in self.told if e["generation_id"] == generation_id and e["id"] > after]
        return [{k: v for k, v in e.items() if k != "generation_id"} for e in mine[:limit]]

    def cancel(self, generation_id):
        self.cancelled.add(generation_id)

    def is_cancelled(self, generation_id):
        return generation_id in self.cancelled

    def open_wait(self, run, kind, round_, token):
        key = (run.generation_id, kind, round_)
        known = self.waits.get(key)
        self.waits[key] = (
            replace(known, token=token)
            if known
            else Wait(token, secrets.token_urlsafe(32), int(time.time() * 1000), run.model_dump())
        )
        return self.waits[key]

    def settle_wait(self, generation_id, kind, round_, outcome):
        key = (generation_id, kind, round_)
        if key not in self.waits:
            raise NotFound("Nobody waits.")
        known = self.waits[key]
        if known.outcome is not None:
            return known, False
        self.waits[key] = replace(known, outcome=json.loads(json.dumps(dict(outcome))))
        return self.waits[key], True

    def wait(self, generation_id, kind, round_):
        return self.waits.get((generation_id, kind, round_))

    def forget(self, generation_id):
        for facts in (self.stages, self.waits):
            for key in [key for key in facts if key[0] == generation_id]:
                del facts[key]
        self.told = [event for event in self.told if event["generation_id"] != generation_id]
        self.cancelled.discard(generation_id)


class Machine:
    """A state machine that only remembers what it was told; a used token stays used."""

    def __init__(self):
        self.started, self.ended, self.executions = [], {}, {}

    def start(self, run):
        if run["generation_id"] not in [each["generation_id"] for each in self.started]:
            self.started.append(dict(run))

    def resume(self, token, outcome):
        self.ended.setdefault(token, ("resumed", dict(outcome)))

    def fail(self, token, error, cause):
        self.ended.setdefault(token, ("failed", error, cause))

    def stop(self, generation_id, cause):
        self.ended.setdefault(generation_id, ("stopped", cause))

    def execution(self, generation_id):
        return self.executions.get(generation_id)
