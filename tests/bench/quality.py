"""Our default recipe against what others would do with the same texts, measured on the labelled real texts.

Every baseline learns from the bundled texts and is measured on the same set in the same run. It takes over an
hour, so `make bench` runs it by name alone (NAME=quality). A baseline that would take over half an hour gets a fixed
part of the texts, and our recipe beside it the same part.
"""

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.special import expit

from core.config import BUNDLED_DATA, PROJECT_ROOT
from core.domain.taxonomy_file import load_taxonomy
from core.ingest import split_passages
from core.ingest.clean import clean_text
from core.ml.aggregate import top_share_mean
from core.ml.decisions import Rules
from core.ml.embedder import Embedder
from core.ml.evaluate import evaluate
from core.ml.examples import Example, data_hash, joined, label_matrix, read_examples
from core.ml.model_folder import read_description
from core.ml.tagger import Tagger
from core.ml.training.calibration import choose_thresholds, platt
from core.ml.training.finish import OFF_TOPIC_SHARE, THRESHOLD_SHRINKAGE
from core.ml.training.head import fit_vectors
from core.ml.training.material import Material
from core.ml.training.methods import train
from tests.bench.texts import encoder_dir

LABELLED = PROJECT_ROOT.parent / "shared" / "labels" / "dev.jsonl"
LEVELS = {"aspects": "aspect", "dimensions": "dimension", "topics": "topic_10", "sectors": "sector"}
TREE = load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
LABEL_IDS = [label.id for label in TREE.labels]
RULES = Rules(LABEL_IDS, TREE)
CURVE = (500, 1000, 2000, 4000)
"""So many texts, drawn with a fixed seed, beside all of them."""
SETFIT_STEPS = 200
Rows = dict[str, dict[str, object]]
Scores = tuple[np.ndarray, np.ndarray]
"""Probabilities [n, n_labels] of the labelled texts, and thresholds [n_labels]."""


def run() -> Rows:
    """Measure and return the rows `training.*` of the bench: against every baseline, and with fewer texts."""
    rows: Rows = {}
    with workplace() as (whole, real):
        materials = {n: _part(whole, n) for n in CURVE} | {len(whole.examples): whole}
        ours = {n: _ours(material, real) for n, material in materials.items()}
        everything = ours[len(whole.examples)]
        for n in CURVE:
            described = f"the same recipe on {n} of {len(whole.examples)} texts"
            rows |= _rows(f"with_{n}_texts", everything, ours[n], described, len(real))
        for name, (described, score, n_texts) in BASELINES.items():
            if name == "setfit" and not importlib.util.find_spec("setfit"):
                print("setfit is not installed: left out.", file=sys.stderr)
                continue
            n = n_texts or len(whole.examples)
            started = time.monotonic()
            theirs = _levels(real, score(materials[n], real))
            seconds = round(time.monotonic() - started)
            rows |= _rows(f"over_{name}", ours[n], theirs, f"{described}; {n} texts, {seconds} s", len(real))
    return rows


@contextmanager
def workplace() -> Iterator[tuple[Material, list[Example]]]:
    """Yield the bundled texts on the default encoder, and the labelled real ones."""
    if not LABELLED.is_file():
        raise SystemExit(f"{LABELLED} is not there: there are no labelled real texts to measure on.")
    files = [path for name in ("training", "chronicle") for path in sorted((BUNDLED_DATA / name).glob("*.jsonl"))]
    with TemporaryDirectory() as folder:
        yield Material(read_examples(files, TREE), encoder_dir(Path(folder)), TREE), read_examples([LABELLED], TREE)


def _rows(name: str, ours: dict[str, float], baseline: dict[str, float], described: str, n: int) -> Rows:
    print(name, baseline, file=sys.stderr)
    return {
        f"training.{level}_{name}": {
            "ours": round(ours[level], 4),
            "baseline": round(value, 4),
            "ratio": round(ours[level] / max(value, 1e-9), 4),
            "unit": "share of texts" if level == "off_topic_untagged" else "macro F1",
            "baseline_is": described,
            "n": n,
        }
        for level, value in baseline.items()
    }


