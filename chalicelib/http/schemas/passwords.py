"""Bodies of `/v1/auth/password`."""

from __future__ import annotations

from pydantic import Field

from chalicelib.http.schemas.auth import Accepted, LinkOpened
from chalicelib.http.schemas.sessions import TokensShown
from chalicelib.http.schemas.shape import Sent, Shown
from chalicelib.http.schemas.texts import Address, Password

__all__ = [
    "Accepted",
    "DeviceShown",
    "ForgotPassword",
    "PasswordChange",
    "PasswordReset",
    "TokensShown",
]


class ForgotPassword(Sent):
    email: Address


class PasswordReset(LinkOpened):
    password: Password = Field(description="12 to 128 characters.")


class PasswordChange(Sent):
    current_password: Password
    new_password: Password = Field(description="12 to 128 characters.")


class DeviceShown(Shown):
    device: str = Field(description="Keep it on this device and send it when signing in.")
