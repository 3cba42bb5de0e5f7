import dataclasses

import pytest

from chalicelib.adapters import aws
from chalicelib.adapters.app_images import EcrImages
from chalicelib.adapters.container_services import EcsServices
from chalicelib.adapters.image_registry import image_registry
from chalicelib.adapters.load_balancer import HostRoutes
from chalicelib.adapters.secrets import SecretsManager
from chalicelib.deployment import plan
from chalicelib.generation.run import Run
from chalicelib.generation.source_tree import SourceTree
from chalicelib.settings import Settings

from .cloud import CREDENTIALS, emulator
from .fakes import Databases, World, push_base


@pytest.fixture(scope="session")
def settings():
    return Settings(
        stage="dev",
        artifact_bucket="artifacts",
        run_table="runs",
        registry_url="http://127.0.0.1:4566",
        app_repository="fragua-dev/apps",
        base_image_tag="base-1",
        cluster="fragua-dev-apps",
        listener_arn="arn:listener",
        vpc_id="vpc-1",
        task_subnets="subnet-1,subnet-2",
        task_security_group="sg-1",
        task_execution_role_arn="arn:aws:iam::000000000000:role/execution",
        app_url_template="https://{slug}.{domain}",
        app_domain="apps.example.com",
    )


@pytest.fixture
def run():
    return make_run(1)


@pytest.fixture
def later():
    """The same app's next generation."""
    return make_run(2)


def make_run(version, slug="clinica-sonrisa"):
    return Run(
        generation_id=f"11111111-1111-4111-8111-00000000000{version}",
        tenant_id="22222222-2222-4222-8222-222222222222",
        app_id="33333333-3333-4333-8333-333333333333",
        app_number=7,
        slug=slug,
        version=version,
        locale="es",
    )


@pytest.fixture(scope="session")
def bundle():
    return SourceTree(
        {
            "business/__init__.py": "",
            "business/patient/models.py": "class Patient: ...\n",
            "business/patient/templates/patient/list.html": "<h1>Pacientes ñ</h1>\n",
        }
    ).to_zip()


@pytest.fixture
def world():
    world = World()
    push_base(world.registry)
    world.effects.clear()
    return world


@pytest.fixture(scope="session")
def cloud_url(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with emulator(tmp_path_factory.mktemp("cloud")) as url:
            yield url


class Cloud:
    """The adapters, where `World` has fakes; `asked` collects what AWS was asked, as IAM names it."""

    def __init__(self, settings):
        self.settings = settings
        self.asked = set()
        self.registry = image_registry(settings)
        self.containers = EcsServices(self._client("ecs"), settings.cluster, plan.network(settings))
        self.images = EcrImages(self._client("ecr"), settings.app_repository)
        self.routes = HostRoutes(self._client("elbv2"), settings.listener_arn)
        self.secrets = SecretsManager(self._client("secretsmanager"))
        self.databases = Databases(World())

    def _client(self, service):
        client = aws.client(self.settings, service)
        client.meta.events.register("before-call", self._noted)
        return client

    def _noted(self, model, **rest):
        self.asked.add(f"{model.service_model.signing_name}:{model.name}")


@pytest.fixture(scope="session")
def cloud(settings, cloud_url):
    there = dataclasses.replace(
        settings,
        registry_url=cloud_url,
        aws_endpoint_url=cloud_url,
        task_execution_role_arn="",
        vpc_id="",
    )
    aws.client(there, "ecr").create_repository(repositoryName=there.app_repository)
    aws.client(there, "ecs").create_cluster(clusterName=there.cluster)
    elb = aws.client(there, "elbv2")
    balancer = elb.create_load_balancer(Name="apps", Subnets=["subnet-1", "subnet-2"])
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )["Listeners"][0]["ListenerArn"]
    cloud = Cloud(dataclasses.replace(there, listener_arn=listener))
    push_base(cloud.registry)
    return cloud
