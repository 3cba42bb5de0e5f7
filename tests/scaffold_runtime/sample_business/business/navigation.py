from business.customer.models import Customer
from business.visit.models import Visit
from business.worker.models import Worker
from pages.navigation import NavItem

NAVIGATION = [
    NavItem("Resumen", "dashboard_main", icon="chart"),
    NavItem("Visitas", "visit:list", icon="calendar", model=Visit),
    NavItem("Clientes", "customer:list", icon="users", model=Customer),
    NavItem("Mecánicos", "worker:list", icon="wrench", model=Worker),
]
