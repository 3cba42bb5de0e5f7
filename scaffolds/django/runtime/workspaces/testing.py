"""For the business layer's tests: two workspaces, people by role, rows that are valid by themselves.

Tests run as the app's own database role against a database migrated by its owner, so the policies are the real ones.
"""

import json
import logging
import os

from django.conf import settings
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections
from django.test import Client, TestCase
from django.test.runner import DiscoverRunner
from django.urls import reverse

from accounts.models import User
from api.models import ApiToken
from workspaces import samples
from workspaces.grants import grant_app_role
from workspaces.middleware import SESSION_KEY
from workspaces.models import Membership, Workspace, route_name
from workspaces.tenancy import tenant_scope

REFUSALS = (401, 403, 404)


class WorkspaceTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.workspace = Workspace.objects.create(name="Ours")
        cls.other_workspace = Workspace.objects.create(name="Theirs")

    def setUp(self):
        super().setUp()
        self.browsers = {}
        self.enterContext(tenant_scope(self.workspace))

    def inside(self, workspace):
        """Run a block as another workspace."""
        return tenant_scope(workspace)

    # People

    def membership(self, role, workspace=None):
        workspace = workspace or self.workspace
        email = f"{role}@{workspace.name.lower()}.example.com"
        user, _created = User.objects.get_or_create(email=email, defaults={"name": role})
        membership, _created = Membership.objects.get_or_create(
            user=user, workspace=workspace, defaults={"role": role}
        )
        return membership

    def person(self, role, workspace=None):
        return self.membership(role, workspace).user

    def as_role(self, role, workspace=None):
        """A browser in which a person of that role is signed in; the same one throughout a test."""
        key = (role, workspace)
        if key not in self.browsers:
            self.browsers[key] = self.signed_in(self.membership(role, workspace))
        return self.browsers[key]

    def signed_in(self, membership):
        client = Client()
        client.force_login(membership.user)
        session = client.session
        session[SESSION_KEY] = str(membership.workspace_id)
        session.save()
        return client

    def api(self, role, workspace=None):
        """A program that carries that person's API token and speaks JSON."""
        _token, secret = ApiToken.issue(self.membership(role, workspace), "test")
        return ApiClient(headers={"Authorization": f"Bearer {secret}"})

    # Rows

    def make(self, model, /, workspace=None, **values):
        """A valid saved row; what is required and not given is filled in, references included."""
        with tenant_scope(workspace or self.workspace):
            return samples.make(model, **values)

    def values(self, model, /, **values):
        return samples.values(model, **values)

    def form_data(self, model_or_row, /, **values):
        """What a browser would post for a new row, or for an existing one with some values changed."""
        return samples.form_data(model_or_row, **values)

    def json_data(self, model, /, **values):
        return samples.json_data(model, **values)

    def url(self, model_or_row, name, *args):
        key = [] if isinstance(model_or_row, type) else [model_or_row.pk]
        return reverse(route_name(model_or_row, name), args=[*key, *args])

    # Assertions

    def assert_allowed(self, response):
        self.assertLess(response.status_code, 400, response)
        self.assertFalse(is_to_sign_in(response), "sent to sign-in")

    def assert_refused(self, response):
        if not is_to_sign_in(response):
            self.assertIn(response.status_code, REFUSALS)

    def assert_state(self, row, state):
        row.refresh_from_db()
        self.assertEqual(row.workflow.state(row), state)

    def assert_invalid(self, response, field=None):
        """The form came back with errors (200), or the API answered 422; about this field, if one is named."""
        if response.status_code == 422:
            errors = response.json()["errors"]
        else:
            self.assertEqual(response.status_code, 200, "The form was accepted.")
            errors = response.context["form"].errors
        self.assertTrue(errors)
        if field:
            self.assertIn(field, errors)


class ApiClient(Client):
    def generic(self, method, path, data="", content_type="application/json", *args, **kwargs):
        if not isinstance(data, (str, bytes)):
            data = json.dumps(data, cls=DjangoJSONEncoder)
        return super().generic(method, path, data, content_type, *args, **kwargs)

    def post(self, path, data=None, **kwargs):
        return self.generic("POST", path, data or {}, **kwargs)

    def patch(self, path, data=None, **kwargs):
        return self.generic("PATCH", path, data or {}, **kwargs)


def is_to_sign_in(response):
    return response.headers.get("Location", "").startswith(reverse(settings.LOGIN_URL))


class WorkspaceTestRunner(DiscoverRunner):
    """Makes `test_<name>` as the database's owner. TEST_IN_PLACE=1 uses the given database as it is, for scratch
    ones; every test is rolled back either way."""

    def setup_test_environment(self, **kwargs):
        super().setup_test_environment(**kwargs)
        settings.WHITENOISE_AUTOREFRESH = True  # else every client reads all static files anew
        for handler in logging.getLogger().handlers:
            handler.setLevel(logging.CRITICAL)

    def setup_databases(self, **kwargs):
        if "owner" not in settings.DATABASES:
            raise SystemExit("Set DATABASE_OWNER_URL too: tests migrate as the database's owner.")
        self.real_name = connections["owner"].settings_dict["NAME"]
        self.in_place = os.environ.get("TEST_IN_PLACE") == "1"
        if not self.in_place:
            self.create()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        grant_app_role()
        connections["owner"].close()
        return []

    def teardown_databases(self, old_config, **kwargs):
        connections.close_all()
        if not self.in_place and not self.keepdb:
            self.use(self.real_name)
            self.run_as_owner(f'drop database if exists "test_{self.real_name}" with (force)')

    def create(self):
        name = f"test_{self.real_name}"
        with connections["owner"].cursor() as cursor:
            cursor.execute("select exists (select from pg_database where datname = %s)", [name])
            (exists,) = cursor.fetchone()
        if exists and not self.keepdb:
            self.run_as_owner(f'drop database "{name}" with (force)')
        if not (exists and self.keepdb):
            self.run_as_owner(f'create database "{name}"')
        self.use(name)

    def run_as_owner(self, sql):
        with connections["owner"].cursor() as cursor:
            cursor.execute(sql)

    def use(self, name):
        for alias in ("owner", "default"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
