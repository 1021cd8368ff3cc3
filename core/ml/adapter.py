"""What training changed of an encoder: a small file of matrices that are laid over the encoder's own when it loads.

Owns the file's form. An entry `NAME` takes the place of the encoder's weight of that name; a pair `NAME.lora_A`
[rank, in] and `NAME.lora_B` [out, rank], scale included, is added to it as B · A (Hu et al. 2021, section 4.1).
`LAYER.prefix_key` and `LAYER.prefix_value` [n, hidden] are keys and values that come before a text's own in a layer
(Li and Liang 2021; Liu et al. 2022, P-tuning v2). `cloze.…` are words around each text, see cloze.py.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.ml import cloze
from core.ml.cloze import Cloze, read_cloze

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER = "adapter.safetensors"
_DOWN, _UP = ".lora_A", ".lora_B"
_KEY, _VALUE = ".prefix_key", ".prefix_value"
_SIGN = "attention.self.query.weight"
"""What a layer of an encoder has in any case."""


class Adapter:
    """Changes to an encoder's weights, by the names that transformers' BertModel gives them."""

    def __init__(self, tensors: "Mapping[str, Tensor]") -> None:
        self.tensors = dict(tensors)
        """As the file has them."""

    @classmethod
    def read(cls, path: Path) -> "Adapter":
        """Return the adapter in a safetensors file; raise ModelError where it is none."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return cls(load_file(path))
        except (OSError, SafetensorError) as error:
            raise ModelError(
                "The adapter {path} cannot be read: {detail}", path=str(path), detail=str(error)
            ) from error

    @property
    def names(self) -> set[str]:
        """Return the encoder weights that are changed."""
        return {name.removesuffix(_DOWN).removesuffix(_UP) for name in self.tensors if not self._is_apart(name)}

    @property
    def prefixes(self) -> "dict[str, Tensor]":
        """Return what comes before a text, as the file has it."""
        return {name: tensor for name, tensor in self.tensors.items() if name.endswith((_KEY, _VALUE))}

    @property
    def cloze(self) -> Cloze | None:
        """Return the words around each text, None where there are none; raise ModelError where they make no sense."""
        return read_cloze(self.tensors)

    @staticmethod
    def _is_apart(name: str) -> bool:
        """Return whether a tensor changes no weight of the encoder's."""
        return name in cloze.NAMES or name.endswith((_KEY, _VALUE))

    def require_within(self, known: Iterable[str]) -> None:
        """Raise ModelError where a changed weight, or a layer with a prefix, is not one of the encoder's."""
        layers = {f"{name.rpartition('.')[0]}.{_SIGN}" for name in self.prefixes}
        unknown = sorted((self.names | layers) - set(known))
        if unknown:
            raise ModelError("The adapter changes weights that the encoder does not have: {names}", names=unknown[0])

    def over(self, name: str, weight: "Tensor") -> "Tensor":
        """Return an encoder's weight with the change laid over it, itself where there is none.

        >>> import torch
        >>> change = Adapter({"w.lora_A": torch.ones(1, 2), "w.lora_B": torch.ones(3, 1)})
        >>> change.over("w", torch.zeros(3, 2)).sum().item(), change.over("v", torch.zeros(2)).sum().item()
        (6.0, 0.0)
        """
        whole, down, up = (self.tensors.get(name + part) for part in ("", _DOWN, _UP))
        if whole is not None:
            self._require_shape(name, tuple(whole.shape), weight)
            return whole.to(weight.dtype)
        if down is None and up is None:
            return weight
        if down is None or up is None or down.ndim != 2 or up.ndim != 2 or up.shape[1] != down.shape[0]:
            raise ModelError("The adapter's {name} is not a pair of matrices that can be multiplied.", name=name)
        # before the product: two thin matrices of a hostile file can span one that no memory holds
        self._require_shape(name, (up.shape[0], down.shape[1]), weight)
        return weight.float() + up.float() @ down.float()

    def prefix(self, layer: str, width: int) -> "tuple[Tensor, Tensor] | None":
        """Return keys and values [n, width] before those of a text, None where the layer has none."""
        key, value = self.tensors.get(layer + _KEY), self.tensors.get(layer + _VALUE)
        if key is None and value is None:
            return None
        if key is None or value is None or key.shape != value.shape or key.ndim != 2 or key.shape[1] != width:
            raise ModelError("The adapter's prefix of {name} does not fit the encoder.", name=layer)
        return key, value

    @staticmethod
    def _require_shape(name: str, found: tuple[int, ...], weight: "Tensor") -> None:
        if found != tuple(weight.shape):
            raise ModelError("The adapter's {name} has another shape than the encoder's.", name=name)
