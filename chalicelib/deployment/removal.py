"""Taking an app out of the world for good: what serves, what it stored, what it was built from.

In: the versions of one app, the newest first. Out: nothing; `CloudBusy` while one of them is still being made. Callers:
the job `purge`. The surprise: everything is found by name and asked for again whenever this is repeated, so it does not
matter where an earlier call broke off.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chalicelib.deployment import names, provision
from chalicelib.deployment.handover import password_name
from chalicelib.deployment.ports import AppDatabases, ContainerServices, Images, Routes, Secrets
from chalicelib.deployment.undo import close, drop_scratches, forget_tasks
from chalicelib.errors import CloudBusy, Conflict
from chalicelib.generation import lifecycle
from chalicelib.generation.ports import RunLog, StateMachine
from chalicelib.generation.records import GenerationStore
from chalicelib.generation.run import Run
from chalicelib.settings import Settings
from chalicelib.tenancy.deletion import BY, Built

RECENT: Final = timedelta(days=1)
"""Longer than any run and its clean-up take: of an older one nothing is under way."""


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Called with the versions of one app after the other."""

    tenant_id: UUID
    now: datetime
    settings: Settings
    containers: ContainerServices
    routes: Routes
    databases: AppDatabases
    secrets: Secrets
    images: Images
    generations: GenerationStore
    runs: RunLog
    machine: StateMachine

    def __call__(self, versions: Sequence[Built]) -> None:
        recent = [one for one in versions if one.is_open or self._is_recent(one)]
        for version in recent:
            self._end(version)
        newest = self._run(versions[0])
        close(newest, settings=self.settings, containers=self.containers, routes=self.routes)
        self._retire_definitions(newest)
        for version in recent:
            self._tidy(self._run(version))
        for version in versions:
            self._forget(self._run(version))
        self._drop(newest)

    def _is_recent(self, version: Built) -> bool:
        return version.ended_at is None or self.now - version.ended_at < RECENT

    def _end(self, version: Built) -> None:
        """Raises `CloudBusy` until none of its Lambdas can be at work any more."""
        id_ = str(version.generation_id)
        if version.is_open:
            with suppress(Conflict):
                lifecycle.cancel(
                    self.tenant_id,
                    version.generation_id,
                    by=BY,
                    generations=self.generations,
                    runs=self.runs,
                )
            self.machine.stop(id_, "The organization was deleted.")
        execution = self.machine.execution(id_)
        quiet = timedelta(seconds=self.settings.sweep_quiet_s)
        if execution and (
            execution.is_running or (execution.ended_at and self.now - execution.ended_at < quiet)
        ):
            raise CloudBusy(f"Generation {id_} may still be at work.")

    def _retire_definitions(self, newest: Run) -> None:
        """All of them: each look finds the newest few."""
        family = names.service_family(self.settings, newest)
        while found := self.containers.registered(family):
            for definition in found:
                self.containers.deregister(definition.arn)

    def _tidy(self, run: Run) -> None:
        """What its own end may not have come to. Of an older one it has, hours ago."""
        forget_tasks(run, settings=self.settings, containers=self.containers)
        drop_scratches(run, settings=self.settings, databases=self.databases, secrets=self.secrets)

    def _forget(self, run: Run) -> None:
        self.secrets.delete(password_name(self.settings, run))
        self.images.remove([names.image_tag(run)])
        self.runs.forget(run.generation_id)

    def _drop(self, newest: Run) -> None:
        provision.drop(
            names.app_database(newest),
            lambda kind: names.app_secret(self.settings, newest, kind),
            databases=self.databases,
            secrets=self.secrets,
        )
        self.secrets.delete(names.app_secret(self.settings, newest, provision.FIRST))

    def _run(self, version: Built) -> Run:
        return Run(
            generation_id=str(version.generation_id),
            tenant_id=str(self.tenant_id),
            app_id=str(version.app_id),
            app_number=version.app_number,
            slug=version.slug,
            version=version.version,
            locale=version.locale,
        )
