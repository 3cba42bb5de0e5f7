"""A file that can't be read: which of the known reasons, with facts for the message.

In: raised by the readers of this folder. Out: caught by `reading`, which makes a refusal of it. The surprise: it never
leaves this folder; outside, a refused file is a report like any other.
"""

from __future__ import annotations


class Unreadable(Exception):
    """`code` is a row of `wording.REFUSALS`."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts
