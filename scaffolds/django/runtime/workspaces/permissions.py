"""Who may do what: one question, answered from business/permissions.py."""

from workspaces.roles import OWNER

ACTIONS = ("view", "create", "edit", "delete")


def may(membership, action, model):
    """Whether this member may `view`, `create`, `edit` or `delete` rows of the model."""
    if membership is None:
        return False
    return membership.role == OWNER or action in actions_of(membership.role, model)


def actions_of(role, model):
    from business.permissions import PERMISSIONS

    meta = model._meta
    by_role = PERMISSIONS.get(meta.label_lower, PERMISSIONS.get(meta.app_label, {}))
    return by_role.get(role, ())


def has_role(membership, roles):
    """Whether this member is the owner or has one of the roles."""
    return membership is not None and (membership.role == OWNER or membership.role in roles)
