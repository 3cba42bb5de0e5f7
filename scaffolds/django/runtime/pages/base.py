"""What all pages share: whose permission they ask, which template they use, how rows are found."""

from django.core.exceptions import PermissionDenied
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.views.generic.base import ContextMixin

from workspaces.models import route_name
from workspaces.permissions import may


class Page(ContextMixin):
    """Refuses people without the permission before anything is read."""

    model = None
    action = "view"
    template = ""
    """A module's own `<module>/<template>` goes before the runtime's `pages/<template>`."""

    def dispatch(self, request, *args, **kwargs):
        if not self.is_allowed():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def is_allowed(self):
        return may(self.request.membership, self.action, self.model)

    def get_template_names(self):
        own = f"{self.model._meta.app_label}/{self.model.route_prefix}{self.template}"
        return [own, f"pages/{self.template}"]

    def get_queryset(self):
        return self.model._default_manager.all()

    def get_context_data(self, **kwargs):
        meta = self.model._meta
        facts = {
            "model": self.model,
            "kind": capfirst(meta.verbose_name),
            "kinds": capfirst(meta.verbose_name_plural),
            "list_url": url_of(self.model, "list"),
            "board_url": url_of(self.model, "board"),
            "calendar_url": url_of(self.model, "calendar"),
        }
        return super().get_context_data(**facts, **kwargs)


def url_of(model, name, *args):
    """The address of one of the module's pages, or nothing when it has no such page."""
    try:
        return reverse(route_name(model, name), args=args)
    except NoReverseMatch:
        return ""
