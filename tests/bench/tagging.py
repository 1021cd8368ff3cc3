"""Tagging against transformers' text-classification pipeline: same weights, same texts, same process.

The pipeline runs in its default float32, one text at a time and in batches of 32; the better of both is the
baseline. All three take turns over shares of the texts, so that whatever else the machine does hits all alike.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

N_ROUNDS = 10


def run(texts: list[str], encoder_dir: Path, model_dir: Path) -> dict[str, dict[str, object]]:
    """Measure and return the rows `tagging.*` of the bench."""
    from core.ml.tagger import Tagger

    tagger = Tagger.load(encoder_dir, model_dir)
    classify = _pipeline(encoder_dir, model_dir)
    runs = {
        "ours": tagger.tag,
        "one": lambda part: classify(part, batch_size=1),
        "batch": lambda part: classify(part, batch_size=32),
    }
    seconds = dict.fromkeys(runs, 0.0)
    results: dict[str, list[np.ndarray]] = {name: [] for name in runs}
    for run_once in runs.values():
        run_once(texts[:4])
    for part in (texts[start::N_ROUNDS] for start in range(N_ROUNDS)):
        for name, run_once in runs.items():
            started = time.perf_counter()
            results[name].append(run_once(part))
            seconds[name] += time.perf_counter() - started
    baseline = min("one", "batch", key=seconds.__getitem__)
    ours, theirs = (np.concatenate(results[name]) >= tagger.thresholds for name in ("ours", baseline))
    n = len(texts)
    described = "transformers pipeline, float32, " + {"one": "one text at a time", "batch": "batches of 32"}[baseline]
    peak, pipeline_peak = _peak_mb(texts, encoder_dir, model_dir, "ours"), _peak_mb(texts, encoder_dir, model_dir, "")
    return {
        "tagging.texts_per_second": _row(
            n / seconds["ours"], n / seconds[baseline], seconds[baseline] / seconds["ours"], "1/s", described, n
        ),
        "tagging.equal_decisions": _row(
            float((ours == theirs).mean()), 1.0, float((ours == theirs).mean()), "share", described, n
        ),
        "tagging.peak_memory_mb": _row(peak, pipeline_peak, pipeline_peak / peak, "MB", described, n),
    }


def _row(ours: float, baseline: float, ratio: float, unit: str, baseline_is: str, n: int) -> dict[str, object]:
    return {
        "ours": round(ours, 4),
        "baseline": round(baseline, 4),
        "ratio": round(ratio, 4),
        "unit": unit,
        "baseline_is": baseline_is,
        "n": n,
    }


def _pipeline(encoder_dir: Path, model_dir: Path):
    """Return a function from texts to probabilities by the pipeline, with our head as its classification layer."""
    import torch
    from transformers import AutoTokenizer, BertModel, logging, pipeline

    from core.ml.model_folder import read_adapter, read_description, read_head

    logging.set_verbosity_error()
    description = read_description(model_dir)
    head, adapter = read_head(model_dir, description), read_adapter(model_dir, description)
    encoder = BertModel.from_pretrained(encoder_dir, dtype=torch.float32, add_pooling_layer=False)
    for name, weight in encoder.named_parameters() if adapter else ():
        weight.data = adapter.over(name, weight.data)
    model = _classifier(encoder, head)
    classify = pipeline(
        "text-classification",
        model=model,
        tokenizer=AutoTokenizer.from_pretrained(encoder_dir),
        device="cpu",
        top_k=None,
        function_to_apply="sigmoid",
    )
    order = {f"LABEL_{index}": index for index in range(len(head.bias))}

    def probabilities(part: list[str], *, batch_size: int) -> np.ndarray:
        rows = np.zeros((len(part), len(order)), dtype=np.float32)
        for row, scores in enumerate(classify(part, batch_size=batch_size, truncation=True, max_length=512)):
            for score in scores:
                rows[row, order[score["label"]]] = score["score"]
        return rows

    return probabilities


def _classifier(encoder, head):
    """Return a transformers model of the same encoder, pooling and head, as the pipeline wants one."""
    import torch
    from transformers import BertConfig, BertPreTrainedModel
    from transformers.modeling_outputs import SequenceClassifierOutput

    class PooledClassifier(BertPreTrainedModel):
        def __init__(self, config: BertConfig) -> None:
            super().__init__(config)
            self.bert = encoder
            self.classifier = torch.nn.Linear(config.hidden_size, config.num_labels)

        def forward(self, input_ids, attention_mask, token_type_ids=None):
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            pooled = torch.nn.functional.normalize((hidden * mask).sum(1))
            return SequenceClassifierOutput(logits=self.classifier(pooled))

    config = encoder.config
    config.num_labels = len(head.bias)
    model = PooledClassifier(config)
    model.classifier.weight.data = torch.from_numpy(head.weight)
    model.classifier.bias.data = torch.from_numpy(head.bias)
    return model.eval()


def _peak_mb(texts: list[str], encoder_dir: Path, model_dir: Path, which: str) -> float:
    """Return the peak memory of a fresh process that does nothing but tag the texts.

    From the kernel's high-water mark: getrusage would hand down the peak of this process.
    """
    code = (
        "import json, re, sys; from pathlib import Path\n"
        "texts, encoder, model, which = json.load(open(sys.argv[1])), *map(Path, sys.argv[2:4]), sys.argv[4]\n"
        "from tests.bench import tagging; from core.ml.tagger import Tagger\n"
        "if which == 'ours': Tagger.load(encoder, model).tag(texts)\n"
        "else: tagging._pipeline(encoder, model)(texts[:64], batch_size=1)\n"
        "print(int(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1]) / 1024)\n"
    )

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(texts, file)
        file.flush()
        command = [sys.executable, "-c", code, file.name, str(encoder_dir), str(model_dir), which]
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)
    return float(done.stdout.strip().splitlines()[-1])
