"""A model in a real browser: trained while one watches, compared, promoted, rolled back."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from core.services import labelled_sets, registry
from core.services.workspace import Workspace
from tests.journey.conftest import WAIT_MS

expect.set_options(timeout=WAIT_MS)
SLOW_MS = 60_000


def bring_labelled_texts(workspace: Workspace, folder: Path) -> None:
    kinds = [("abcabc", ["market"]), ("789789", ["policy"])]
    rows = [
        {"id": f"t{n}", "lang": "en", "text": kinds[n % 2][0] * 2 + "xyz"[n % 3] * n, "labels": kinds[n % 2][1]}
        for n in range(96)
    ]
    path = folder / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert labelled_sets.import_set(workspace, [("mine.jsonl", path)]).added


def test_a_model_is_trained_watched_compared_promoted_and_rolled_back(
    address: str, browser_page: Page, workspace: Workspace, tmp_path: Path
) -> None:
    bring_labelled_texts(workspace, tmp_path)
    first, page = workspace.champion().id, browser_page
    page.goto(f"{address}/models?mix=set:mine")
    page.get_by_role("radio", name="Train", exact=True).click()
    train(page)
    new = registry.find_model(workspace, "candidate").id
    compare(page, new)
    promote(page, new)
    expect(page.get_by_role("button", name=f"Roll back to Model {first[:7]}")).to_be_visible(timeout=SLOW_MS)
    assert workspace.champion().id == new
    page.get_by_role("button", name=f"Roll back to Model {first[:7]}").click()
    expect(page.get_by_text(f"The champion is now Model {first[:7]}").first).to_be_visible(timeout=SLOW_MS)
    assert workspace.champion().id == first


def train(page: Page) -> None:
    """Choose the quick method, start it and follow it to its end."""
    expect(page.get_by_text(re.compile("^Texts: 96")).first).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("radiogroup", name="Method").get_by_text("linear head", exact=True).click()
    expect(page).to_have_url(re.compile("method=head"))
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Training: linear head").first).to_be_visible()
    expect(page.get_by_text("Finished", exact=True).first).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text(re.compile("is trained: macro F1 of the aspects")).first).to_be_visible()


def compare(page: Page, version: str) -> None:
    """Follow the link to the comparison."""
    page.get_by_role("link", name="Compare it with the champion").first.click()
    expect(page).to_have_url(re.compile(f"model={version}"))
    expect(page.get_by_role("button", name="Promote …")).to_be_visible(timeout=SLOW_MS)


def promote(page: Page, version: str) -> None:
    """Make it the champion, with a reason and one for what the comparison leaves open."""
    page.get_by_role("button", name="Promote …").click()
    page.get_by_role("textbox", name="Reason", exact=True).fill("tried it")
    page.get_by_role("textbox", name="Why it is promoted all the same").fill("a journey needs a way back")
    page.get_by_role("button", name="Make it the champion").click()
    expect(page.get_by_text(f"The champion is now Model {version[:7]}").first).to_be_visible(timeout=SLOW_MS)
