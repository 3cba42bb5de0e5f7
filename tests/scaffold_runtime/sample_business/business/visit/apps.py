from django.apps import AppConfig


class VisitConfig(AppConfig):
    name = "business.visit"
    label = "visit"
    verbose_name = "Visitas"
