from django.urls import path

from business.customer import views

app_name = "customer"
urlpatterns = [
    path("", views.CustomerList.as_view(), name="list"),
    path("new/", views.CustomerCreate.as_view(), name="create"),
    path("<int:pk>/", views.CustomerDetail.as_view(), name="detail"),
    path("<int:pk>/edit/", views.CustomerEdit.as_view(), name="edit"),
    path("<int:pk>/delete/", views.CustomerDelete.as_view(), name="delete"),
]
