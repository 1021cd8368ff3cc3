from core.domain.documents import RawDocument
from core.ingest import minhash_similarity

STORY = (
    "The European Commission opened a consultation on guidelines for general purpose models today. Providers have "
    "six weeks to answer questions about training data, evaluation and the reporting of serious incidents, it said in "
    "a statement. Several companies had asked for more time, while civil society groups want the rules to apply soon."
)
OTHER = (
    "Shares in chip makers fell after quarterly results showed weaker demand for memory in phones and laptops. "
    "Analysts had expected growth of ten percent, but inventories at large customers remain high, and prices slide."
)
CHINESE = "国家互联网信息办公室今日就生成式人工智能服务的标识办法公开征求意见，要求服务提供者对生成内容添加显式标识。"


def raw(text: str, title: str = "") -> RawDocument:
    return RawDocument(text=text, locator="", title=title)


def test_equal_texts_in_other_dress_have_one_content_hash(prepared):
    one, two = prepared(raw("AI  Act\nin force", "Ｎews")), prepared(raw("ai act in FORCE", "news"))
    assert one.content_hash == two.content_hash
    assert prepared(raw("AI Act in force", "Other")).content_hash != one.content_hash


def test_a_republished_story_shares_a_band_and_another_story_does_not(prepared):
    first, again = prepared(raw(STORY)), prepared(raw("BRUSSELS (Agency) - " + STORY + " Reporting by the desk."))
    other = prepared(raw(OTHER))
    assert set(first.signature) & set(again.signature)
    assert minhash_similarity(first.minhash, again.minhash) > 0.7
    assert not set(first.signature) & set(other.signature)
    assert minhash_similarity(first.minhash, other.minhash) < 0.1


def test_chinese_near_duplicates_are_found_by_characters(prepared):
    first, again = prepared(raw(CHINESE)), prepared(raw("据新华社报道，" + CHINESE))
    assert minhash_similarity(first.minhash, again.minhash) > 0.7
    assert set(first.signature) & set(again.signature)


def test_signatures_are_stable_signed_64_bit_numbers(prepared):
    document = prepared(raw("A stable text for the signature of a document."))
    assert len(document.signature) == 16
    assert len(document.minhash) == 256
    assert all(-(2**63) <= band < 2**63 for band in document.signature)
    assert document.signature[0] == -1400715185165062893
