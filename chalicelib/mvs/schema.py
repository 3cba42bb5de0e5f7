"""The JSON Schema (2020-12) of the MVS, made from the model.

In: nothing. Out: the schema as data or text. Callers: the route that publishes it, docs. The surprise: it says less than
`read_mvs`: a schema can't see that a reference points nowhere.

    python -m chalicelib.mvs.schema > docs/mvs.schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from chalicelib.mvs.spec import Mvs

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def mvs_schema() -> dict[str, Any]:
    schema = Mvs.model_json_schema(mode="validation")
    return {
        "$schema": DIALECT,
        "title": "Fragua MVS",
        **{k: v for k, v in schema.items() if k != "title"},
    }


def schema_text() -> str:
    return json.dumps(mvs_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
