"""What a training tells while it goes on: how far it is, the points of its learning curve, what it had to change."""

from dataclasses import dataclass

from core.domain.documents import Reason


@dataclass(frozen=True)
class Point:
    """One point of the learning curve."""

    step: int
    """Steps of the optimizer done, from 1."""
    n_steps: int
    """Steps there will be where nothing ends the training early."""
    epoch: float
    seconds: float
    """Since the start of this run; a run that goes on after a break counts from its own start."""
    loss: float
    """Mean training loss since the point before."""
    macro_f1: float | None
    """Mean F1 of the labels that occur in the validation part, each at its best threshold there, so a little
    flattering; None where this point was not measured."""
    learning_rate: float
    """Of the encoder's weights."""


class Watch:
    """Hears of a training and does nothing; subclass it for what is of interest.

    Any of its methods may raise core.errors.Stopped: training ends at once, and the checkpoints stay.
    """

    def phase(self, name: str, done: int, total: int) -> None:
        """Take how much of a phase is done: `reading` (texts), `training` (steps) or `evaluating` (texts)."""

    def point(self, point: Point) -> None:
        """Take one point of the learning curve."""

    def remark(self, reason: Reason) -> None:
        """Take something that the user should know, as that memory ran out and the batch was halved."""
