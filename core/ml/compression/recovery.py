"""A head for an encoder with fewer layers: it learns to say of texts what the whole classifier says, no labels needed.

(Hinton et al. 2015, Distilling the Knowledge in a Neural Network: the teacher's probabilities are the targets.)
"""

import numpy as np
from numpy.typing import NDArray

from core.ml.model_folder import Head
from core.ml.training import linear

Floats = NDArray[np.float32]
PENALTY = 0.003
"""Ridge penalty. Soft targets carry less noise than labels, so less than in training is enough."""


def refitted(student: Floats, targets: Floats) -> Head:
    """Return the head whose probabilities of the student's vectors [n, width] are nearest to the targets [n, labels].

    Targets are calibrated probabilities, so what comes of it is calibrated like them and keeps their thresholds.
    """
    found = linear.fit(student, targets, penalty=PENALTY)
    return Head(found.weight, found.bias)
