from django.contrib.auth.decorators import login_not_required
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from config.api import api
from pages.home import home
from workspaces.admin import admin_site

favicon = login_not_required(RedirectView.as_view(url=static("favicon.svg")))

urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("accounts.urls")),
    path("", include("workspaces.urls")),
    path("audit/", include("audit.urls")),
    path("files/", include("files.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin_site.urls),
    path("i18n/set/", login_not_required(set_language), name="set_language"),
    path("favicon.ico", favicon),
    path("", include("operations.urls")),
    path("", include("business.urls")),
]

handler403 = "pages.errors.refused"
handler404 = "pages.errors.not_found"
handler500 = "pages.errors.broken"
