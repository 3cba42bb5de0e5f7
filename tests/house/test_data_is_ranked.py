"""Whatever keeps data has a rank in docs/security/data.md."""

import re
from pathlib import Path

DOCUMENT = Path("docs/security/data.md").read_text()
RANKS = set(re.findall(r"^\| \*\*([\w' ]+)\*\* \|", DOCUMENT, re.MULTILINE))
KEPT = DOCUMENT.partition("## What is kept where")[2]
ROWS = re.findall(r"^\| (`.+`) \| ([^|]+) \| ([^|]+) \|$", KEPT, re.MULTILINE)
NAMED = [name for names, *_ in ROWS for name in re.findall(r"`([^`]+)`", names)]


def test_every_table_bucket_and_secret_is_ranked_once():
    made = "\n".join(path.read_text() for path in Path("chalicelib/migrations").glob("*.sql"))
    template = Path("infra/app.yaml").read_text()
    keepers = {
        *re.findall(r"^create table platform\.(\w+)", made, re.MULTILINE),
        *re.findall(r"^  (\w+):\n    Type: AWS::(?:S3::Bucket|DynamoDB::Table)$", template, re.MULTILINE),
        *re.findall(r"AWS::SecretsManager::Secret\n(?:    .*\n)*?      Name: !Sub \"\${AWS::StackName}/(.+)\"", template),
    }  # fmt: skip
    assert {"apps", "SessionTable", "identity"} <= keepers
    assert {name.removeprefix("<stack>/") for name in NAMED} == keepers
    assert len(set(NAMED)) == len(NAMED)


def test_ranks_are_those_that_are_explained():
    for names, ranks, until in ROWS:
        assert {one.strip() for one in re.sub(r"\(.*\)", "", ranks).split(",")} <= RANKS, names
        assert until.strip()
