"""The errors of the service, and what whoever catches one does.

XinglinError
├── SettingsError          stop the start; exit 2 with its sentence
├── EmbeddedError          stop the start; the sentence says what to install
├── StoreError
│   ├── StoreUnavailable   answer the busy text; workers wait and try again
│   ├── StaleLease         drop the work; another worker owns the turn
│   ├── HistoryKeyError    stop the start; later go on without what cannot be read, delete nothing
│   │   └── UnboundError   leave the text out; it was not sealed for the place where it stands
│   └── UnreadableRecord   go on without the record; say so
├── MessageError           answer 400
├── SignatureError         answer 403
├── PlatformError
│   ├── PlatformBusy       try again later, with jitter
│   └── PlatformRefused    give up on this message; count the code
├── ModelLoadError         keep the old model; report the sentence
└── AccountError           keep the account that serves; report its sentences
    └── AccountBehind      tell the second of two who changed the same version; nothing is lost
"""

from __future__ import annotations

from collections.abc import Sequence


class XinglinError(Exception):
    """Root of every error that the service raises on purpose."""


class SettingsError(XinglinError):
    """A setting is unknown or has a value that cannot be used."""


class EmbeddedError(XinglinError):
    """The embedded Redis or worker cannot be started."""


class StoreError(XinglinError):
    """Something about the data kept in Redis."""


class StoreUnavailable(StoreError):
    """Redis cannot be reached."""


class StaleLease(StoreError):
    """The turn's lease passed to another worker; this one's writes were refused."""


class HistoryKeyError(StoreError):
    """What is kept in Redis was encrypted with a key that is not among the configured ones."""


class UnboundError(HistoryKeyError):
    """A text in Redis was not encrypted, or for another follower or another place."""


class UnreadableRecord(StoreError):
    """A record in Redis is not what any version of the service writes there."""


class MessageError(XinglinError):
    """A request body is not a message of the platform."""


class SignatureError(XinglinError):
    """A request was not signed with the account's token."""


class PlatformError(XinglinError):
    """A call to the platform did not succeed.

    Attributes:
        code: the platform's `errcode`, or 0 when there was none.
    """

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class PlatformBusy(PlatformError):
    """The platform is busy or unreachable, or answered something that is not JSON."""


class PlatformRefused(PlatformError):
    """The platform refused the call; the same call would be refused again."""


class ModelLoadError(XinglinError):
    """A model cannot be served."""


class AccountError(XinglinError):
    """An account folder cannot be used, or was changed by somebody else.

    Attributes:
        problems: one sentence each; a `Notice` has Chinese beside it.
    """

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class AccountBehind(AccountError):
    """Somebody else published since the version that was changed.

    Attributes:
        number: of the version in force.
        by: who published it.
    """

    def __init__(self, problem: str, number: int, by: str) -> None:
        super().__init__(problem)
        self.number, self.by = number, by


def told(error: XinglinError) -> str:
    """Return what an error says to a person at a terminal, in Chinese as well where it can."""
    said = error.problems if isinstance(error, AccountError) else [str(error)]
    return "\n".join(line for one in said for line in (str(one), getattr(one, "zh", "")) if line)