def _part(material: Material, n: int) -> Material:
    chosen = np.random.default_rng(0).permutation(len(material.examples))[:n]
    return Material([material.examples[i] for i in sorted(chosen)], material.encoder_dir, TREE)


def _levels(real: list[Example], scores: Scores) -> dict[str, float]:
    probabilities, thresholds = scores
    true = label_matrix(real, LABEL_IDS)
    report = evaluate(true, probabilities, thresholds, LABEL_IDS, TREE)
    found = {name: report["levels"][level]["macro_f1"] for name, level in LEVELS.items()}
    return found | {"off_topic_untagged": report["off_topic"]["left_untagged"]}


def passages(real: list[Example]) -> tuple[list[str], list[int], list[int]]:
    """Return the passages as tagging cuts them, whose they are, and how long."""
    texts, owners, lengths = [], [], []
    for index, example in enumerate(real):
        text = clean_text(example.text) or example.title
        for span in split_passages(text):
            texts.append(joined(example.title, text[span.start : span.end]))
            owners.append(index)
            lengths.append(span.end - span.start)
    return texts, owners, lengths


def _by_passages(real: list[Example], predict: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    texts, owners, lengths = passages(real)
    return of_documents(predict(texts), owners, lengths)


def of_documents(found: np.ndarray, owners: list[int], lengths: list[int]) -> np.ndarray:
    """Return probabilities [n, n_labels] of documents, from their passages', as tagging does."""
    owner, sizes = np.array(owners), np.array(lengths)
    return np.stack([top_share_mean(found[owner == i], sizes[owner == i].tolist()) for i in range(1 + max(owners))])


def _ours(material: Material, real: list[Example]) -> dict[str, float]:
    """Train by the default recipe and measure; the bundled model stands for itself where it learnt these texts."""
    bundled = BUNDLED_DATA / "models" / "default"
    with TemporaryDirectory() as folder:
        known = read_description(bundled).data_hash == data_hash(material.examples)
        model = bundled if known else Path(folder)
        if not known:
            train("lora", material, model)
        tagger = Tagger.load(material.encoder_dir, model)
        found = _levels(real, (_by_passages(real, tagger.tag), tagger.thresholds))
    print("ours", len(material.examples), found, file=sys.stderr)
    return found


def _decided(held_out: np.ndarray, true: np.ndarray, scores: np.ndarray, real: list[Example]) -> Scores:
    """Calibrate and choose thresholds as ours does, so that the baseline is not worse for want of that.

    Of two ways, with our care for off-topic texts and without, the one with the better aspects counts.
    """
    slope, intercept = platt(held_out, true)
    held, found = (expit(slope * each + intercept).astype(np.float32) for each in (held_out, scores))
    ways = [
        (found, choose_thresholds(held, true, RULES, shrinkage=THRESHOLD_SHRINKAGE, off_topic_share=share))
        for share in (OFF_TOPIC_SHARE, 0.0)
    ]
    return max(ways, key=lambda way: _levels(real, way)["aspects"])


def _tfidf(material: Material, real: list[Example]) -> Scores:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    makers = [
        TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)),
        TfidfVectorizer(sublinear_tf=True, min_df=2, analyzer="char", ngram_range=(1, 3)),
    ]
    learnt = hstack([maker.fit_transform(material.texts) for maker in makers]).tocsr()
    asked = hstack([maker.transform([joined(e.title, e.text) for e in real]) for maker in makers]).tocsr()
    folds = material.parts(3, seed=0)
    held_out = np.zeros(material.true.shape, dtype=np.float32)
    for fold in range(3):
        held_out[folds == fold] = _logistic(learnt[folds != fold], material.true[folds != fold], learnt[folds == fold])
    return _decided(held_out, material.true, _logistic(learnt, material.true, asked), real)


def _logistic(learnt, true: np.ndarray, asked) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    scores = [
        LogisticRegression(C=10, solver="liblinear").fit(learnt, column).decision_function(asked) for column in true.T
    ]
    return np.stack(scores, axis=1).astype(np.float32)


