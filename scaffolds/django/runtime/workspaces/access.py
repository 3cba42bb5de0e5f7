from django.core.exceptions import PermissionDenied
from django.utils.decorators import method_decorator


def owners_only(view):
    """For pages that only owners of the workspace may open."""

    def guarded(request, *args, **kwargs):
        if request.membership is None or not request.membership.is_owner:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


owner_required = method_decorator(owners_only, name="dispatch")
