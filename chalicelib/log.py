"""The one logger: JSON lines through Powertools, identifiers only, never specs, prompts, replies or tokens."""

from __future__ import annotations

from aws_lambda_powertools import Logger

log = Logger(service="fragua")
