"""What a reply asks: about what, what there is to choose from, what a plain yes would change.

In: kept with the turn (`discovery_turns.ask`) and read again with the next message, days later if need be. Out: `Ask`.
Callers: the guide, doors. The surprise: the options carry their changes, so a yes does what was shown, even if what
would be proposed by now were something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.discovery.proposals import Option
from chalicelib.discovery.records import Data

Takes = Literal["all", "one"]


@dataclass(frozen=True)
class Ask:
    about: str
    """A check of `mvs/completeness.py`, or `brief`, `blueprint`, `name`, `ready`."""
    options: tuple[Data, ...] = ()
    """`{words, changes}` each, or `{words, blueprint}`."""
    takes: Takes = "all"
    """What a plain yes takes: all options, or the first."""
    skipped: tuple[str, ...] = ()
    """What was asked and not wanted: not asked again."""

    def as_data(self) -> Data:
        return {
            "about": self.about,
            "options": list(self.options),
            "takes": self.takes,
            "skipped": list(self.skipped),
        }


def read_ask(data: Data | None) -> Ask:
    """What our own store kept; an empty one when nothing was asked."""
    if data is None:
        return Ask("")
    return Ask(data["about"], tuple(data["options"]), data["takes"], tuple(data["skipped"]))


def as_options(options: Sequence[Option]) -> tuple[Data, ...]:
    return tuple({"words": one.words, "changes": one.changes} for one in options)


def changes_of(options: Sequence[Data]) -> list[Any]:
    return [change for option in options for change in option.get("changes", ())]
