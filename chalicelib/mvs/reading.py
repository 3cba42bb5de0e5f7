"""From plain data to an `Mvs`, or every fault at once.

In: whatever JSON decoded to. Out: a validated `Mvs`; else `InvalidMvs` with `errors` = [{path, message, cure}] and
`count`. Callers: the HTTP door, the state machine's first task, tests. The surprise: nothing else is ever raised,
however hostile the data.
"""

from __future__ import annotations

from pydantic import ValidationError

from chalicelib.errors import InvalidMvs
from chalicelib.mvs.faults import Fault
from chalicelib.mvs.references import faults
from chalicelib.mvs.salvage import salvaged, unsure
from chalicelib.mvs.shapes import places, shape_faults
from chalicelib.mvs.size import size_faults
from chalicelib.mvs.spec import Mvs
from chalicelib.mvs.texts import headline, in_words, language_of

MAX_LISTED_FAULTS = 100


def read_mvs(data: object, *, language: str = "en") -> Mvs:
    """Raises `InvalidMvs` (the caller's turn). At most 100 faults are listed; `count` says how many there are."""
    mvs, found = examined(data)
    if mvs is None or found:
        raise _refusal(found, language)
    return mvs


def examined(data: object) -> tuple[Mvs | None, list[Fault]]:
    """The MVS if its shapes are right, and everything wrong with it."""
    if too_large := size_faults(data):
        return None, too_large
    try:
        mvs = Mvs.model_validate(data)
    except ValidationError as error:
        return None, _all_faults(data, error)
    return mvs, faults(mvs)


def _all_faults(data: object, error: ValidationError) -> list[Fault]:
    """Those of shape, and those of the readable rest that can't be their consequence."""
    faulty = list(dict.fromkeys(places(error)))
    found = shape_faults(error)
    if rest := salvaged(data, faulty):
        doubtful, roles_are_known = (
            unsure(faulty, data),
            ("roles" not in {loc[:1][0] for loc in faulty if loc}),
        )
        found += [
            one
            for one in faults(rest)
            if not one.path.startswith(doubtful) and (roles_are_known or one.code != "unknown_role")
        ]
    return found


def _refusal(found: list[Fault], language: str) -> InvalidMvs:
    spoken = language_of(language)
    errors = [in_words(one, spoken) for one in found[:MAX_LISTED_FAULTS]]
    return InvalidMvs(headline(len(found), spoken), errors=errors, count=len(found))
