from pathlib import Path

from business.customer.models import Customer
from business.visit.models import Visit
from business.worker.models import Worker
from workspaces.demo import load_rows


def load_demo(workspace):
    load_rows(workspace, Path(__file__).with_name("demo.json"), models=[Customer, Worker, Visit])
