"""What there is at the double: objects as plain data by id, changed as a whole or not at all, kept in a file when one is given.

In: objects with `id`, `object`, `livemode`. Out: the same, live: whoever changes one inside `changing()` has changed it.
Callers: every module here. The surprise: the file is a journal, one line for each change with all that it changed, so a
process killed at any moment leaves whole changes behind; names that begin with `_` are ours and are never shown.

    with store.changing():
        store.add({"id": store.new_id("cus"), "object": "customer", …})
        store.get("customer", "cus_…")["email"] = "ana@example.com"
"""

from __future__ import annotations

import json
import os
import secrets
import string
import threading
from contextlib import contextmanager
from pathlib import Path

from tests.stripe_server.wire import Refused, missing

LETTERS = string.ascii_letters + string.digits


class Store:
    def __init__(self, file=None):
        self.lock = threading.RLock()
        self._asking = threading.local()
        self._file = Path(file) if file else None
        self._objects = {}
        self._by_kind = {}
        self._before = None
        if self._file:
            self._load()

    @property
    def is_live(self):
        """The mode of whoever asks in this thread: the other mode's objects are not there for them."""
        return getattr(self._asking, "is_live", False)

    @is_live.setter
    def is_live(self, is_it):
        self._asking.is_live = is_it

    @contextmanager
    def changing(self):
        """All that happens inside is kept, or nothing where it raises; a `Refused` that `is_kept` is raised and kept."""
        with self.lock:
            if self._before is not None:
                yield
                return
            self._before = {}
            try:
                yield
            except BaseException as error:
                if isinstance(error, Refused) and error.is_kept:
                    self._keep()
                else:
                    self._take_back()
                raise
            else:
                self._keep()
            finally:
                self._before = None

    def new_id(self, prefix, length=24):
        return f"{prefix}_" + "".join(secrets.choice(LETTERS) for _ in range(length))

    def add(self, found):
        self._note(found["id"])
        self._objects[found["id"]] = found
        self._by_kind.setdefault(found["object"], {})[found["id"]] = None
        return found

    def remove(self, id_):
        self._note(id_)
        del self._by_kind[self._objects.pop(id_)["object"]][id_]

    def find(self, id_):
        """Whatever has this id, or None."""
        found = self._objects.get(id_)
        if found is None or not self._is_seen(found):
            return None
        self._note(id_)
        return found

    def get(self, kind, id_, param="id"):
        """Raises what Stripe answers when there is none."""
        found = self.find(id_) if isinstance(id_, str) else None
        if found is None or found["object"] != kind:
            raise missing(kind, id_, param, is_elsewhere=id_ in self._by_kind.get(kind, ()))
        return found

    def all(self, kind, **wanted):
        """In the order in which they came; `wanted`: equal values of fields."""
        found = [self._objects[id_] for id_ in self._by_kind.get(kind, ())]
        found = [each for each in found if self._is_seen(each)]
        found = [
            each for each in found if all(each.get(name) == value for name, value in wanted.items())
        ]
        for each in found:
            self._note(each["id"])
        return found

    def clear(self):
        with self.changing():
            for id_ in list(self._objects):
                self.remove(id_)

    def _is_seen(self, found):
        return found.get("livemode", self.is_live) == self.is_live

    def _note(self, id_):
        if self._before is not None and id_ not in self._before:
            found = self._objects.get(id_)
            self._before[id_] = None if found is None else json.dumps(found)

    def _take_back(self):
        for id_, before in self._before.items():
            now = self._objects.pop(id_, None)
            if now is not None and before is None:
                del self._by_kind[now["object"]][id_]
            if before is not None:
                self._put(json.loads(before))

    def _keep(self):
        changed = {}
        for id_, before in self._before.items():
            now = self._objects.get(id_)
            after = None if now is None else json.dumps(now)
            if after != before:
                changed[id_] = after
        if self._file and changed:
            pairs = ",".join(
                f"{json.dumps(id_)}:{after or 'null'}" for id_, after in changed.items()
            )
            with self._file.open("a") as journal:
                journal.write("{" + pairs + "}\n")

    def _load(self):
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        for line in lines:
            try:
                changed = json.loads(line)
            except ValueError:
                continue  # The process was killed while it wrote this: it never answered either.
            for id_, found in changed.items():
                if found is not None:
                    self._put(found)
                elif id_ in self._objects:
                    del self._by_kind[self._objects.pop(id_)["object"]][id_]
        whole = self._file.with_suffix(".new")
        whole.write_text(json.dumps(self._objects) + "\n")
        os.replace(whole, self._file)

    def _put(self, found):
        self._objects[found["id"]] = found
        self._by_kind.setdefault(found["object"], {})[found["id"]] = None
