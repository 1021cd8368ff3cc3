import numpy as np
import torch

from core.ml.training.contrast import contrast_loss, drawn_batches, label_weights, likeness

RNG = np.random.default_rng(0)


def test_texts_that_share_more_labels_should_become_more_alike() -> None:
    labels = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    wanted = likeness(labels, torch.ones(3))
    apart = torch.eye(4)
    together = torch.nn.functional.normalize(
        torch.tensor([[1.0, 0.1, 0.0, 0.0], [1.0, 0.0, 0.1, 0.0], [0.6, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]), dim=1
    )
    assert contrast_loss(together, wanted, temperature=0.1) < contrast_loss(apart, wanted, temperature=0.1)
    assert wanted[0, 1] > wanted[0, 2] > wanted[0, 3] == 0


def test_learning_the_loss_brings_a_labels_texts_together() -> None:
    labels = torch.from_numpy(np.repeat(np.eye(3, dtype=np.float32), 4, axis=0))
    vectors = torch.from_numpy(RNG.normal(size=(12, 8)).astype(np.float32)).requires_grad_()
    optimizer = torch.optim.Adam([vectors], lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        contrast_loss(torch.nn.functional.normalize(vectors, dim=1), labels @ labels.T, temperature=0.1).backward()
        optimizer.step()
    unit = torch.nn.functional.normalize(vectors.detach(), dim=1)
    cosines, same = unit @ unit.T, labels @ labels.T > 0
    assert cosines[same].min() > cosines[~same].max() + 0.5


def test_a_rare_label_in_common_makes_texts_more_alike_than_a_common_one() -> None:
    true = np.array(
        [[True, True, False], [True, True, False], [True, False, True], [True, False, True], [True, False, False]]
    )
    found = likeness(torch.from_numpy(true).float(), label_weights(true))
    assert found[0, 1] > 0.99
    assert found[0, 2] == 0  # all texts have what they have in common
    assert likeness(torch.from_numpy(true).float(), torch.ones(3))[0, 2] > 0.3


def test_a_batch_without_anything_in_common_teaches_nothing() -> None:
    vectors = torch.eye(3).requires_grad_()
    contrast_loss(vectors, torch.eye(3), temperature=0.1).backward()
    assert vectors.grad is not None
    assert not vectors.grad.any()


def test_a_rare_label_is_drawn_as_often_as_a_common_one() -> None:
    true = np.zeros((300, 2), dtype=bool)
    true[:250, 0] = True
    true[250:256, 1] = True
    drawn = list(drawn_batches(true, n_batches=200, batch_size=16, seed=0))
    counts = true[[row for batch in drawn for row in batch]].sum(axis=0)
    assert 0.3 < counts[1] / counts[0] < 1.0
    assert all(len(set(batch)) == 16 for batch in drawn)
    assert all(sum(not true[row].any() for row in batch) == 2 for batch in drawn)


def test_labels_with_one_text_or_none_make_no_pairs_and_do_no_harm() -> None:
    true = np.zeros((6, 3), dtype=bool)
    true[0, 0] = True
    (batch,) = drawn_batches(true, n_batches=1, batch_size=16, seed=0)
    assert all(not true[row].any() for row in batch)
