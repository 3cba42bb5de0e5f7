from django.db.models import Q

from business.customer.models import Customer
from business.visit.models import Visit
from pages.tiles import Count, Sum
from pages.views import DashboardPage


class MainDashboard(DashboardPage):
    title = "Resumen"
    tiles = [
        Count("Visitas previstas", Visit, where=Q(status="planned")),
        Count("Clientes", Customer),
        Sum("Facturado", Visit, "price", where=Q(status="done")),
        Count("Visitas por estado", Visit, group_by="status"),
        Sum("Importe por mecánico", Visit, "price", group_by="worker"),
    ]
