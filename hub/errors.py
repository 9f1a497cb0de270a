"""Every exception of the hub, grouped by what the caller does next.

A message says where, what, what was expected and what to do, in that order.  It names source, batch, row and
column and never a value of a person.
"""

from __future__ import annotations


class HubError(Exception):
    """Something in the hub went wrong."""

    exit_code = 1

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__class__.__doc__)


class ConfigError(HubError):
    """A file or setting must be mended before this can run."""

    exit_code = 2


class AbsentError(ConfigError):
    """There is nothing of that name or number; the message says where to look."""


class ConfigErrors(ConfigError):
    """Several problems of one file, reported together."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class RefusedError(HubError):
    """You may not do this; ask whoever grants rights (`hub user list --role security`)."""

    exit_code = 77  # EX_NOPERM


class RetryableError(HubError):
    """A passing fault (network, busy server): the same call may work later."""

    exit_code = 75  # EX_TEMPFAIL


class ChangedError(HubError):
    """What this decision rests on has changed since it was shown; look again, then decide."""

    exit_code = 75

    def __init__(self, message: str | None = None, changed: tuple[str, ...] = ()) -> None:
        self.changed = changed
        super().__init__(message)


class FatalError(HubError):
    """This run cannot continue; trying again without a change will fail the same way."""


class SourceError(FatalError):
    """What the source sent cannot be read as declared; the last good data stays."""


class StoppedError(HubError):
    """The gate stopped the batch; a person decides with `hub gate approve` or `hub gate reject`."""

    exit_code = 3


class LedgerError(FatalError):
    """The ledger of a batch does not balance; nothing of it was published."""
