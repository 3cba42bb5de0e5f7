"""Numbers worth a look in the morning, from what there is to count and to add up.

In: an MVS, a language. Out: (words, changes) each. Callers: `proposals`. The surprise: each number is a tile of one
dashboard, which the first of them makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from chalicelib.discovery.naming import key_of
from chalicelib.discovery.proposal_texts import PROPOSED
from chalicelib.discovery.records import Data
from chalicelib.mvs.spec import Entity, Locale, Mvs
from chalicelib.mvs.values import MOMENTS

TILES_MAX: Final = 4
Suggested = tuple[str, list[Data]]


def propose_tiles(mvs: Mvs, locale: Locale) -> list[Suggested]:
    key = key_of("overview", "dashboard", [board.key for board in mvs.dashboards])
    label = PROPOSED[locale]["overview"]
    return [
        (
            tile["label"],
            [{"op": "put_tile", "dashboard": key, "dashboard_label": label, "tile": tile}],
        )
        for tile in islice(_tiles(mvs, locale), TILES_MAX)
    ]


def tiles_of(entity: Entity, locale: Locale) -> Iterator[Data]:
    words, things = PROPOSED[locale], entity.plural
    if entity.workflow:
        status = next(one for one in entity.fields if one.key == entity.workflow.field)
        label = words["tile_by"].format(things=things, field=status.label.lower())
        yield {"label": label[:80], "entity": entity.key, "group_by": status.key}
    for field in entity.fields:
        if field.type == "money":
            label = words["tile_sum"].format(things=things.lower(), field=field.label.lower())
            tile = {"entity": entity.key, "measure": "sum", "field": field.key}
            yield {"label": label[:80], **tile}
            break
    yield {"label": words["tile_count"].format(things=things)[:80], "entity": entity.key}


def _tiles(mvs: Mvs, locale: Locale) -> Iterator[Data]:
    """Of what happens first, then of what there is."""
    happens = [one for one in mvs.entities if any(field.type in MOMENTS for field in one.fields)]
    rest = [one for one in mvs.entities if one not in happens]
    for entity in sorted(happens, key=lambda one: one.workflow is None):
        yield from islice(tiles_of(entity, locale), 2)
    for entity in rest:
        yield {
            "label": PROPOSED[locale]["tile_count"].format(things=entity.plural)[:80],
            "entity": entity.key,
        }
