"""A dict that forgets: what a process may keep about its callers without growing with their number.

In: a size. Out: a mapping that drops what was written longest ago. Callers: limits. The surprise: it is safe between
threads as long as each entry is only ever replaced whole.
"""

from __future__ import annotations

from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    def __init__(self, entries_max: int) -> None:
        self.entries_max = entries_max
        self._kept: dict[Key, Value] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        return self._kept.get(key)

    def put(self, key: Key, value: Value) -> None:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = value
            if len(self._kept) > self.entries_max:
                del self._kept[next(iter(self._kept))]

    def forget(self, key: Key) -> None:
        with self._lock:
            self._kept.pop(key, None)
