"""A cloze around a text: words with a mask, at which the encoder's own masked-LM head is asked what the text is about.

Owns the form that it has in an adapter's file. Leaves out how a template becomes one (training/template.py) and what
is made of the mask's vector (masked_lm.py). (Schick and Schütze 2021, Exploiting Cloze Questions for Few-Shot Text
Classification.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

BEFORE, AFTER, PLACE = NAMES = ("cloze.before", "cloze.after", "cloze.place")


@dataclass(frozen=True)
class Cloze:
    """Token ids that stand before and after every window of a text, one of them the mask's."""

    before: tuple[int, ...]
    """After the special token that begins a sequence."""
    after: tuple[int, ...]
    """Before the one that ends it."""
    place: int
    """Where the mask stands in the whole sequence, counted from its end where negative."""

    def tensors(self) -> "dict[str, Tensor]":
        """Return it as an adapter's file has it."""
        import torch

        return {name: torch.tensor(ids, dtype=torch.int64) for name, ids in zip(NAMES, self._parts(), strict=True)}

    def _parts(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int]]:
        return self.before, self.after, (self.place,)


def read_cloze(tensors: "Mapping[str, Tensor]") -> Cloze | None:
    """Return the cloze among an adapter's tensors, None where there is none; raise ModelError where it makes no sense.

    >>> cloze = Cloze((7, 4), (), 2)
    >>> read_cloze(cloze.tensors()) == cloze
    True
    """
    found = [tensors[name] for name in NAMES if name in tensors]
    if not found:
        return None
    are_ids = all(tensor.ndim == 1 and not tensor.is_floating_point() for tensor in found)
    if len(found) < len(NAMES) or not are_ids or len(found[2]) != 1:
        raise ModelError("The adapter's cloze is not whole: ids before and after the text and one place were expected.")
    before, after, (place,) = (tuple(tensor.tolist()) for tensor in found)
    if not (1 <= place <= len(before) or -len(after) - 1 <= place <= -2) or min(before + after) < 0:
        raise ModelError("The adapter's cloze has its mask outside of its own words.")
    return Cloze(before, after, place)
