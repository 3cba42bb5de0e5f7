"""Query of `/v1/docs`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.http.schemas.shape import Sent


class DocsQuery(Sent):
    lang: Literal["es", "en"] | None = Field(
        None, description="Language of the page; without it, that of `Accept-Language`."
    )
