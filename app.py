"""Front door: the API with its routes, and one Lambda per state of the state machine. A list, no logic.

The surprise: Lambdas are declared here and not in blueprints, because Chalice would deploy those with the blueprint's
module as handler, and this file would never run.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice

from chalicelib import events, jobs, tasks
from chalicelib.http import register
from chalicelib.wiring import wires

Event = dict[str, Any]

app = Chalice(app_name="fragua", configure_logs=False)  # its logger has our name and would hush it
register(app)


# from the MVS to source


@app.lambda_function(name="orchestrate")
def orchestrate(event: Event, context: Any) -> Any:
    return tasks.orchestrate(event, wires())


@app.lambda_function(name="write_prd")
def write_prd(event: Event, context: Any) -> Any:
    return tasks.write_prd(event, wires())


@app.lambda_function(name="design")
def design(event: Event, context: Any) -> Any:
    return tasks.design(event, wires())


@app.lambda_function(name="converge")
def converge(event: Event, context: Any) -> Any:
    return tasks.converge(event, wires())


@app.lambda_function(name="generate_module")
def generate_module(event: Event, context: Any) -> Any:
    return tasks.generate_module(event, wires())


@app.lambda_function(name="assemble")
def assemble(event: Event, context: Any) -> Any:
    return tasks.assemble(event, wires())


# judging it


@app.lambda_function(name="run_checks")
def run_checks(event: Event, context: Any) -> Any:
    return tasks.run_checks(event, wires())


@app.lambda_function(name="review")
def review(event: Event, context: Any) -> Any:
    return tasks.review(event, wires())


@app.lambda_function(name="decide")
def decide(event: Event, context: Any) -> Any:
    return tasks.decide(event, wires())


# from source to a running app


@app.lambda_function(name="provision_database")
def provision_database(event: Event, context: Any) -> Any:
    return tasks.provision_database(event, wires())


@app.lambda_function(name="push_image")
def push_image(event: Event, context: Any) -> Any:
    return tasks.push_image(event, wires())


@app.lambda_function(name="migrate_database")
def migrate_database(event: Event, context: Any) -> Any:
    return tasks.migrate_database(event, wires())


@app.lambda_function(name="start_service")
def start_service(event: Event, context: Any) -> Any:
    return tasks.start_service(event, wires())


@app.lambda_function(name="await_healthy")
def await_healthy(event: Event, context: Any) -> Any:
    return tasks.await_healthy(event, wires())


@app.lambda_function(name="hand_over")
def hand_over(event: Event, context: Any) -> Any:
    return tasks.hand_over(event, wires())


@app.lambda_function(name="record_success")
def record_success(event: Event, context: Any) -> Any:
    return tasks.record_success(event, wires())


@app.lambda_function(name="clean_up")
def clean_up(event: Event, context: Any) -> Any:
    return tasks.clean_up(event, wires())


# what arrives in the inbox and among the uploads


@app.lambda_function(name="process_artifact")
def process_artifact(event: Event, context: Any) -> Any:
    return events.process_artifact(event, wires())


@app.lambda_function(name="read_spreadsheet")
def read_spreadsheet(event: Event, context: Any) -> Any:
    return events.read_spreadsheet(event, wires())


# beside all runs: turns of conversations, what nobody drives any more, what nobody waits for


@app.lambda_function(name="answer_turn")
def answer_turn(event: Event, context: Any) -> Any:
    return tasks.answer_turn(event, wires())


@app.lambda_function(name="sweep")
def sweep(event: Event, context: Any) -> Any:
    return events.sweep(event, wires())


@app.lambda_function(name="task_stopped")
def task_stopped(event: Event, context: Any) -> Any:
    return events.task_stopped(event, wires())


@app.lambda_function(name="do_jobs")
def do_jobs(event: Event, context: Any) -> Any:
    return jobs.do(event, wires())
