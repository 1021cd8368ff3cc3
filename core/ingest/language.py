"""The main language of a text: scripts decide first, English function words second, py3langid last."""

import re
from collections import Counter
from functools import lru_cache
from typing import Any

_SAMPLE_CHARACTERS = 4000
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9d]")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"https?://[!-~]+|[\w.-]+@[\w.-]+|`[^`\n]{0,80}`")
_CJK_WEIGHT = 2
_MIN_KANA_SHARE = 0.1
_LANGUAGES = tuple(
    str.split(
        "en de fr es it pt nl pl sv da no fi cs sk ro hu tr id vi hr ru uk bg sr el ar fa ur he hi bn ta th ka hy"
    )
)
_ENGLISH = frozenset(
    str.split(
        "the of and to for with is are was were be by from on at as that this it its how why what when who will can "
        "not new you your we our their they has have into over after about more than or an his her says here which"
    )
)
_OTHER_FUNCTION_WORDS = frozenset(
    str.split(
        "der die das und ist nicht ein eine mit für auf den dem von zu im zur zum le la les des du un une et est dans "
        "pour que qui sur avec aux el los las del y en es por para con una como lo il gli della di che per sono nel "
        "alla o os um uma não com na no dos da het een van voor met op niet zijn och att som på för med og på til av "
        "jest nie się na w z do i"
    )
)
_CONFIDENT = 0.9
_MIN_STATED_SHARE = 0.03
_MIN_NAMES_WEIGHT = 0.12


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language that most of the text is in; 'und' when it has no letters.

    One hanzi or kana counts as two Latin letters.

    >>> detect_language("国务院发布人工智能条例"), detect_language("OpenAI releases GPT-4 API")
    ('zh', 'en')
    """
    sample = _sample(text)
    n_han, n_kana, n_hangul = (len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _HANGUL))
    n_cjk = n_han + n_kana + n_hangul
    n_other = len(_LETTER.findall(sample)) - n_cjk
    if n_cjk + n_other == 0:
        return "und"
    if _CJK_WEIGHT * n_cjk < n_other and not _is_cjk_about_names(sample, _CJK_WEIGHT * n_cjk / (n_cjk + n_other)):
        return _alphabetic(_HAN.sub("", sample))
    if n_hangul > n_han + n_kana:
        return "ko"
    return "ja" if n_kana >= _MIN_KANA_SHARE * (n_han + n_kana) else "zh"


def agrees_with_script(lang: str, text: str) -> bool:
    """Say whether a stated language can be true of the script the text is written in.

    >>> agrees_with_script("en", "国务院发布人工智能条例")
    False
    """
    sample = _sample(text)
    n_cjk = sum(len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _HANGUL))
    n_other = len(_LETTER.findall(sample)) - n_cjk
    if lang in ("zh", "ja", "ko"):
        return n_cjk >= _MIN_STATED_SHARE * n_other
    return _CJK_WEIGHT * n_cjk < n_other


def _is_cjk_about_names(sample: str, weight: float) -> bool:
    """Recognise a Chinese or Japanese sentence full of Latin product names: it has no English function words."""
    words = _WORD.findall(_HAN.sub(" ", sample).lower())
    return weight >= _MIN_NAMES_WEIGHT and sum(word in _ENGLISH for word in words) <= 0.04 * len(words)


def _sample(text: str) -> str:
    """Return the beginning and the middle of a text, without addresses and code."""
    if len(text) > 2 * _SAMPLE_CHARACTERS:
        middle = len(text) // 2
        text = text[:_SAMPLE_CHARACTERS] + "\n" + text[middle : middle + _SAMPLE_CHARACTERS]
    return _NOISE.sub(" ", text)


def _alphabetic(sample: str) -> str:
    """Return the language of text in an alphabet."""
    words = Counter(_WORD.findall(sample.lower()))
    n_words = words.total()
    n_english = sum(count for word, count in words.items() if word in _ENGLISH)
    n_foreign = sum(count for word, count in words.items() if word in _OTHER_FUNCTION_WORDS)
    if n_english > n_foreign and (n_english >= 0.15 * n_words or n_words < 12):
        return "en"
    plain = sample.isascii() or not any(
        "\u00c0" <= char <= "\u024f" or char > "\u036f" for char in sample if char.isalpha()
    )
    if plain and n_foreign <= 0.1 * n_words and n_words < 12:
        return "en"
    best, confidence = _ranked(sample[:1500])
    return best if not plain or confidence >= _CONFIDENT or n_words >= 40 else "en"


def _ranked(sample: str) -> tuple[str, float]:
    """Return py3langid's first choice with its probability."""
    lang, confidence = _identifier().classify(sample)
    return str(lang), float(confidence)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """Load py3langid's model, restricted to languages that news and policy texts are likely to be in."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_LANGUAGES))
    return identifier
