from django.urls import path

from business.visit import views

app_name = "visit"
urlpatterns = [
    path("", views.VisitList.as_view(), name="list"),
    path("board/", views.VisitBoard.as_view(), name="board"),
    path("calendar/", views.VisitCalendar.as_view(), name="calendar"),
    path("new/", views.VisitCreate.as_view(), name="create"),
    path("<int:pk>/", views.VisitDetail.as_view(), name="detail"),
    path("<int:pk>/edit/", views.VisitEdit.as_view(), name="edit"),
    path("<int:pk>/delete/", views.VisitDelete.as_view(), name="delete"),
    path("<int:pk>/do/<slug:transition>/", views.VisitTransition.as_view(), name="transition"),
]
