"""Which generation of which app: the identity that travels through the state machine, and nothing else does.

In: the `run` of a Lambda's event. Out: a frozen `Run`. Callers: tasks.py, every stage.
The surprise: its parts end up in S3 keys and host names, so their form is closed here, although we wrote them ourselves.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from chalicelib.errors import InvalidRequest

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class Run(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    generation_id: Id
    tenant_id: Id
    app_id: Id
    app_number: Annotated[int, Field(ge=1, le=49_999)]
    slug: Slug
    version: Annotated[int, Field(ge=1)]
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    engine: Literal["offline", "claude"] = "offline"
    budget_microdollars: Annotated[int, Field(ge=0)] = 0
    """What models may cost it at most."""

    @property
    def generation(self) -> UUID:
        return UUID(self.generation_id)

    @property
    def tenant(self) -> UUID:
        return UUID(self.tenant_id)


def parse_run(data: Any) -> Run:
    """Raises `InvalidRequest` naming the faulty members."""
    try:
        return Run.model_validate(data)
    except ValidationError as error:
        faults = [
            {"path": ".".join(map(str, fault["loc"])) or "run", "message": fault["msg"], "cure": ""}
            for fault in error.errors(include_url=False, include_input=False)
        ]
        named = ", ".join(fault["path"] for fault in faults)
        raise InvalidRequest(f"The run is malformed in {named}.", errors=faults) from error
