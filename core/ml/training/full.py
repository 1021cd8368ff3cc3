"""Method `full`: the weights themselves are trained, of the upper layers or of the whole encoder.

Lower layers learn at smaller rates, as what they know is more general (Howard and Ruder 2018, section 3.2). The changed
weights are stored whole, so a model is as large as what was trained.
"""

from typing import Any

from torch import Tensor, nn

from core.errors import InputError
from core.ml.training import gradient
from core.ml.training.change import Change
from core.ml.training.finish import Fitted
from core.ml.training.material import Material
from core.ml.training.methods import Run
from core.ml.training.options import FullOptions
from core.ml.training.upper import full_name

HALF_MAX = 60_000.0


def fit(material: Material, options: FullOptions, run: Run) -> Fitted:
    """Train the weights and the head."""
    if options.train_embeddings and options.frozen_layers:
        raise InputError(
            "`train_embeddings` needs `frozen_layers` 0, found {n}: what lies above cannot stay as it is.",
            n=options.frozen_layers,
        )
    return gradient.fit(
        material,
        options,
        run,
        lambda encoder, embeddings: Weights(encoder, options, embeddings=embeddings),
        with_ids=options.train_embeddings,
    )


class Weights(Change):
    """All weights of the layers, and of the embeddings where those are trained."""

    options: FullOptions

    def __init__(self, encoder: nn.Module, options: FullOptions, *, embeddings: nn.Module) -> None:
        """Take all of the layers, and the embeddings where the options say so."""
        super().__init__(encoder, options, embeddings=embeddings if options.train_embeddings else None)

    def groups(self) -> list[dict[str, Any]]:
        """Return a group a layer and kind; biases and normalisations are not drawn to zero."""
        layers = list(self.encoder.encoder.layer)  # type: ignore[union-attr,arg-type]
        parts = [*([self.embeddings] if self.embeddings else []), *layers]
        found = []
        for below_top, part in enumerate(reversed(parts)):
            rate = self.options.learning_rate * self.options.layer_decay**below_top
            weights = list(part.parameters())
            for is_matrix, decay in ((True, self.options.weight_decay), (False, 0.0)):
                own = [weight for weight in weights if (weight.ndim > 1) is is_matrix]
                found.append({"params": own, "lr": rate, "weight_decay": decay})
        return found

    def tensors(self) -> dict[str, Tensor]:
        """Return the weights: matrices in half precision, where a vector's few values stay as they are."""
        found = {}
        for name, weight in self.encoder.named_parameters():
            found[full_name(name, n_frozen=self.options.frozen_layers)] = weight
        for name, weight in self.embeddings.named_parameters() if self.embeddings else ():
            found[f"embeddings.{name}"] = weight
        return {name: _stored(weight.detach()) for name, weight in found.items()}


def _stored(weight: Tensor) -> Tensor:
    kept = weight.half() if weight.ndim > 1 and weight.abs().max() < HALF_MAX else weight
    return kept.cpu().contiguous()
