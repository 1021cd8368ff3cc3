import pytest

from core.domain.documents import Problem
from core.errors import InputError

RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>The Desk</title><link>https://example.org</link>
<item><title>Rates &amp; chips</title><link>https://example.org/1</link><guid>g1</guid>
<pubDate>Fri, 17 May 2024 23:30:00 -0500</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>The bank <b>raised</b> its rate.</p>
<script>alert(1)</script><ul><li>One</li></ul>]]></content:encoded></item>
<item><title>2024-05-18</title><description>Makers sold fewer chips.</description></item>
<item><guid>empty</guid></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><entry><title>Audits</title>
<id>urn:1</id><updated>2024-05-17T10:00:00Z</updated><link href="https://example.org/a"/>
<content type="html">&lt;p&gt;The office wants audits.&lt;/p&gt;</content></entry></feed>"""


def test_each_entry_of_a_feed_is_a_document(write, read):
    first, second, third = read(write("a.xml", RSS))
    assert (first.title, first.url, first.external_id, first.source) == (
        "Rates & chips",
        "https://example.org/1",
        "g1",
        "The Desk",
    )
    assert str(first.date) == "2024-05-17"
    assert first.text == "The bank raised its rate.\n\nOne"
    assert second.title == "The Desk 2024-05-18"
    assert isinstance(third, Problem)


def test_atom_is_read_too(write, read):
    (entry,) = read(write("a.atom", ATOM))
    assert (entry.text, str(entry.date), entry.source) == ("The office wants audits.", "2024-05-17", "Blog")


def test_a_feed_cut_off_gives_its_whole_entries_and_says_so(write, read):
    *entries, problem = read(write("a.xml", RSS[: RSS.index("<item><guid>")]))
    assert entries[0].url == "https://example.org/1"
    assert "damaged" in str(problem.reason)


def test_other_xml_is_refused(write, read):
    with pytest.raises(InputError, match="no RSS or Atom feed"):
        read(write("a.xml", "<?xml version='1.0'?><settings><a>1</a></settings>"))


def test_entity_declarations_are_refused_and_no_file_is_read(write, read, tmp_path):
    secret = write("secret.txt", "secret words")
    attack = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]>' + RSS.partition("?>")[
        2
    ].replace("Short.", "&x;")
    with pytest.raises(InputError, match="entities"):
        read(write("a.xml", attack))


def test_an_entry_whose_summary_got_lost_is_a_problem(write, read):
    records = read(write("a.xml", "<rss><channel><item<title</content:encoded<"))
    assert all(isinstance(record, Problem) for record in records)
    whole, *_ = read(write("b.xml", RSS.replace("<item><guid>empty", "<item<title</content:encoded<")))
    assert whole.url == "https://example.org/1"


@pytest.mark.parametrize("encoding", [b"UT\xf6-8", b"UTF-8\0", b"no-such-code"])
def test_a_feed_that_declares_an_impossible_encoding_is_read_or_refused(write, read, encoding):
    path = write("a.xml", RSS.encode().replace(b"UTF-8", encoding, 1))
    try:
        assert read(path)[0].url == "https://example.org/1"
    except InputError as error:
        assert "damaged" in str(error)
