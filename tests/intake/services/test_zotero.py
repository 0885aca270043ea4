"""A Zotero library read live: first, again, in part, and when Zotero does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from rag import Assistant, Settings
from rag.errors import ConfigError, InputError, ServiceError
from rag.intake.services.zotero_items import is_paper, raw
from tests.support.web import Answer, Asked, Web
from tests.support.zotero import ZoteroLibrary

KEY = "test-key"
SLEEP = "We asked 40 people how they slept. They slept 7 hours, 1 less than they thought."
WORK = "Remote work is often praised. We find no effect on how much is done in a week."
TEA = "Tea was brewed for 2, 4 and 8 minutes. Tasters preferred 4 minutes in each of 3 rounds."

Open = Callable[..., Assistant]


@pytest.fixture
def zotero(web: Web) -> ZoteroLibrary:
    """Zotero on this machine with two papers in it and a note."""
    zotero = ZoteroLibrary(web, counts_edits=False)
    _fill(zotero)
    return zotero


@pytest.fixture
def online(web: Web) -> ZoteroLibrary:
    """A library at zotero.org with two papers in it and a note."""
    zotero = ZoteroLibrary(web, "groups/45", key=KEY)
    _fill(zotero)
    return zotero


def _fill(zotero: ZoteroLibrary) -> None:
    zotero.collection("AAAA1111", "Thesis")
    zotero.put("SLEEP111", title="How People Sleep", abstractNote=SLEEP, DOI="10.1000/sleep")
    zotero.put("WORK1111", title="Work at Home", abstractNote=WORK, collections=["AAAA1111"])
    zotero.put("NOTE1111", itemType="note", note="<p>Buy milk</p>")


@pytest.fixture
def opened(tmp_path: Path, web: Web) -> Iterator[Open]:
    """Open a library whose settings lead to the server."""
    all_opened: list[Assistant] = []

    def opened(**given: Any) -> Assistant:
        settings = {"home": tmp_path / "library", "seeds": "", "zotero_url": web.url, **given}
        all_opened.append(Assistant.open(Settings(**settings)))
        return all_opened[-1]

    yield opened
    for assistant in all_opened:
        assistant.close()


@pytest.fixture
def online_opened(opened: Open) -> Open:
    def online_opened() -> Assistant:
        return opened(zotero_key=SecretStr(KEY), zotero_library="groups/45")

    return online_opened


def titles(assistant: Assistant) -> list[str]:
    return sorted(paper.title for paper in assistant.papers())


# -- reading -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("zotero")
def test_a_first_read_brings_all(opened: Open) -> None:
    assistant = opened()
    report = assistant.ingest("zotero:")
    assert len(report.added) == 2
    assert not report.problems  # a note is no paper, and nothing to be told
    assert titles(assistant) == ["How People Sleep", "Work at Home"]
    assert {paper.source for paper in assistant.papers()} == {"zotero:"}
    assert [p.collections for p in assistant.papers() if p.title == "Work at Home"] == [("Thesis",)]


def test_an_item_without_an_abstract_is_told(opened: Open, zotero: ZoteroLibrary) -> None:
    zotero.put("BARE1111", title="Bare")
    report = opened().ingest("zotero:")
    assert [*map(str, report.problems)] == ["zotero: 'Bare' has no abstract"]


def test_many_pages(opened: Open, zotero: ZoteroLibrary, web: Web) -> None:
    for number in range(105):
        zotero.put(f"X{number:07}", title=f"No. {number}")
    report = opened().ingest("zotero:")
    assert len(report.added) + len(report.problems) == 107
    starts = [one.params["start"] for one in web.asked if one.params.get("sort") == "dateAdded"]
    assert starts == ["0", "100"]


def test_a_library_that_changes_while_it_is_read_is_read_anew(
    opened: Open, zotero: ZoteroLibrary, web: Web
) -> None:
    for number in range(105):
        zotero.put(f"X{number:07}", title=f"No. {number}")
    listed = zotero._items

    def dropping(asked: Asked) -> Answer:
        if asked.params.get("start") == "100":
            zotero.items.pop("X0000000", None)
        return listed(asked)

    web.on("/users/0/items/top", dropping)
    assistant = opened()
    with pytest.raises(ServiceError, match="changed while it was read; run the command again"):
        assistant.ingest("zotero:")
    zotero.serve()
    assert len(assistant.ingest("zotero:").unchanged) == 2


def test_a_second_read_of_the_same_is_one_small_request(
    opened: Open, zotero: ZoteroLibrary, web: Web
) -> None:
    assistant = opened()
    assistant.ingest("zotero:")
    web.asked.clear()
    sequence = assistant.library.sequence
    report = assistant.ingest("zotero:")
    assert [one.params["limit"] for one in web.asked] == ["1"]
    assert (report.added, report.updated, report.unchanged) == ((), (), ())
    assert assistant.library.sequence == sequence
    assert len(zotero.items) == 3


def test_an_edit_that_zotero_has_not_synchronised_is_seen(
    opened: Open, zotero: ZoteroLibrary
) -> None:
    assistant = opened()
    added = set(assistant.ingest("zotero:").added)
    zotero.put("SLEEP111", abstractNote=TEA)
    zotero.put("TEA11111", title="Tea", abstractNote=f"{TEA} They were asked twice.")
    report = assistant.ingest("zotero:")
    assert set(report.updated) < added
    assert len(report.updated) == len(report.added) == 1
    assert [p.abstract for p in assistant.papers() if p.doi] == [TEA]


def test_online_only_what_changed_is_asked_for(
    online_opened: Open, online: ZoteroLibrary, web: Web
) -> None:
    assistant = online_opened()
    assert len(assistant.ingest("zotero:").added) == 2
    version = online.version
    online.put("SLEEP111", abstractNote=TEA)
    web.asked.clear()
    report = assistant.ingest("zotero:")
    assert (len(report.updated), len(report.added), len(report.unchanged)) == (1, 0, 0)
    listings = [one.params for one in web.asked if one.params.get("sort") == "dateAdded"]
    assert [params["since"] for params in listings] == [str(version)]
    web.asked.clear()
    assistant.ingest("zotero:")
    assert len(web.asked) == 1


def test_how_far_it_was_read_is_noted_only_once_all_is_stored(
    online_opened: Open, online: ZoteroLibrary, web: Web
) -> None:
    assistant = online_opened()
    web.on("/groups/45/collections", Answer("no", 418))
    with pytest.raises(ServiceError, match="answered 418"):
        assistant.ingest("zotero:")
    online.serve()
    assert len(assistant.ingest("zotero:").added) == 2


def test_another_collection_of_ours_is_read_for_itself(opened: Open, zotero: ZoteroLibrary) -> None:
    assistant = opened()
    assistant.ingest("zotero:")
    assert len(assistant.ingest("zotero:", collection="mine").updated) == len(zotero.items) - 1
    assert all("mine" in paper.collections for paper in assistant.papers())


def test_files_and_zotero_together(opened: Open, zotero: ZoteroLibrary, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"title": "Tea", "abstract": "It is hot."}')
    report = opened().ingest(tmp_path / "mine.jsonl", "zotero:Thesis")
    assert len(report.added) == 2
    assert zotero.items


def test_a_dry_run_changes_and_notes_nothing(opened: Open, zotero: ZoteroLibrary) -> None:
    assistant = opened()
    assert len(assistant.preview("zotero:").added) == 2
    assert not assistant.papers()
    assert len(assistant.ingest("zotero:").added) == len(zotero.items) - 1


# -- collections ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("zotero")
@pytest.mark.parametrize("name", ["Thesis", "thesis", "AAAA1111"])
def test_a_collection_by_its_name_or_key(opened: Open, name: str) -> None:
    assistant = opened()
    assistant.ingest(f"zotero:{name}")
    assert titles(assistant) == ["Work at Home"]
    assert assistant.papers()[0].source == "zotero:Thesis"


def test_an_unknown_collection_names_those_there_are(opened: Open, zotero: ZoteroLibrary) -> None:
    zotero.collection("BBBB2222", "Tea")
    with pytest.raises(InputError, match="no collection 'Theses'; there are 'Tea', 'Thesis'"):
        opened().ingest("zotero:Theses")


def test_a_name_that_two_collections_have(opened: Open, zotero: ZoteroLibrary) -> None:
    zotero.collection("BBBB2222", "thesis")
    with pytest.raises(InputError, match=r"2 collections 'Thesis'; .* zotero:AAAA1111, zo"):
        opened().ingest("zotero:Thesis")


# -- what is gone --------------------------------------------------------------------------------


def test_what_is_gone_is_removed_only_when_asked(
    online_opened: Open, online: ZoteroLibrary
) -> None:
    assistant = online_opened()
    assistant.ingest("zotero:")
    online.drop("WORK1111")
    assert not assistant.ingest("zotero:").removed
    assert len(assistant.papers()) == 2
    gone = assistant.preview("zotero:", prune=True).removed
    assert [paper.title for paper in gone] == ["Work at Home"]
    report = assistant.ingest("zotero:", prune=True)
    assert report.removed == tuple(paper.id for paper in gone)
    assert titles(assistant) == ["How People Sleep"]


def test_the_last_of_a_collection_is_removed_too(opened: Open, zotero: ZoteroLibrary) -> None:
    assistant = opened()
    assistant.ingest("zotero:Thesis")
    zotero.put("WORK1111", collections=[])
    assert len(assistant.ingest("zotero:Thesis", prune=True).removed) == 1
    assert not assistant.papers()


def test_the_whole_library_covers_its_collections(opened: Open, zotero: ZoteroLibrary) -> None:
    assistant = opened()
    assistant.ingest("zotero:Thesis")
    zotero.drop("WORK1111")
    assert len(assistant.ingest("zotero:", prune=True).removed) == 1
    assert titles(assistant) == ["How People Sleep"]


def test_an_empty_library_removes_nothing_and_is_told(opened: Open, zotero: ZoteroLibrary) -> None:
    assistant = opened()
    assistant.ingest("zotero:")
    zotero.items.clear()
    report = assistant.ingest("zotero:", prune=True)
    assert not report.removed
    assert "holds nothing; is it the right library?" in str(report.problems[0])


def test_two_editorials_of_one_title_that_come_one_by_one(
    online_opened: Open, online: ZoteroLibrary
) -> None:
    assistant = online_opened()
    online.put("EDIT1111", title="A Word From Us", abstractNote=TEA, DOI="10.1000/one")
    assistant.ingest("zotero:")
    online.put("EDIT2222", title="A Word From Us", abstractNote="We moved.", DOI="10.1000/two")
    assert len(assistant.ingest("zotero:").added) == 1
    assert titles(assistant).count("A Word From Us") == 2


@pytest.mark.usefixtures("zotero")
def test_pruning_a_collection_leaves_the_rest(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"title": "Tea", "abstract": "It is hot."}')
    assistant = opened()
    assistant.ingest(tmp_path / "mine.jsonl", "zotero:")
    assert not assistant.ingest("zotero:Thesis", prune=True).removed
    assert len(assistant.papers()) == 3


# -- who does not answer -------------------------------------------------------------------------


def test_zotero_is_not_running(opened: Open) -> None:
    with pytest.raises(
        ServiceError,
        match=r"^Zotero does not answer at 127\.0\.0\.1:9; start Zotero 7 and allow other "
        r"applications .* Settings > Advanced, or set RAG_ZOTERO_KEY and RAG_ZOTERO_LIBRARY for",
    ):
        opened(zotero_url="http://127.0.0.1:9").ingest("zotero:")


def test_zotero_talks_to_nobody(opened: Open, web: Web) -> None:
    web.on("/users/0/items/top", Answer("Local API is not enabled", 403))
    with pytest.raises(ServiceError, match="talks to no other application; allow it in Settings"):
        opened().ingest("zotero:")


@pytest.mark.usefixtures("web")
def test_an_older_zotero(opened: Open) -> None:
    with pytest.raises(ServiceError, match=r"has no users/0/items/top; .* Zotero 7 or newer"):
        opened().ingest("zotero:")


def test_a_reply_that_is_no_list(opened: Open, web: Web) -> None:
    web.on("/users/0/items/top", Answer({"error": "x"}))
    with pytest.raises(ServiceError, match="the reply of Zotero is no list of items"):
        opened().ingest("zotero:")


@pytest.mark.usefixtures("online")
def test_the_key_is_sent_as_a_header_and_never_shown(opened: Open, web: Web) -> None:
    wrong = "wrong-key-that-must-stay-secret"
    assistant = opened(zotero_key=SecretStr(wrong), zotero_library="groups/45")
    with pytest.raises(ServiceError, match="refuses the key; set RAG_ZOTERO_KEY") as error:
        assistant.ingest("zotero:")
    assert web.asked[0].headers["zotero-api-key"] == wrong
    assert wrong not in web.asked[0].path + str(web.asked[0].params)
    assert wrong not in f"{error.value} {error.value.__cause__} {assistant.settings!r}"
    assert wrong not in repr(assistant._parts.zotero(""))


def test_a_key_needs_a_library(opened: Open) -> None:
    with pytest.raises(ConfigError, match="RAG_ZOTERO_KEY is set; set RAG_ZOTERO_LIBRARY too"):
        opened(zotero_key=SecretStr(KEY)).ingest("zotero:")


# -- items ---------------------------------------------------------------------------------------


def test_all_that_an_item_says_is_kept() -> None:
    item = {
        "key": "ABCD2345",
        "version": 7,
        "data": {
            "key": "ABCD2345",
            "itemType": "preprint",
            "title": "VideoMAE V2",
            "creators": [
                {"creatorType": "author", "firstName": "Limin", "lastName": "Wang"},
                {"creatorType": "author", "name": "Examples, Trees and Others"},
                {"creatorType": "editor", "firstName": "Ed", "lastName": "Itor"},
            ],
            "abstractNote": SLEEP,
            "repository": "arXiv",
            "archiveID": "arXiv:2303.16727",
            "date": "April 18, 2023",
            "DOI": "10.48550/arXiv.2303.16727",
            "url": "http://arxiv.org/abs/2303.16727",
            "extra": "PMCID: PMC1\nPMID: 29456894\nCitation Key: wang2023\narXiv:2303.16727 [cs]",
            "tags": [{"tag": "video"}, {"tag": "masking", "type": 1}],
            "collections": ["AAAA1111", "GONE1111"],
        },
    }
    found = raw(item, {"AAAA1111": "Thesis"}, "zotero:")
    assert found.authors == ("Wang, Limin", "{Examples, Trees and Others}")
    assert (found.title, found.abstract, found.venue) == ("VideoMAE V2", SLEEP, "arXiv")
    assert (found.year, found.doi) == ("April 18, 2023", "10.48550/arXiv.2303.16727")
    assert (found.arxiv_id, found.pmid, found.citation_key) == (
        "2303.16727",
        "29456894",
        "wang2023",
    )
    assert (found.keywords, found.collections) == (("video", "masking"), ("Thesis",))
    assert (found.url, found.source) == ("http://arxiv.org/abs/2303.16727", "zotero:")


def test_odd_items_break_nothing() -> None:
    odd: list[dict[str, Any]] = [{}, {"data": None}, {"data": {"title": 3, "tags": "x"}}]
    for item in odd:
        assert is_paper(item)
        assert raw(item, {}, "zotero:").title == ""
