"""Says of each call of a model, while the run goes on, who was asked, what it cost and whether it was asked again.

In: a booked call. Out: an event of the run. Callers: the wires, which give it to the asker. The surprise: which try it was
is read from the call's purpose (`GenerateModule#1#patient#2`), because only the engine knows, and says it there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from chalicelib.agents.ports import Call, Usage
from chalicelib.generation.ports import RunLog, Stage
from chalicelib.generation.run import Run

NUMBER: Final = re.compile(r"#(\d+)(?:\.\d+)?(?:~[0-9a-f]+)?$")


def telling(run: Run, stage: Stage, *, runs: RunLog) -> Callable[[Call], None]:
    def tell(call: Call) -> None:
        runs.tell(
            run.generation_id,
            stage,
            "note",
            told(call),
            call.ms,
            cost_microdollars=call.cost_microdollars,
            attempt=attempt(call.purpose),
        )

    return tell


def told(call: Call) -> str:
    """`codegen, claude-sonnet-5-5: 52,130 tokens in (49,800 of them cached), 3,204 out`"""
    if call.stop_reason == "error":
        return f"{call.role}, {call.model}: no answer"
    used = call.usage
    cached = f" ({used.cache_read_tokens:,} of them cached)" if used.cache_read_tokens else ""
    again = " to mend its reply" if (attempt(call.purpose) or 1) > 1 else ""
    counted = f"{tokens_in(used):,} tokens in{cached}, {used.output_tokens:,} out"
    return f"{call.role}, {call.model}{again}: {counted}"


def tokens_in(used: Usage) -> int:
    return used.input_tokens + used.cache_read_tokens + used.cache_write_tokens


def attempt(purpose: str) -> int | None:
    """Purposes count from 0, people from 1."""
    found = NUMBER.search(purpose)
    return int(found[1]) + 1 if found else None
