"""What every page's frame needs: the app's name, the menu, the person's workspaces and colours."""

from django.conf import settings

from pages.navigation import items_for


def chrome(request):
    membership = getattr(request, "membership", None)
    return {
        "app_name": settings.APP_NAME,
        "languages": settings.LANGUAGES,
        "membership": membership,
        "memberships": getattr(request, "memberships", []),
        "workspace": getattr(request, "workspace", None),
        "navigation": [
            {"item": item, "is_current": item.is_current(request.path)}
            for item in items_for(membership)
        ],
        "theme": getattr(getattr(request, "user", None), "theme", "system"),
    }
