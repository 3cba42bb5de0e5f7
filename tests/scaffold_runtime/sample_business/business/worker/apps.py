from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "business.worker"
    label = "worker"
    verbose_name = "Mecánicos"
