"""The errors of the engine, and what whoever catches one does.

EngineError
├── CheckpointError   keep the old model; report the sentence
├── ConfigError       stop; the sentence names the option and its value
├── BackendError      stop, or take another backend; the sentence says what is not there
├── PromptError       drop this request; the same prompt would be refused again
├── CompressionError  stop; the sentence says what is wrong with the file, or which model it needs
├── ShapeError        mend the caller; two arrays do not fit each other
├── ResultTimeout     wait again, or cancel the sequence
├── EngineClosed      submit to the engine that took over
└── KernelError       give the request up; the engine itself goes on
    └── DeviceLost    take another backend; this one is over for the process
"""

from __future__ import annotations


class EngineError(Exception):
    """Root of every error that the engine raises on purpose."""


class CheckpointError(EngineError):
    """A model folder cannot be used; the text names the file and the field or tensor."""


class ConfigError(EngineError, ValueError):
    """An option of the engine or of the sampling is out of its range."""


class BackendError(EngineError):
    """A backend, or the library it needs, is not there or does not load."""


class PromptError(EngineError):
    """A prompt cannot be continued."""


class CompressionError(EngineError):
    """A file cannot be read or written, is damaged, or was compressed by another model."""


class ShapeError(EngineError, ValueError):
    """Two arrays do not fit each other."""


class ResultTimeout(EngineError, TimeoutError):
    """The sequence was not finished when the caller stopped waiting; it goes on."""


class EngineClosed(EngineError):
    """The engine was closed; it takes no more work."""


class KernelError(EngineError):
    """The model came to something that is not a number, or a kernel reported a failure."""


class DeviceLost(KernelError):
    """The GPU failed or went away."""
