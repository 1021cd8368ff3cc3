import pytest

from core.ingest import detect_language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Anthropic raises new funding round", "en"),
        ("Parameter-efficient fine-tuning beats prompting", "en"),
        ("大模型监管", "zh"),
        ("OpenAI 发布 GPT-5", "zh"),
        ("Google DeepMind推出AlphaGenome", "zh"),
        ("Alibaba's Qwen (通义千问) is the most downloaded of the open models this year", "en"),
        ("人工知能の新しい規制について説明します", "ja"),
        ("인공지능 규제에 관한 새로운 법안", "ko"),
        ("Die Bundesregierung hat eine neue Strategie für künstliche Intelligenz beschlossen.", "de"),
        ("Le gouvernement a présenté une nouvelle stratégie pour l'intelligence artificielle.", "fr"),
        ("Правительство утвердило стратегию развития искусственного интеллекта", "ru"),
        ("12345 67.8", "und"),
    ],
)
def test_the_main_language_is_found(text, lang):
    assert detect_language(text) == lang


def test_mixed_text_goes_by_the_larger_share():
    chinese, english = "监管机构今天发布了新的规则。", "The regulator published its new rules for the market today."
    assert detect_language(chinese * 8 + english) == "zh"
    assert detect_language(chinese + english * 8) == "en"
