"""Life cycles: which state follows which, and who may move a row there."""

from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from workspaces.permissions import has_role
from workspaces.rules import EMPTY, RequiredWhen
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

    def asks(self, row, transition):
        """Fields a rule wants filled in where the transition leads, and that are empty yet."""
        return [
            rule.field
            for rule in row.rules
            if isinstance(rule, RequiredWhen)
            and transition.target in rule.field_is.get(self.field, ())
            and getattr(row, rule.field) in EMPTY
        ]

    def begin(self, row, key, membership):
        """Put the row in its next state, unsaved. Refuses a wrong role (PermissionDenied) and a wrong state (WrongState)."""
        transition = self.transition(key)
        if transition is None or not has_role(membership, transition.roles):
            raise PermissionDenied
        if self.state(row) not in transition.sources:
            raise WrongState(_("That is not possible any more: somebody changed it meanwhile."))
        setattr(row, self.field, transition.target)
        return transition

    def apply(self, row, key, membership):
        """Move the row and save it; refuses broken rules too."""
        transition = self.begin(row, key, membership)
        self.save(row, transition)
        return transition

    def save(self, row, transition):
        row.full_clean()
        with named_action(transition.key):
            row.save()
