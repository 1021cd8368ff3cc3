import pytest
import torch

from core.ml.training.losses import asymmetric, bce, focal, loss_named, positive_weights, weighted

TAUGHT = torch.tensor([[1.0, 0.0, 1.0]] * 2 + [[0.0, 0.0, 1.0]] * 18)


def slopes(loss, logits: list[float], labels: list[float]) -> list[float]:
    """Return how strongly each of a text's logits is pulled."""
    found = torch.tensor([logits], requires_grad=True)
    loss(found, torch.tensor([labels])).backward()
    return found.grad[0].tolist()


def test_weights_lift_the_positives_of_rare_labels_alone() -> None:
    assert positive_weights(TAUGHT).tolist() == pytest.approx([3.0, 19**0.5, 1.0])
    loss = loss_named("weighted", TAUGHT)
    plain, lifted = (slopes(each, [0.0] * 3, [1.0, 0.0, 1.0]) for each in (bce, loss))
    assert [b / a for a, b in zip(plain, lifted, strict=True)] == pytest.approx([3.0, 1.0, 1.0])
    assert weighted(torch.zeros(1, 3), torch.zeros(1, 3), weights=positive_weights(TAUGHT)) == bce(
        torch.zeros(1, 3), torch.zeros(1, 3)
    )


def test_focal_plays_down_what_is_decided_well() -> None:
    easy, hard = (slopes(focal, [z], [1.0])[0] / slopes(bce, [z], [1.0])[0] for z in (3.0, -3.0))
    assert easy < 0.05 < 0.8 < hard


def test_asymmetric_leaves_easy_negatives_and_keeps_positives() -> None:
    negatives = slopes(asymmetric, [-4.0, 0.0, 4.0], [0.0] * 3)
    assert negatives[0] == 0.0 < negatives[1] < 0.2 < negatives[2]
    assert slopes(asymmetric, [-2.0], [1.0]) == pytest.approx(slopes(bce, [-2.0], [1.0]))


@pytest.mark.parametrize("name", ["bce", "weighted", "focal", "asymmetric"])
def test_every_loss_is_least_where_all_is_right(name: str) -> None:
    labels = torch.tensor([[1.0, 0.0, 1.0]])
    loss = loss_named(name, TAUGHT)
    right, wrong = (loss(sign * 20 * (labels - 0.5), labels) for sign in (1, -1))
    assert 0 <= right < 1e-3 < wrong
    assert torch.isfinite(wrong)
