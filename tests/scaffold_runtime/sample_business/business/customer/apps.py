from django.apps import AppConfig


class CustomerConfig(AppConfig):
    name = "business.customer"
    label = "customer"
    verbose_name = "Clientes"
