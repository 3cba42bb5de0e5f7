from business.customer.api import router as customers
from business.visit.api import router as visits
from business.worker.api import router as workers

ROUTERS = {"/customers": customers, "/workers": workers, "/visits": visits}
