from django.urls import path

from workspaces import members, views

app_name = "workspaces"
urlpatterns = [
    path("workspaces/new/", views.CreateWorkspace.as_view(), name="create"),
    path("workspaces/edit/", views.EditWorkspace.as_view(), name="edit"),
    path("workspaces/<uuid:pk>/open/", views.switch, name="switch"),
    path("members/", members.members, name="members"),
    path("members/<int:pk>/role/", members.change_role, name="change_role"),
    path("members/<int:pk>/remove/", members.remove, name="remove"),
    path("members/invitations/<int:pk>/withdraw/", members.withdraw, name="withdraw"),
    path("members/join/<str:secret>/", members.accept_invitation, name="accept_invitation"),
]
