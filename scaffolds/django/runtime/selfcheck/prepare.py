"""Child: two throw-away workspaces with people, tokens and rows whose texts say whose they are.

Imports the business layer (its demo data); the attackers read what came of it from the database themselves.
"""

from selfcheck.results import Pipe

pipe = Pipe()

import django  # noqa: E402

LEAST_ROWS = 2
MARKERS = ("zqours7f", "zqtheirs9k")


def make_people(workspace, letter):
    from django.conf import settings
    from django.contrib.auth.hashers import make_password

    from accounts.models import User
    from api.models import ApiToken
    from workspaces.models import Membership

    hashed, people, tokens = make_password(pipe.given["password"]), {}, {}
    for role in ("owner", *settings.ROLES):
        user = User.objects.create(email=f"{role}.{letter}@selfcheck.test", password=hashed)
        membership = Membership.objects.create(workspace=workspace, user=user, role=role)
        people[role] = user.email
        tokens[role] = ApiToken.issue(membership, "selfcheck")[1]
    return people, tokens


def fill(workspace):
    """The business's demo data, and rows of the test kit for tables that it leaves empty."""
    from business.demo import load_demo
    from workspaces.tenancy import tenant_scope

    with tenant_scope(workspace):
        load_demo(workspace)
        for model in business_models():
            for _ in range(LEAST_ROWS - model.objects.filter(tenant=workspace).count()):
                make_row(model, workspace)


def business_models():
    from django.apps import apps

    from business.app import MODULES

    return [model for label in MODULES for model in apps.get_app_config(label).get_models()]


def make_row(model, workspace):
    from workspaces.testing import WorkspaceTestCase

    case = WorkspaceTestCase()
    case.workspace = workspace
    case.make(model)


def mark(workspace, marker):
    """Every free text of the workspace ends with its marker."""
    from workspaces.tenancy import tenant_scope

    with tenant_scope(workspace):
        for model in business_models():
            fields = [field for field in model._meta.concrete_fields if is_free_text(field)]
            for row in model.objects.filter(tenant=workspace):
                values = {
                    f.attname: marked(getattr(row, f.attname), f.max_length, marker) for f in fields
                }
                if values:
                    model.objects.filter(pk=row.pk).update(**values)


def is_free_text(field):
    from django.db import models

    from workspaces.fields import PhoneField

    plain = field.get_internal_type() in ("CharField", "TextField")
    special = isinstance(field, (models.EmailField, models.URLField, models.FileField, PhoneField))
    return plain and not special and not field.flatchoices and not field.generated


def marked(text, limit, marker):
    """The same text with the marker at its end, still within the field's length."""
    if text in (None, ""):
        return text
    room = (limit or 10_000) - len(marker) - 1
    return f"{text[:room]} {marker}" if room > 0 else text


def make_workspace(name, letter, marker):
    from workspaces.models import Workspace

    workspace = Workspace.objects.create(name=f"{name} {marker}")
    people, tokens = make_people(workspace, letter)
    fill(workspace)
    mark(workspace, marker)
    return {"id": str(workspace.pk), "marker": marker, "people": people, "tokens": tokens}


if __name__ == "__main__":
    django.setup()
    ours = make_workspace("Ours", "a", MARKERS[0])
    theirs = make_workspace("Theirs", "b", MARKERS[1])
    pipe.send(hand_on={"workspaces": [ours, theirs]})
