"""What was asked and answered, kept so that it can be said again: to a stage that is tried twice, or to nobody at all.

In: a question and its answer. Out: one JSON document per call, `calls/<purpose>.json`; a `Chat` that answers from such
documents. Callers: wiring, tests. The surprise: a recording holds the digest of the question, not the question; asked
anything else by as much as a space, a replay refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

from chalicelib.agents.ports import Answer, Question, Reply, Usage
from chalicelib.agents.reading import read_reply
from chalicelib.errors import Conflict, NotFound
from chalicelib.generation import keys
from chalicelib.generation.ports import ArtifactStore
from chalicelib.generation.run import Run

RECORDING_BYTES_MAX: Final = 4 * 1024 * 1024


def digest(question: Question[Any]) -> str:
    """Of everything the model read, and of the name of the shape it was asked for. Not of how: model, effort, limits."""
    said = {
        "system": [block.text for block in question.system],
        "messages": [
            {"speaker": each.speaker, "blocks": [block.text for block in each.blocks]}
            for each in question.messages
        ],
        "text_so_far": question.text_so_far,
        "reply": question.reply.__name__,
    }
    return sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def recorded(question: Question[Any], answer: Answer[Any]) -> dict[str, Any]:
    return {
        "purpose": question.purpose,
        "role": question.role,
        "question_sha256": digest(question),
        "prompt_sha256": question.prompt_sha256,
        "model": answer.model,
        "stop_reason": answer.stop_reason,
        "usage": asdict(answer.usage),
        "ms": answer.ms,
        "is_own_key": answer.is_own_key,
        "text": answer.text,
    }


def answered(question: Question[Reply], kept: dict[str, Any]) -> Answer[Reply]:
    reply, fault = (None, "")
    if not question.text_so_far:
        reply, fault = read_reply(kept["text"], question.reply)
    return Answer(
        text=kept["text"],
        reply=reply,
        fault=fault,
        stop_reason=kept["stop_reason"],
        usage=Usage(**kept["usage"]),
        model=kept["model"],
        ms=kept["ms"],
        is_own_key=kept.get("is_own_key", False),
    )


class FolderRecorder:
    """Keeps under any folder of the artifact store. Implements `ports.Recorder`."""

    def __init__(self, folder: str, artifacts: ArtifactStore) -> None:
        self._folder = folder
        self._artifacts = artifacts

    def keep(self, question: Question[Reply], answer: Answer[Reply]) -> None:
        document = json.dumps(recorded(question, answer), ensure_ascii=False, indent=1)
        self._artifacts.write(self._key(question), document.encode())

    def recall(self, question: Question[Reply]) -> Answer[Reply] | None:
        try:
            kept = json.loads(self._artifacts.read(self._key(question), RECORDING_BYTES_MAX))
        except NotFound:
            return None
        return answered(question, kept) if kept["question_sha256"] == digest(question) else None

    def _key(self, question: Question[Any]) -> str:
        return f"{self._folder}/{question.purpose.replace('#', '-')}.json"


class BucketRecorder(FolderRecorder):
    """Beside a run's other documents."""

    def __init__(self, run: Run, artifacts: ArtifactStore) -> None:
        super().__init__(keys.document(run, "calls"), artifacts)


class Replay:
    """A `Chat` that says what was said, at no cost of time."""

    def __init__(self, recordings: Iterable[bytes]) -> None:
        kept = [json.loads(each) for each in recordings]
        self._kept: dict[str, dict[str, Any]] = {each["purpose"]: each for each in kept}

    def ask(
        self, question: Question[Reply], on_text: Callable[[str], None] | None = None
    ) -> Answer[Reply]:
        """Raises `NotFound` for a purpose that was not recorded, `Conflict` for another question than the recorded one."""
        kept = self._kept.get(question.purpose)
        if kept is None:
            raise NotFound(f"No answer to {question.purpose!r} was recorded.")
        if kept["question_sha256"] != digest(question):
            raise Conflict(
                f"{question.purpose!r} asks something else than was recorded. Record the run anew."
            )
        if on_text is not None:
            on_text(kept["text"])
        return answered(question, kept)
