"""The peer of `door.py`: the same request with FastAPI + Mangum, as its documentation would have it."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Response
from mangum import Mangum
from pydantic import BaseModel, ConfigDict

app = FastAPI()
known: set[str] = set()
"""Whole `Authorization` headers."""
left = {"requests": 10**9}


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    count: int


def caller(authorization: Annotated[str, Header()]) -> str:
    if authorization not in known:
        raise HTTPException(401)
    return authorization


def limited(response: Response, who: Annotated[str, Depends(caller)]) -> None:
    left["requests"] -= 1
    if left["requests"] < 0:
        raise HTTPException(429)
    response.headers["RateLimit-Remaining"] = str(left["requests"])


@app.post("/x", dependencies=[Depends(limited)])
async def make(body: Thing) -> Thing:
    return body


adapter = Mangum(app, lifespan="off")


def handle(event: dict[str, Any]) -> Any:
    return adapter(event, None)  # type: ignore[arg-type]
