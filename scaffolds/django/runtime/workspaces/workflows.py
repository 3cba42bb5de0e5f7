"""Life cycles: which state follows which, and who may move a row there."""

from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from workspaces.permissions import has_role
from workspaces.tenancy import named_action


class WrongState(ValidationError):
    """The row is not where this transition starts."""


@dataclass(frozen=True)
class Transition:
    key: str
    label: str
    sources: list[str]
    target: str
    roles: list[str] = field(default_factory=list)
    """Who may, besides the owner."""


@dataclass(frozen=True)
class Workflow:
    """`field` changes through transitions only: declare it with `editable=False` and its first state as default."""

    field: str
    transitions: list[Transition]

    def state(self, row):
        return getattr(row, self.field)

    def transition(self, key):
        return next((one for one in self.transitions if one.key == key), None)

    def available(self, row, membership):
        """What this member may do with the row now."""
        return [
            one
            for one in self.transitions
            if self.state(row) in one.sources and has_role(membership, one.roles)
        ]

    def apply(self, row, key, membership):
        """Move the row. Refuses a wrong role (PermissionDenied), a wrong state (WrongState) and broken rules."""
        transition = self.transition(key)
        if transition is None or not has_role(membership, transition.roles):
            raise PermissionDenied
        if self.state(row) not in transition.sources:
            raise WrongState(_("That is not possible any more: somebody changed it meanwhile."))
        setattr(row, self.field, transition.target)
        row.full_clean()
        with named_action(transition.key):
            row.save()
        return transition
