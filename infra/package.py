"""What `make package` makes: build/deployment.zip and build/template.json, ready for `aws cloudformation deploy`.

In: app.py, .chalice/, infra/app.yaml, stepfunctions/. Out: the merged template with the state machine inside.
Callers: the command line, `infra/local/deploy.py`, tests. The surprise: for a laptop the same merge runs without the
requirements, because the local workers run in the virtual environment; that takes two seconds instead of half a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from infra import base_image

PROJECT = Path(__file__).resolve().parents[1]
DEFINITION = PROJECT / "stepfunctions" / "generate_app.asl.json"
CHALICE = "from chalice.cli import main; main()"
FOLDERS = ("chalicelib", "vendor")
LEFT_BEHIND = (".git", ".*_cache", "__pycache__", "*.pyc", ".env", ".venv", "node_modules")
AGENT_POLICIES = frozenset(
    {"policy-agent.json", "policy-decide.json", "policy-turn.json", "policy-spreadsheet.json"}
)
"""Of functions that ask models or read what strangers wrote; they are kept away from every database."""
VPC_POLICY = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"

Template = dict[str, Any]


class CannotPackage(Exception):
    """The project does not fit together; the message says where."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m infra.package", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--stage", default="prod", help="stage of .chalice/config.json")
    parser.add_argument("--out", type=Path, default=PROJECT / "build")
    parser.add_argument(
        "--local", action="store_true", help="only the template, without requirements"
    )
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    try:
        template = packaged(chosen.stage, chosen.out, with_requirements=not chosen.local)
    except CannotPackage as fault:
        sys.exit(str(fault))
    path = chosen.out / "template.json"
    path.write_text(json.dumps(template, indent=2) + "\n")
    print(path)  # noqa: T201


def packaged(stage: str, out: Path, *, with_requirements: bool) -> Template:
    """The finished template; deployment.zip lies in `out` when requirements were wanted."""
    merged = merge(stage, out, with_requirements=with_requirements)
    return finish(merged, DEFINITION.read_text())


def merge(stage: str, out: Path, *, with_requirements: bool) -> Template:
    """Runs `chalice package --merge-template` in a folder with what ships."""
    with tempfile.TemporaryDirectory(prefix="fragua-package-") as scratch:
        project = Path(scratch)
        lay_out_project(project, with_requirements=with_requirements)
        run_chalice(project, stage)
        if with_requirements:
            shutil.copy(project / "out" / "deployment.zip", out / "deployment.zip")
        loaded: Template = yaml.safe_load((project / "out" / "sam.yaml").read_text())
        return loaded


def run_chalice(project: Path, stage: str) -> None:
    """Makes out/deployment.zip and out/sam.yaml in the project's folder."""
    command = [sys.executable, "-c", CHALICE, "--project-dir", str(project), "package"]
    command += ["--stage", stage, "--merge-template", str(PROJECT / "infra" / "app.yaml")]
    region = os.environ.get("AWS_DEFAULT_REGION", "eu-west-1")
    done = subprocess.run(
        [*command, str(project / "out")],
        env={**os.environ, "AWS_DEFAULT_REGION": region, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (project / "out" / "sam.yaml").exists():
        raise CannotPackage(f"chalice package failed:\n{done.stdout}{done.stderr}")


def lay_out_project(project: Path, *, with_requirements: bool) -> None:
    """Without requirements, `vendor/` is left out as well: only the template is wanted. Folders are copied, because
    what tools left in them would be shipped with them."""
    (project / ".chalice").mkdir()
    for file in (PROJECT / ".chalice").glob("*.json"):
        (project / ".chalice" / file.name).symlink_to(file)
    (project / "app.py").symlink_to(PROJECT / "app.py")
    for folder in FOLDERS if with_requirements else FOLDERS[:-1]:
        left = shutil.ignore_patterns(*LEFT_BEHIND)
        shutil.copytree(PROJECT / folder, project / folder, ignore=left)
    if with_requirements:
        shutil.copy(PROJECT / "requirements.txt", project / "requirements.txt")
    else:
        (project / "requirements.txt").touch()


def finish(template: Template, definition: str) -> Template:
    """What a merge can't say: the definition with its functions, the base image of this very tree, the VPC's rights and
    which security group a function is in."""
    resources = template["Resources"]
    machine = resources["GenerateApp"]["Properties"]
    machine["DefinitionString"] = json.dumps(json.loads(definition), separators=(",", ":"))
    machine["DefinitionSubstitutions"] = substitutions(definition, resources)
    template["Parameters"]["BaseImageTag"]["Default"] = base_image.tag()
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role" and "lambda." in json.dumps(resource):
            resource["Properties"]["ManagedPolicyArns"] = [{"Fn::Sub": VPC_POLICY}]
    for name, policy in policies().items():
        group = "AgentSecurityGroup" if policy in AGENT_POLICIES else "LambdaSecurityGroup"
        resources[name]["Properties"]["VpcConfig"] = {
            "SecurityGroupIds": [{"Fn::GetAtt": [group, "GroupId"]}],
            "SubnetIds": {"Ref": "PrivateSubnetIds"},
        }
    return template


def policies() -> dict[str, str]:
    """Logical id of each function → the file that says what it may do."""
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    return {
        logical_id(name): settings["iam_policy_file"]
        for name, settings in config["lambda_functions"].items()
    }


def logical_id(function: str) -> str:
    """As Chalice makes it from a function's name."""
    if function == "api_handler":
        return "APIHandler"
    return "".join(part.capitalize() for part in function.split("_"))


def substitutions(definition: str, resources: dict[str, Any]) -> dict[str, Any]:
    """Each `${Name}` in the definition is the ARN of the function with that logical id."""
    names = sorted(set(re.findall(r"\$\{(\w+)\}", definition)))
    functions = {
        name for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"
    }
    if missing := [name for name in names if name not in functions]:
        raise CannotPackage(f"{DEFINITION.name} names no function of app.py: {', '.join(missing)}")
    return {name: {"Fn::GetAtt": [name, "Arn"]} for name in names}


if __name__ == "__main__":
    main()
