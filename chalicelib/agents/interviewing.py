"""What a model is asked in a turn of a conversation, and what its answer wants changed.

In: `asked.json` of the turn as plain data. Out: questions; changes read from a reply. Callers: `interviewer`. The surprise:
a change travels as the name of an operation and its members as JSON text, because providers accept only so many branches
and optional members in the shape of a reply; the closed union reads it here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, StringConstraints

from chalicelib.agents.ports import Block, Message, Question
from chalicelib.agents.prompting import prompt, prompt_sha256
from chalicelib.agents.replies import Shape
from chalicelib.agents.roles import role_settings
from chalicelib.discovery.changes import CHANGES_MAX, READER
from chalicelib.discovery.records import Data
from chalicelib.mvs.completeness import completeness
from chalicelib.mvs.reading import read_mvs
from chalicelib.settings import Settings

START_FROM: Final = "start_from"
VALUE_CHARACTERS_MAX: Final = 60_000
FAULTS_TOLD_MAX: Final = 30
WORDS_BEGIN: Final = re.compile(r'^\s*(?:```\w*\s*)?\{\s*"words"\s*:\s*"')
HALF_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?$")
Op = Literal[
    "start_from", "set_text", "set_industry", "set_currency", "set_locales", "put_role", "remove_role", "put_entity", "remove_entity",
    "put_field", "remove_field", "put_rule", "remove_rule", "put_workflow", "remove_workflow", "set_permissions", "put_dashboard",
    "remove_dashboard", "put_tile", "remove_tile", "set_success", "set_out_of_scope", "set_demo",
]  # fmt: skip
OPS: Final[tuple[str, ...]] = get_args(Op)


class Wanted(Shape):
    op: Op
    value: Annotated[str, StringConstraints(max_length=VALUE_CHARACTERS_MAX)]
    """The members of the operation besides `op`, as one JSON object."""


class InterviewReply(Shape):
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=6000)]
    """First, so that they can be shown while the rest is written."""
    changes: Annotated[tuple[Wanted, ...], Field(max_length=CHANGES_MAX)]


def first_question(
    asked: Mapping[str, Any], purpose: str, settings: Settings
) -> Question[InterviewReply]:
    who = role_settings("discovery", settings)
    system = prompt("discovery", "system", operations=operations_told(), language=asked["locale"])
    return Question(
        purpose=f"{purpose}#0",
        role="discovery",
        model=who.model,
        effort=who.effort,
        system=(Block(system.text, is_cached=True),),
        messages=(Message("user", (Block(_turn(asked)),)),),
        reply=InterviewReply,
        output_tokens_max=who.output_tokens_max,
        timeout_s=who.timeout_s,
        prompt_sha256=prompt_sha256("discovery"),
    )


def mend(
    first: Question[InterviewReply],
    reply: InterviewReply | None,
    faults: Sequence[str],
    number: int,
) -> Question[InterviewReply]:
    """Only the last reply goes along, so a question hardly grows."""
    told = "\n".join(f"- {fault[:600]}" for fault in faults[:FAULTS_TOLD_MAX])
    wrong = Block(prompt("discovery", "mend", faults=told).text)
    asked = first.messages[0]
    messages: tuple[Message, ...] = (Message("user", (*asked.blocks, wrong)),)
    if reply is not None:
        said = Message("assistant", (Block(reply.model_dump_json()),))
        messages = (asked, said, Message("user", (wrong,)))
    purpose = f"{first.purpose.rpartition('#')[0]}#{number}"
    return Question(**{**vars(first), "purpose": purpose, "messages": messages})


def _turn(asked: Mapping[str, Any]) -> str:
    mvs = asked["mvs"]
    how = completeness(read_mvs(mvs), asked["locale"]) if mvs else None
    return prompt(
        "discovery",
        "turn",
        history=_told(asked["history"]) if asked["history"] else "",
        mvs=_told(_without_rows(mvs)) if mvs else "",
        score=how.score if how else 0,
        threshold=how.threshold if how else 0,
        missing="\n".join(one.question for one in how.missing) or "-" if how else "",
        offers=_told({one["key"]: _offered(one) for one in asked["offers"]})
        if asked["offers"]
        else "",
        said=asked["said"],
    ).text


def _offered(offer: Data) -> Data:
    """Enough to choose by, and to adapt: what its things are called and consist of."""
    things = {
        entity["key"]: [field["key"] for field in entity["fields"]]
        for entity in offer["mvs"]["entities"]
    }
    roles = [role["key"] for role in offer["mvs"]["roles"]]
    return {"name": offer["name"], "summary": offer["summary"], "roles": roles, "entities": things}


def _without_rows(mvs: Data) -> Data:
    counted = {key: len(rows) for key, rows in mvs.get("demo", {}).items()}
    return {**mvs, "demo": counted}


def _told(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


@cache
def operations_told() -> str:
    """The union as JSON Schema, without what only programs need."""
    return json.dumps(_lean(READER.json_schema()), separators=(",", ":"), ensure_ascii=False)


def _lean(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: _lean(part)
            for name, part in schema.items()
            if name != "discriminator" and not (name == "title" and isinstance(part, str))
        }
    return [_lean(one) for one in schema] if isinstance(schema, list) else schema


def wanted_changes(reply: InterviewReply) -> list[Data]:
    """As `read_changes` takes them. Raises `ValueError` naming the change whose value is no JSON object."""
    found = []
    for index, wanted in enumerate(reply.changes):
        try:
            members = json.loads(wanted.value)
        except (ValueError, RecursionError):
            raise ValueError(f"changes[{index}].value is not JSON.") from None
        if not isinstance(members, dict):
            raise ValueError(f"changes[{index}].value is not one JSON object.")
        found.append({**members, "op": wanted.op})
    return found


def words_so_far(text: str) -> str:
    """Of a reply that is still being written: as much of `words` as is there."""
    begin = WORDS_BEGIN.match(text)
    if begin is None:
        return ""
    rest = text[begin.end() :]
    end = re.search(r'(?<!\\)(?:\\\\)*"', rest)
    written = rest[: end.end() - 1] if end else HALF_ESCAPE.sub("", rest)
    try:
        said: str = json.loads(f'"{written}"', strict=False)
    except ValueError:
        return ""
    return said.encode("utf-8", "ignore").decode()
