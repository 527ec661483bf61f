from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer import Abstention, Answer, Citation, Provenance, Statement, Tally
from app.cite import cite, make_citation
from app.draft import Draft, Quote
from ingest.article import Article, PublicationDate, Span
from ingest.errors import CitationError
from store import Filters

TEXT = "The bridge opened in May.\r\nIt closed in June. The bridge opened in May."


def an_article(text: str = TEXT) -> Article:
    return Article(
        "a" * 64, ("news/bridge.txt",), "Bridge opens", "Coast Daily", (),
        PublicationDate(dt.date(2020, 5, 2), "byline"), (Span(0, max(1, len(text))),), "f",
    )  # fmt: skip


def quote(start: int, end: int, text: str = TEXT) -> Quote:
    return Quote(an_article(text), Span(start, end), text[start:end])


def draft(*quotes: Quote) -> Draft:
    return Draft(" ".join(q.text for q in quotes) + " said", quotes, "verbatim")


def test_a_quote_that_stands_at_its_span_is_cited_with_what_is_known_of_the_article() -> None:
    citation = make_citation(quote(46, 71), 1, TEXT)
    assert citation.quote == "The bridge opened in May."
    assert (citation.source, citation.outlet, citation.published) == (
        "news/bridge.txt",
        "Coast Daily",
        dt.date(2020, 5, 2),
    )


def test_a_quote_shifted_by_one_character_is_refused() -> None:
    wrong = Quote(an_article(), Span(1, 26), TEXT[0:25])
    with pytest.raises(CitationError, match="ingest the folder again"):
        make_citation(wrong, 1, TEXT)


def test_a_statement_with_a_wrong_quote_is_dropped_and_the_rest_keeps_its_numbers() -> None:
    wrong = Draft("wrong", (Quote(an_article(), Span(1, 26), TEXT[0:25]),), "verbatim")
    statements, citations, dropped = cite([wrong, draft(quote(0, 25))], lambda _: TEXT)
    assert [s.markers for s in statements] == [(1,)]
    assert [c.marker for c in citations] == [1]
    assert dropped == (wrong,)


def test_a_dropped_statement_leaves_no_unused_citation_behind() -> None:
    half_wrong = Draft("half", (quote(0, 25), Quote(an_article(), Span(1, 26), TEXT[0:25])), "verbatim")
    assert cite([half_wrong], lambda _: TEXT)[:2] == ((), ())


def test_one_span_cited_twice_keeps_one_marker() -> None:
    statements, citations, _ = cite([draft(quote(0, 25)), draft(quote(0, 25), quote(27, 45))], lambda _: TEXT)
    assert [s.markers for s in statements] == [(1,), (1, 2)]
    assert len(citations) == 2


@given(st.text(min_size=2), st.data())
def test_every_citation_slices_back(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    citation = make_citation(quote(start, end, text), 1, text)
    assert text[citation.start : citation.end] == citation.quote


# --- what cannot be built -------------------------------------------------------------------------------------------

PROVENANCE = Provenance(1, "e", "r", "s", "extractive", dt.date(2026, 1, 1))


def an_answer(**changes: object) -> Answer:
    parts: dict[str, object] = {
        "question": "q", "query": "q", "short": None, "statements": (Statement("It opened.", (1,), "verbatim"),),
        "citations": (Citation(1, "a.txt", 0, 3, "abc", None, None, None, "none", "id"),), "hits": (),
        "filters": Filters(), "confidence": 0.5, "abstention": None, "provenance": PROVENANCE,
    }  # fmt: skip
    return Answer(**{**parts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"statements": ()},
        {"abstention": Abstention("no", "all")},
        {"citations": ()},
        {"confidence": 1.5},
        {"statements": (Statement("It opened.", (2,), "verbatim"),)},
        {"statements": (), "citations": (), "abstention": Abstention("no", "all"), "short": "May"},
    ],
    ids=["silent", "both", "marker without citation", "confidence", "marker gap", "short abstention"],
)
def test_an_answer_that_breaks_a_law_cannot_be_built(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        an_answer(**changes)


def test_a_statement_rests_on_markers_or_on_a_tally() -> None:
    with pytest.raises(ValueError):
        Statement("It opened.", (), "verbatim")
    assert Statement("Two articles.", (), "supported", Tally("articles", "all", 2, ())).tally is not None


def test_the_text_of_an_answer_carries_its_markers() -> None:
    assert an_answer().text == "It opened. [1]"


def test_the_text_of_an_abstention_is_its_reason() -> None:
    answer = an_answer(statements=(), citations=(), abstention=Abstention("The articles do not say.", "5 articles"))
    assert (answer.abstained, answer.reason, answer.text) == (
        True,
        "The articles do not say.",
        "The articles do not say.",
    )


def test_an_answer_as_json_names_its_parts() -> None:
    import json

    data = json.loads(json.dumps(an_answer().to_dict()))
    assert data["citations"][0]["quote"] == "abc"
    assert data["abstained"] is False
    assert data["provenance"]["as_of"] == "2026-01-01"
