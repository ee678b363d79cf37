"""Errors that a person can act on.

Every error carries a stable code, an English message for the log, and three Vietnamese sentences for the
officer: what happened, what was kept, what to do. None of them may hold document text, personal numbers or secrets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """What the officer sees, in Vietnamese."""

    happened: str
    kept: str = "Tệp gốc được giữ nguyên."
    todo: str = "Liên hệ quản trị hệ thống."

    def __str__(self) -> str:
        return f"{self.happened} {self.kept} {self.todo}"


class SohoaError(Exception):
    """Base of all errors that end an act in a clear way.

    Attributes:
        code: stable, lower-case, hyphenated; part of the public interface (``docs/formats.md``).
        advice: what the officer sees.
    """

    def __init__(self, code: str, log_message: str, advice: Advice) -> None:
        super().__init__(f"{code}: {log_message}")
        self.code = code
        self.log_message = log_message
        self.advice = advice


class BadInput(SohoaError):
    """This one file cannot be processed; it goes to quarantine and the batch goes on."""


class NotReady(SohoaError):
    """The machine lacks something (language pack, font, store, signer); found before the work starts."""


class Refused(SohoaError):
    """The act is not allowed by rule (law, state, authority); nothing was changed."""


class Unavailable(SohoaError):
    """A service did not answer in time or answered with a fault; the act may be repeated later."""
