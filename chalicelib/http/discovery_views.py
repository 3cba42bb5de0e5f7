"""How conversations are read from a body and shown: what the models of `discoveries.py` can't take from a record as it is.

In: bodies, records. Out: records, dictionaries. Callers: `http/discoveries.py`. The surprise: the score is not kept
anywhere; it follows from the MVS, in the language of the conversation.
"""

from __future__ import annotations

from typing import Any

from chalicelib.discovery.phrases import language_said
from chalicelib.discovery.records import Beginning, Discovery, Turn
from chalicelib.errors import Conflict
from chalicelib.http.schemas.discoveries import DiscoveryBegun
from chalicelib.mvs.completeness import Completeness, completeness
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Locale


def beginning(body: DiscoveryBegun, engine_here: str) -> Beginning:
    """Raises `Conflict` for a model where there is none."""
    if body.engine == "claude" and engine_here != "claude":
        raise Conflict("There is no model here. Leave `engine` out, or say `offline`.")
    return Beginning(
        brief=body.brief,
        blueprint=body.blueprint,
        industry=body.industry,
        engine=body.engine or engine_here,
    )


def locale_of(body: DiscoveryBegun, preferred: Locale) -> Locale:
    """What they say; else what they write; else what they asked to be answered in."""
    if body.language:
        return body.language
    heard = language_said(body.brief)
    if heard is None:
        return preferred
    return "es" if heard == "es" else "en"


def shown(discovery: Discovery) -> dict[str, Any]:
    return {**vars(discovery), "completeness": score(discovery)}


def at_version(discovery: Discovery) -> dict[str, Any]:
    return {
        "version": discovery.mvs_version,
        "mvs": discovery.mvs,
        "completeness": score(discovery),
    }


def score(discovery: Discovery) -> Completeness | None:
    if discovery.mvs is None:
        return None
    mvs = read_mvs(discovery.mvs, language=discovery.locale)
    return completeness(mvs, discovery.locale)


def turn_shown(turn: Turn, partial: str = "") -> dict[str, Any]:
    return {**vars(turn), "failure": turn.failure, "partial": partial}
