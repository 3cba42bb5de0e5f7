from django.urls import path

from business.worker import views

app_name = "worker"
urlpatterns = [
    path("", views.WorkerList.as_view(), name="list"),
    path("new/", views.WorkerCreate.as_view(), name="create"),
    path("<int:pk>/", views.WorkerDetail.as_view(), name="detail"),
    path("<int:pk>/edit/", views.WorkerEdit.as_view(), name="edit"),
    path("<int:pk>/delete/", views.WorkerDelete.as_view(), name="delete"),
]
