"""Whether the app answers, learned by calling it: the version that was deployed, several times in a row.

In: a run. Out: the app's address. Callers: the task `AwaitHealthy`. The surprise: during a roll-out both versions may
answer by turns, so one right answer proves nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

from chalicelib.deployment import names
from chalicelib.deployment.ports import Answer, AppProbe
from chalicelib.errors import AppNotHealthy
from chalicelib.generation.run import Run
from chalicelib.settings import Settings

ANSWERS_IN_A_ROW = 3
PAUSE_S = 0.25
SHORT_PAUSE_S = 0.05


def await_healthy(
    run: Run,
    *,
    settings: Settings,
    probe: AppProbe,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Raises `AppNotHealthy` after `settings.healthy_within_s`, saying what was answered last."""
    url = names.app_url(settings, run)
    until = now() + settings.healthy_within_s
    in_a_row = 0
    answer = Answer(status=0)
    while now() < until:
        answer = probe.ask(url)
        in_a_row = in_a_row + 1 if _is_ours(run, answer) else 0
        if in_a_row == ANSWERS_IN_A_ROW:
            return url
        pause(SHORT_PAUSE_S if in_a_row else PAUSE_S)
    raise AppNotHealthy(
        f"{url} did not serve this version within {settings.healthy_within_s} s: {_said(answer)}",
        url=url,
    )


def _is_ours(run: Run, answer: Answer) -> bool:
    return answer.status == HTTPStatus.OK and answer.version == run.generation_id


def _said(answer: Answer) -> str:
    if answer.status == 0:
        return "nobody answered"
    return f"the last answer was {answer.status} from version {answer.version or 'unknown'!r}"
