"""One stage's questions: made for a role, asked, and asked again with what was wrong, at most twice.

In: what to say, what would be wrong with a reply. Out: a reply without faults. Callers: the roles. The surprise: only the
last reply goes along when one is mended, so a question hardly grows; and a question says the same words whenever its stage
runs again, so what was answered once is never paid twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from chalicelib.agents.ports import Block, Message, Question, Reply, Role
from chalicelib.agents.prompting import Prompted, prompt, prompt_sha256
from chalicelib.agents.roles import role_settings
from chalicelib.errors import UnreadableReply
from chalicelib.generation.ports import Stage
from chalicelib.settings import Settings

MENDS_MAX: Final = 2
FAULTS_TOLD_MAX: Final = 30
FAULT_LENGTH_MAX: Final = 600


class Asks(Protocol):
    def ask(
        self, question: Question[Reply], on_text: Callable[[str], None] | None = None
    ) -> Reply: ...


@dataclass(frozen=True)
class Desk:
    stage: Stage
    asker: Asks
    settings: Settings
    tell: Callable[[str], None]
    """For people, while it goes on: that a reply is being mended, and why."""

    def question(
        self,
        role: Role,
        system: Sequence[Block],
        said: Sequence[Block],
        reply: type[Reply],
        *,
        part: str = "",
        output_tokens_max: int | None = None,
    ) -> Question[Reply]:
        """`part` tells apart questions of one stage that are no mends of each other."""
        who = role_settings(role, self.settings)
        about = part or self.stage.module or "-"
        return Question(
            purpose=f"{self.stage.name}#{self.stage.round}#{about}#0",
            role=role,
            model=who.model,
            effort=who.effort,
            system=tuple(system),
            messages=(Message("user", tuple(said)),),
            reply=reply,
            output_tokens_max=min(
                output_tokens_max or who.output_tokens_max, who.output_tokens_max
            ),
            timeout_s=who.timeout_s,
            prompt_sha256=prompt_sha256(role),
        )

    def answer(self, first: Question[Reply], faults_of: Callable[[Reply], list[str]]) -> Reply:
        """Raises `UnreadableReply` when the last mend has faults too; else whatever the asker raises."""
        question, faults = first, [""]
        for number in range(MENDS_MAX + 1):
            reply: Reply | None = None
            try:
                reply = self.asker.ask(question)
                faults = faults_of(reply)
            except UnreadableReply as error:
                faults = [error.detail]
            if reply is not None and not faults:
                return reply
            if number < MENDS_MAX:
                self.tell(f"The reply is sent back to be mended: {_told(faults, 3)}"[:500])
                question = _mend(first, reply, faults, number + 1)
        raise UnreadableReply(
            f"The reply could not be used, mended twice: {_told(faults, 3)}"[:500]
        )


def plain(prompted: Prompted) -> Block:
    return Block(prompted.text)


def kept(prompted: Prompted) -> Block:
    """Worth keeping: the same words come again in the next question."""
    return Block(prompted.text, is_cached=True)


def _mend(
    first: Question[Reply], reply: Reply | None, faults: list[str], number: int
) -> Question[Reply]:
    told = "\n".join(f"- {fault[:FAULT_LENGTH_MAX]}" for fault in faults[:FAULTS_TOLD_MAX])
    wrong = Block(prompt(first.role, "mend", faults=told).text)
    asked = first.messages[0]
    if reply is None:
        messages: tuple[Message, ...] = (replace(asked, blocks=(*asked.blocks, wrong)),)
    else:
        said = Message("assistant", (Block(reply.model_dump_json()),))
        messages = (asked, said, Message("user", (wrong,)))
    return replace(first, messages=messages, purpose=f"{first.purpose.rpartition('#')[0]}#{number}")


def _told(faults: list[str], most: int) -> str:
    more = f" (and {len(faults) - most} more)" if len(faults) > most else ""
    return "; ".join(fault[:160] for fault in faults[:most]) + more
