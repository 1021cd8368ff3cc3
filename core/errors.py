"""The errors whose text is written for the user; everything else that is raised is a defect of ours.

A message is an English template that the catalogues translate, kept apart from its parameters so that a
reason stored today can be shown in another language tomorrow.
"""

from typing import Any


class AppError(Exception):
    """Say what was expected, what was found and what to do.

    >>> str(InputError("{name} is empty.", name="a.txt"))
    'a.txt is empty.'
    """

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        """Return the English text with its parameters filled in."""
        return self.message.format(**self.params)


class InputError(AppError):
    """A file, record, text or option that cannot be used as it is."""


class MissingError(AppError):
    """Something that was asked for by name or number does not exist."""


class MachineError(AppError):
    """The machine refuses: disk full, folder read-only, port taken, database locked."""


class ModelError(AppError):
    """A model or encoder that is absent, damaged or does not fit."""


class Stopped(Exception):
    """Raised by who watches long work to end it at once; no error, and nothing to tell the user."""
