"""`python -m bench.stage_memory ENGINE STAGE RUN URL`: one stage of a kept run, alone in a process; prints its peak memory.

What a Lambda of that stage loads is loaded: the app with its doors, boto3, and where it asks a model the SDK. The stage is
done anew: its record is taken out first.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any


def main(engine: str, stage: str, kept: str, url: str) -> None:
    import boto3  # noqa: F401

    import app  # noqa: F401
    from chalicelib import tasks  # noqa: F401

    state = pickle.loads(Path(kept).read_bytes())
    run = _run(engine, state["mvs"], url)
    run.artifacts.objects.update(_without(stage, state["objects"]))
    run.runs.stages.update({k: v for k, v in state["stages"].items() if k[1] != stage})
    _do(run, stage, state)
    print(json.dumps({"stage": stage, "mib": round(_peak_kib() / 1024, 1)}))


def _peak_kib() -> int:
    """Of this program alone: `getrusage` would begin with what the process that started it had."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


def _run(engine: str, mvs: dict[str, Any], url: str) -> Any:
    from tests.generation.whole_run import WholeRun

    if engine == "offline":
        from chalicelib.agents.offline import Offline

        return WholeRun(mvs, lambda run, stage: Offline())
    from chalicelib.adapters.claude import ClaudeChat
    from tests.claude_server.server import KEY
    from tests.generation.claude_run import Team, claude_run

    return claude_run(mvs, Team(ClaudeChat(KEY, url)))


def _without(stage: str, objects: dict[str, bytes]) -> dict[str, bytes]:
    """A report that is there would end the checks, an answer that is there would not be asked for."""
    gone = {"RunChecks": "/checks/"}.get(stage, f"/calls/{stage}-")
    return {key: content for key, content in objects.items() if gone not in key}


def _do(run: Any, stage: str, state: dict[str, Any]) -> None:
    from chalicelib.generation import stages

    match stage:
        case "Orchestrate" | "WritePrd" | "Design" | "Converge":
            names = {"WritePrd": "write_prd"}
            run._asked(getattr(stages, names.get(stage, stage.lower())), stage)
        case "GenerateModule":
            run.write_module(f"sheet{len(state['mvs']['entities'])}", 1, "")
        case "Assemble":
            run._assemble(1)
        case "RunChecks":
            run._check(1)
        case "Review":
            run._review(1)
        case _:
            run._decide(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
