"""What a Lambda loads before its first request: the list of doors, and nothing that only some of them need."""

import subprocess
import sys

NOT_AT_START = (
    "anthropic", "argon2", "boto3", "cryptography", "jinja2", "jwt", "psycopg", "pydantic", "pynamodb", "stripe", "yaml",
    "chalicelib.generation.stages", "chalicelib.mvs.spec", "chalicelib.deployment.stages",
)  # fmt: skip


def test_the_front_door_loads_no_sdk_and_no_room():
    code = f"import app, sys; print([name for name in {NOT_AT_START!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_looking_at_what_one_has_bought_loads_no_sdk_of_stripes():
    code = (
        "import sys; from chalicelib.adapters import billing_ledger, consumption_store; from chalicelib.billing import "
        "buying, changing, offer, overview, usage; print('stripe' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
