import numpy as np
import pandas as pd

from core.charts import ChartText, learning_curve


def points(n, **columns):
    steps = np.arange(1, n + 1) * 10
    frame = pd.DataFrame({"step": steps, "n_steps": 200, "epoch": steps / 100, "loss": 5.0 / steps, "macro_f1": np.nan})
    return frame.assign(**columns)


def words(figure):
    return " ".join(note.text for note in figure.layout.annotations)


def test_loss_and_validation_share_the_steps_of_the_whole_training():
    frame = points(4, macro_f1=[np.nan, 0.4, np.nan, 0.6])
    loss, validation = learning_curve(frame).data
    assert list(loss.x) == [10, 20, 30, 40]
    assert (list(validation.x), list(validation.y)) == ([20, 40], [0.4, 0.6])
    assert (loss.yaxis, validation.yaxis) == ("y", "y2")
    figure = learning_curve(frame)
    assert figure.layout.xaxis.range[1] >= 200
    assert tuple(figure.layout.yaxis2.range) == (0, 1)
    assert "step 40 of 200, epoch 0.40" in validation.hovertext[1]
    assert "only a few points" not in words(figure)


def test_an_early_curve_says_so_and_an_absent_one_says_why():
    assert "only a few points so far" in words(learning_curve(points(2)))
    empty = learning_curve(points(0), text=ChartText(no_curve="noch nichts"))
    assert not empty.data
    assert words(empty) == "noch nichts"
