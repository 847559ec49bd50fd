"""The errors of training, each with a sentence that says what was wrong and what to do.

TrainingError           the command stops; exit 2 with its sentence
├── DataError           a corpus is missing, empty or malformed
├── ModelError          no model can have such sizes, or read such a text
├── ModelFileError      a model file of the original wyGPT cannot be read or written
├── RunError            a run's folder or its checkpoint does not fit
└── LossError           the loss or a gradient is no number; the last checkpoint stays
"""

from __future__ import annotations


class TrainingError(Exception):
    """Root of every error that training raises on purpose."""


class DataError(TrainingError):
    """A corpus is missing, empty or malformed."""


class ModelError(TrainingError, ValueError):
    """No model can have such sizes, or read such a text."""


class ModelFileError(TrainingError):
    """A model file of the original wyGPT cannot be read or written."""


class RunError(TrainingError):
    """A run's folder or its checkpoint does not fit what was asked for."""


class LossError(TrainingError):
    """The loss or a gradient of a step is not finite; the weights are as before the step."""
