from django.urls import include, path

from business.dashboards import MainDashboard

urlpatterns = [
    path("dashboards/main/", MainDashboard.as_view(), name="dashboard_main"),
    path("customers/", include("business.customer.urls")),
    path("workers/", include("business.worker.urls")),
    path("visits/", include("business.visit.urls")),
]