def _frozen(material: Material, real: list[Example]) -> Scores:
    embedder = Embedder.load(material.encoder_dir)
    folds = material.parts(5, seed=0)
    fitted = fit_vectors(embedder.embed(material.texts), material.true, folds)
    scores = _by_passages(real, lambda texts: fitted.linear.scores(embedder.embed(texts)))
    return _decided(fitted.held_out, material.true, scores, real)


def _plain(material: Material, real: list[Example]) -> Scores:
    """Fine-tune as the textbooks list it, batches padded to their longest text."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(0)
    kind = {"num_labels": len(LABEL_IDS), "problem_type": "multi_label_classification", "dtype": torch.float32}
    model = AutoModelForSequenceClassification.from_pretrained(material.encoder_dir, **kind).train()
    tokenizer = AutoTokenizer.from_pretrained(material.encoder_dir)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    true = torch.from_numpy(material.true.astype(np.float32))
    for epoch in range(3):
        for rows in np.array_split(np.random.default_rng(epoch).permutation(len(true)), -(-len(true) // 16)):
            batch = tokenizer(
                [material.texts[i] for i in rows], truncation=True, padding=True, max_length=512, return_tensors="pt"
            )
            model(**batch, labels=true[rows]).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    model.eval()
    found = []
    with torch.inference_mode():
        for example in real:
            batch = tokenizer(joined(example.title, example.text), truncation=True, max_length=512, return_tensors="pt")
            found.append(model(**batch).logits[0].sigmoid().numpy())
    return np.stack(found), np.full(len(LABEL_IDS), 0.5, dtype=np.float32)


def _setfit(material: Material, real: list[Example]) -> Scores:
    """Contrastive pairs, then a logistic head: SetFit's own package; the better of 0.5 and our thresholds."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, models
    from setfit import SetFitModel, Trainer, TrainingArguments
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    word = models.Transformer(str(material.encoder_dir), max_seq_length=256)
    body = SentenceTransformer(modules=[word, models.Pooling(word.get_word_embedding_dimension()), models.Normalize()])
    folds = material.parts(5, seed=0)
    taught = np.flatnonzero(folds > 0)
    known = np.flatnonzero(material.true[taught].any(axis=0))
    head = OneVsRestClassifier(LogisticRegression(max_iter=1000))
    model = SetFitModel(model_body=body, model_head=head, multi_target_strategy="one-vs-rest")
    rows = {"text": [material.texts[i] for i in taught], "label": material.true[taught][:, known].astype(int).tolist()}
    arguments = TrainingArguments(batch_size=16, max_steps=SETFIT_STEPS, num_epochs=1, report_to="none")
    Trainer(model=model, args=arguments, train_dataset=Dataset.from_dict(rows)).train()

    def scores(texts: list[str]) -> np.ndarray:
        wide = np.full((len(texts), len(LABEL_IDS)), -12.0, dtype=np.float32)
        chances = np.clip(np.asarray(model.predict_proba(texts), dtype=np.float32), 1e-5, 1 - 1e-5)
        wide[:, known] = np.log(chances / (1 - chances))
        return wide

    theirs = scores([joined(example.title, example.text) for example in real])
    held = np.flatnonzero(folds == 0)
    tuned = _decided(scores([material.texts[i] for i in held]), material.true[held], theirs, real)
    plain = expit(theirs), np.full(len(LABEL_IDS), 0.5, dtype=np.float32)
    return max(tuned, plain, key=lambda found: _levels(real, found)["aspects"])


BASELINES: dict[str, tuple[str, Callable[[Material, list[Example]], Scores], int | None]] = {
    "tfidf": ("TF-IDF of words and character n-grams, logistic regression", _tfidf, None),
    "frozen": ("frozen encoder, logistic regression", _frozen, None),
    "setfit": (f"SetFit's package, {SETFIT_STEPS} steps", _setfit, 1000),
    "plain": ("all weights, first token, lr 2e-5, 3 epochs, threshold 0.5", _plain, 2000),
}
"""What it is, what does it, and on how many texts (None: all), the same as ours beside it."""
