"""The main job in a real browser: from an empty app to the documents behind a point of a chart, in two languages."""

import json
import re
from datetime import date
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from core.domain.dates import Grain
from core.domain.filters import Filter
from core.services.trends import share_over_time
from core.services.workspace import Workspace
from tests.journey.conftest import WAIT_MS

EN_TITLE, ZH_TITLE = "Regulators publish a draft", "监管部门发布草案"
EN_TEXT = f"{EN_TITLE}\n\n17 May 2024\n\n" + "Ministers agreed on rules for general models. " * 12
ZH_HTML = (
    f'<html lang="zh"><head><title>{ZH_TITLE}</title>'
    '<meta property="article:published_time" content="2024-06-20"></head><body><article>'
    f"<h1>{ZH_TITLE}</h1><p>{'监管部门就大模型的备案征求意见。' * 12}</p></article></body></html>"
)
MANY_LINES = [
    {"title": f"Story {n}", "text": f"Number {n} of the stories. " + "Abcdefg hijklm. " * (n + 3), "date": str(day)}
    for n, day in enumerate(date(2024, 1 + n % 6, 2 + n) for n in range(24))
]

expect.set_options(timeout=WAIT_MS)


def test_from_an_empty_app_to_the_documents_behind_a_point(
    address: str, browser_page: Page, workspace: Workspace, tmp_path: Path
) -> None:
    page = browser_page
    page.goto(address)
    expect(page.get_by_text("No documents yet")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Add documents").click()

    import_files(page, write_files(tmp_path))
    find_the_chinese_one(page)
    read_it(page)
    label, start, n = click_a_point(page)

    counted = share_over_time(workspace, [label], grain=Grain.MONTH, chosen=Filter()).frame
    assert n == counted.loc[counted["start"] == date.fromisoformat(start), "n"].item() > 0
    switch_language(page, address)


def write_files(folder: Path) -> list[Path]:
    (folder / "draft.txt").write_text(EN_TEXT, encoding="utf-8")
    (folder / "草案.html").write_text(ZH_HTML, encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that a reader could use")
    (folder / "many.jsonl").write_text("\n".join(map(json.dumps, MANY_LINES)), encoding="utf-8")
    return [folder / name for name in ("draft.txt", "草案.html", "broken.pdf", "many.jsonl")]


def import_files(page: Page, files: list[Path]) -> None:
    """Upload the files and follow the job to its end; the broken one is refused with a reason."""
    expect(page.get_by_role("heading", name="Add documents").first).to_be_visible()
    page.locator('input[type="file"]').set_input_files(files)
    expect(page.get_by_text("many.jsonl")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    progress = page.get_by_test_id("stProgress").or_(page.get_by_text("Waiting", exact=True))
    ended = page.get_by_text("Finished", exact=True).first  # while a page is redrawn, old and new stand side by side
    expect(progress.or_(ended).first).to_be_visible()
    expect(ended).to_be_visible(timeout=60_000)
    expect(page.get_by_text(f"Documents: {len(MANY_LINES) + 2}").first).to_be_visible()
    expect(page.get_by_text("Files refused: 1").first).to_be_visible()
    refusal = page.get_by_test_id("stAlert").filter(has_text="broken.pdf").first
    expect(refusal).to_contain_text("is damaged and cannot be opened")


def find_the_chinese_one(page: Page) -> None:
    """Search for a Chinese word of two characters and open the one document that holds it."""
    page.get_by_test_id("stSidebar").get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("textbox", name="Search").fill("备案")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Documents found: 1", exact=True).first).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name=ZH_TITLE).click()
    expect(page.get_by_role("heading", name=ZH_TITLE).first).to_be_visible()


def read_it(page: Page) -> None:
    """Choose another label in the reader: its passages are marked."""
    pills = page.get_by_role("radiogroup", name="Show the passages of").get_by_role("radio")
    expect(page.locator("mark").first).to_contain_text("监管部门")
    before = page.locator("mark").first.get_attribute("style")
    pills.nth(1).click()
    expect(page).to_have_url(re.compile("evidence="))
    expect(page.locator("mark").first).not_to_have_attribute("style", str(before))


def click_a_point(page: Page) -> tuple[str, str, int]:
    """Click a point of the trends; return its label, first day and the number of documents that appear."""
    page.get_by_test_id("stSidebar").get_by_role("link", name="Trends", exact=True).click()
    page.get_by_role("radio", name="Month", exact=True).click()
    expect(page).to_have_url(re.compile("grain=month"))
    settled(page)
    points = page.locator(".js-plotly-plot .points path.point")
    expect(points.first).to_be_visible()
    click_drawn(page, points.nth(points.count() - 1))
    heading = page.get_by_role("heading", name=re.compile(r": \d+ stories$")).first
    expect(heading).to_be_visible()
    found = re.search(r"point=([^&]+)", page.url)
    assert found
    label, start = found[1].replace("%7C", "|").split("|")
    n = int(re.findall(r"(\d+) stories", heading.inner_text())[0])
    expect(page.locator(".tv-row")).to_have_count(n)
    return label, start, n


def settled(page: Page) -> None:
    """Wait until the page is drawn to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def click_drawn(page: Page, element: Locator) -> None:
    """Click where a point is drawn: Plotly hears clicks on the layer above its points, which ends at 100 %."""
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"], steps=10)
    expect(page.locator(".js-plotly-plot .hoverlayer .hovertext").first).to_be_visible()
    page.mouse.down()
    page.mouse.up()


def switch_language(page: Page, address: str) -> None:
    """Switch to Chinese: everything is translated, nothing that was chosen is lost, a reload keeps it."""
    chosen = dict(part.split("=") for part in page.url.partition("?")[2].split("&"))
    page.get_by_role("radio", name="简体中文").click()
    for _ in ("at once", "after a reload"):
        expect(page.get_by_role("heading", name="趋势", exact=True).first).to_be_visible()
        expect(page.get_by_test_id("stSidebar").get_by_role("link", name="添加文档").first).to_be_visible()
        expect(page).to_have_url(re.compile("lang=zh_CN"))
        expect(page.locator(".tv-row").first).to_be_visible()
        kept = dict(part.split("=") for part in page.url.partition("?")[2].split("&"))
        assert kept == {**chosen, "lang": "zh_CN"}
        page.reload()
    assert page.url.startswith(address)
