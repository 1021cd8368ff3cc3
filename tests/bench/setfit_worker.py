"""SetFit's own package in an environment of its own: JSON in, probabilities out. Run by few_shot.py.

Standard input: {encoder, texts, labels [n][n_labels] of 0 and 1, asked (texts), steps, batch}. Standard output:
{probabilities [n_asked][n_labels], seconds}.
"""

import json
import sys
import time
from contextlib import redirect_stdout
from tempfile import TemporaryDirectory

import numpy as np


def main() -> None:
    """Train and predict."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, models
    from setfit import SetFitModel, Trainer, TrainingArguments
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    order = json.load(sys.stdin)
    started = time.process_time()
    with redirect_stdout(sys.stderr), TemporaryDirectory() as folder:
        word = models.Transformer(order["encoder"], max_seq_length=160)
        body = SentenceTransformer(
            modules=[word, models.Pooling(word.get_word_embedding_dimension()), models.Normalize()], device="cpu"
        )
        head = OneVsRestClassifier(LogisticRegression(max_iter=1000))
        model = SetFitModel(model_body=body, model_head=head, multi_target_strategy="one-vs-rest")
        labels = np.array(order["labels"])
        rows = Dataset.from_dict({"text": order["texts"], "label": labels.tolist()})
        arguments = TrainingArguments(
            output_dir=folder,
            batch_size=order["batch"],
            max_steps=order["steps"],
            num_epochs=1,
            report_to="none",
            save_strategy="no",
            sampling_strategy="unique",
        )
        Trainer(model=model, args=arguments, train_dataset=rows).train()
        seconds = time.process_time() - started
        found = np.asarray(model.predict_proba(order["asked"]))
    json.dump({"probabilities": found.round(5).tolist(), "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
