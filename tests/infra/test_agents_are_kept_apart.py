"""What talks to models or reads what strangers wrote holds no key to a database, and has no way to one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra import package

AGENTS = {
    "Orchestrate", "WritePrd", "Design", "Converge", "GenerateModule", "Review", "Decide", "AnswerTurn",
    "ReadSpreadsheet",
}  # fmt: skip
ASK_MODELS = AGENTS - {"Decide", "ReadSpreadsheet"}
DATABASE_KEYS = ("DatabaseSecret", "AppDatabasesSecret", "IdentitySecret", "/apps/")
POSTGRES = 5432

Template = dict[str, Any]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return package.packaged("prod", tmp_path_factory.mktemp("out"), with_requirements=False)


def statements(template: Template, function: str) -> list[dict[str, Any]]:
    role = template["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"][0]
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def group(template: Template, function: str) -> str:
    (found,) = template["Resources"][function]["Properties"]["VpcConfig"]["SecurityGroupIds"]
    return str(found["Fn::GetAtt"][0])


def reads(template: Template, function: str) -> list[dict[str, Any]]:
    return [
        each
        for each in statements(template, function)
        if any(action.startswith("secretsmanager:") for action in each["Action"])
    ]


@pytest.mark.parametrize("function", sorted(AGENTS))
def test_no_agent_may_read_a_databases_credentials(template: Template, function: str) -> None:
    secrets = json.dumps([each["Resource"] for each in reads(template, function)])
    assert [name for name in DATABASE_KEYS if name in secrets] == []


@pytest.mark.parametrize("function", sorted(ASK_MODELS))
def test_who_asks_models_may_read_their_keys_and_no_other_secret(
    template: Template, function: str
) -> None:
    (keys,) = reads(template, function)
    assert keys["Action"] == ["secretsmanager:GetSecretValue"]
    platform, organizations = keys["Resource"]
    assert platform == {"Ref": "ModelSecret"}
    assert organizations["Fn::Sub"].endswith(":secret:${AWS::StackName}/model-keys/*")


@pytest.mark.parametrize("function", ["Decide", "ReadSpreadsheet"])
def test_who_asks_no_model_may_read_no_secret(template: Template, function: str) -> None:
    assert reads(template, function) == []


def test_nobody_else_may_read_a_models_key(template: Template) -> None:
    readers = {
        name
        for name in package.policies()
        for each in reads(template, name)
        if "secretsmanager:GetSecretValue" in each["Action"]
        and ("ModelSecret" in json.dumps(each) or "/model-keys/" in json.dumps(each))
    }
    assert readers == ASK_MODELS


def test_agents_are_in_a_security_group_of_their_own(template: Template) -> None:
    inside = {name for name in package.policies() if group(template, name) == "AgentSecurityGroup"}
    assert inside == AGENTS
    assert "VpcConfig" not in template["Globals"]["Function"]


def test_that_security_group_has_no_way_to_a_database_or_an_app(template: Template) -> None:
    ways = template["Resources"]["AgentSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    assert [(way["IpProtocol"], way["FromPort"], way["ToPort"]) for way in ways] == [
        ("tcp", 443, 443)
    ]
    extra = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] in ("AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress")
    ]
    assert extra == []
    everybody_else = template["Resources"]["LambdaSecurityGroup"]["Properties"]
    assert POSTGRES in {way["FromPort"] for way in everybody_else["SecurityGroupEgress"]}


@pytest.mark.parametrize("function", sorted(AGENTS))
def test_no_agent_may_invoke_start_or_deploy_anything(template: Template, function: str) -> None:
    services = {
        action.split(":")[0] for each in statements(template, function) for action in each["Action"]
    }
    assert services <= {"logs", "s3", "dynamodb", "secretsmanager", "sqs"}


def test_a_conversation_reaches_no_run_and_a_run_no_conversation(template: Template) -> None:
    def folders(function: str) -> set[str]:
        found = [
            each["Resource"]["Fn::Sub"].split("/", 1)[1]
            for each in statements(template, function)
            if "s3:GetObject" in each["Action"]
        ]
        return set(found)

    assert folders("AnswerTurn") == {"discoveries/*/turns/*"}
    assert folders("ReadSpreadsheet") == {"uploads/*", "discoveries/*/imports/*"}
    assert folders("GenerateModule") == {"generations/*"}


def test_who_answers_a_turn_reads_nothing_of_runs_where_their_tokens_are(
    template: Template,
) -> None:
    (table,) = (
        each
        for each in statements(template, "AnswerTurn")
        if each["Action"][0].startswith("dynamo")
    )
    assert table["Action"] == ["dynamodb:PutItem", "dynamodb:DescribeTable"]


def test_a_turn_that_fails_is_not_asked_again_by_itself(template: Template) -> None:
    asked = template["Resources"]["AnswerTurnIsTriedOnce"]["Properties"]
    assert asked["FunctionName"] == {"Ref": "AnswerTurn"}
    assert asked["MaximumRetryAttempts"] == 0


def test_the_api_may_ask_for_turns_by_the_name_it_is_told(template: Template) -> None:
    name = template["Resources"]["AnswerTurn"]["Properties"]["FunctionName"]
    assert (
        template["Globals"]["Function"]["Environment"]["Variables"]["FRAGUA_DISCOVERY_FUNCTION"]
        == name
    )
    invokes = [
        each["Resource"]["Fn::Sub"]
        for each in statements(template, "APIHandler")
        if each["Action"] == ["lambda:InvokeFunction"]
    ]
    assert [each.split(":function:")[1] for each in invokes] == [name["Fn::Sub"]]
