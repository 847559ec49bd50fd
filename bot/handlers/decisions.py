"""The decisions about a message: answer now, ask the model, give more, pass on, stay silent."""

from __future__ import annotations

from dataclasses import dataclass

from xinglin.wechat.replies import Media


@dataclass(frozen=True, slots=True)
class Answer:
    """A text that is known now.

    Attributes:
        text: may be longer than one bubble.
        generated: the model wrote it, so every bubble carries the AI label.
        media: a picture, voice, video or article that is sent instead of the text.
    """

    text: str
    generated: bool = False
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for the model."""

    text: str


@dataclass(frozen=True, slots=True)
class Collect:
    """The user wants the rest of a long reply, or a reply that came too late to be shown.

    Attributes:
        nothing: what is said where there is none; "" for the usual text.
    """

    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """The message goes to the platform's own customer-service tool."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No reply is wanted; the platform gets `success`."""


Decision = Answer | Ask | Collect | Transfer | Nothing
