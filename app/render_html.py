"""The conversation as HTML: questions, answers, abstentions, errors. Pure.

Guarantee: whatever stands in an article, a file name or a question comes out as text, never as an element, a link
or an image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.answer import Abstention, Answer, Citation, Statement, Tally
from app.ask import AskOptions
from app.references import unused_hits
from app.render_chips import render_chips_html
from app.render_parts import attribution_html, has_parts, marker_html, open_html, render_parts_html, tally_places_html
from app.render_tools import render_tools_html
from app.wording import (
    COPIES_NAMED,
    as_of_words,
    confidence_words,
    credit,
    excerpt,
    inert,
    lead_words,
    other_notes,
    quoted_statements,
    same_text_words,
    searched_words,
    short_attribution,
    tally_words,
    tells_statements_again,
    told_short,
    worded_statements,
    writing_words,
)

__all__ = [
    "render_answer_html",
    "render_conversation_html",
    "render_error_html",
    "render_failure_html",
    "render_statements_html",
]

# What each badge means; a badge that is read out says it too.
_MEANINGS = {
    "verbatim": "word for word as it stands in the article",
    "supported": "not word for word, but the cited words say it",
    "unsupported": "the cited words do not bear this out",
    "counted": "counted over the articles, each of them listed",
}
_BADGES = {"unsupported": "not supported"}
_WAITING = "Reading the articles …"

# The row that will hold the controls of the answer: there from the start, so that nothing moves when they come.
_CHIPS_TO_COME = '<div class="dl-filters"></div>'


def render_conversation_html(
    turns: Sequence[tuple[str, str]], *, busy: int | None = None, open_entries: int = 0
) -> str:
    """The chat: for each turn the user's words, and the HTML that answers them; turn `busy` is being asked again.

    The last `open_entries` of them are still being answered.
    """
    growing = {busy, *range(len(turns) - open_entries + 1, len(turns) + 1)}
    parts = "".join(
        f'<article class="dl-turn{" dl-busy" * (n == busy)}" data-turn="{n}" '
        f'aria-busy="{"true" if n in growing else "false"}">'
        f'<h2 class="dl-question">{inert(question) or "(nothing)"}</h2>{reply}</article>'
        for n, (question, reply) in enumerate(turns, 1)
    )
    return f'<div class="dl-log" role="log" aria-label="Conversation" aria-live="polite">{parts}</div>'


def render_error_html(message: str) -> str:
    """A message about something that did not work."""
    title = '<p class="dl-card-title">That did not work</p>'
    return f'<div class="dl-card dl-error dl-done">{title}<p>{inert(message)}</p></div>'


def render_failure_html(message: str, turn: int, *, stopped: bool = False) -> str:
    """A turn that came to no answer, with a way on."""
    title = "Stopped" if stopped else "That did not work"
    kind = "dl-stopped" if stopped else "dl-error"
    return (
        f'<div class="dl-card {kind} dl-done"><p class="dl-card-title">{title}</p><p>{inert(message)}</p>'
        '<p class="dl-ways">'
        f'<button type="button" class="dl-again" data-do="retry" data-turn="{turn}">Ask again</button>'
        f'<button type="button" class="dl-again" data-do="edit" data-turn="{turn}">Edit the question</button></p></div>'
    )


def render_statements_html(statements: Sequence[Statement]) -> str:
    """The statements that have arrived so far; their markers are not links yet. What is whole has class `dl-done`.

    The line that says so stands where the few words that answer will: what is below stays in its place.
    """
    told = "".join(_statement_html(s, None, 0, {}) for s in statements)
    lead = f'<p class="dl-lead dl-waiting"><span class="dl-reading">{_WAITING}</span></p>'
    # Within an element of their own, so that none of them is taken for another one when the answer is whole.
    return f'<div class="dl-answer dl-growing">{_CHIPS_TO_COME}{lead}<section>{told}</section></div>'


def render_answer_html(
    answer: Answer, turn: int, *, options: AskOptions = AskOptions(), names: Mapping[str, str] = MappingProxyType({})
) -> str:
    """`answer` as the chat shows it; `turn` counts from 1 and keeps the links of different turns apart.

    `options` are those it was asked with: what was changed about the question is shown, and can be taken back.
    `names` say what to call an article that was counted, by its source.
    """
    if answer.abstention is not None:
        body = _abstention_html(answer, answer.abstention, turn)
    else:
        worded, dropped = _worded_html(answer, turn), _dropped_html(answer)
        quoted = render_parts_html(answer, turn, names) + _statements_html(answer, turn, names)
        told = worded + dropped + quoted if worded else quoted + dropped  # beside what was kept, or else last
        body = _lead_html(answer) + told + _credits_html(answer.citations, turn)
    chips = render_chips_html(answer, turn, options)
    below = f"{_unused_html(answer, turn)}{_foot_html(answer)}{_badges_html(answer)}{render_tools_html(turn)}"
    return f'<div class="dl-answer dl-done">{chips}{_fell_back_html(answer)}{body}{below}</div>'


# --- statements -----------------------------------------------------------------------------------------------------


def _lead_html(answer: Answer) -> str:
    """The few words that answer; where there are none, what stands below. Parts that have a heading need neither."""
    told = told_short(answer)
    if not told:
        leads = answer.layout == "statements" or not has_parts(answer)
        return f'<p class="dl-lead dl-unled">{lead_words(answer)}</p>' if leads and answer.layout != "count" else ""
    name = short_attribution(answer)
    according = f'<span class="dl-according">According to {inert(name)}:</span> ' if name else ""
    return f'<p class="dl-lead dl-short">{according}{inert(told)}</p>'


def _statements_html(answer: Answer, turn: int, names: Mapping[str, str]) -> str:
    """The statements word for word; folded where the parts above are the same words, left out where they are counts."""
    parts: list[str] = []
    counted = 0
    for statement in quoted_statements(answer):
        if not (statement.tally and answer.layout == "count"):
            parts.append(_statement_html(statement, turn, counted, names))
        counted += len(statement.tally.spans) if statement.tally else 0
    told = "".join(parts)
    if not tells_statements_again(answer):
        return told
    return f'<details class="dl-more"><summary>Word for word ({len(parts)})</summary>{told}</details>'


def _statement_html(statement: Statement, turn: int | None, counted: int, names: Mapping[str, str]) -> str:
    markers = "".join(marker_html(m, turn) for m in statement.markers)
    told = f"{attribution_html(statement.attribution).strip()} " if statement.attribution else ""
    return (
        f'<div class="dl-statement"><span class="dl-text" dir="auto">{inert(statement.text)}</span> {markers} '
        f"{told}{_badge_html(_badge_of(statement))}"
        f"{_tally_html(statement.tally, turn, counted, names) if statement.tally else ''}</div>"
    )


def _badge_of(statement: Statement) -> str:
    return "counted" if statement.tally else statement.support


def _badge_html(badge: str) -> str:
    """How far a statement is borne out: a word and a sign; what it means is read out with it."""
    meaning = _MEANINGS[badge]
    return (
        f'<span class="dl-badge dl-{badge}" title="{meaning}">{_BADGES.get(badge, badge)}'
        f'<span class="dl-unseen"> ({meaning})</span></span>'
    )


def _tally_html(tally: Tally, turn: int | None, counted: int, names: Mapping[str, str]) -> str:
    places = tally_places_html(tally, turn, counted, names)
    return f'<details class="dl-more"><summary>{inert(tally_words(tally))}</summary>{places}</details>'


# --- what a language model wrote ------------------------------------------------------------------------------------


def _fell_back_html(answer: Answer) -> str:
    """Why the answer is not in the words of the language model that was asked for them."""
    why = answer.writing.fell_back if answer.writing else None
    return f'<p class="dl-fell-back" role="note">{inert(why)}</p>' if why else ""


def _worded_html(answer: Answer, turn: int) -> str:
    """What the model said and its quotes bear out; never folded."""
    return "".join(_statement_html(s, turn, 0, {}) for s in worded_statements(answer))


def _dropped_html(answer: Answer) -> str:
    """What it said and they do not, where that is to be shown: struck through, and read out as left out."""
    items = "".join(
        f'<li><span class="dl-unseen">left out: </span><s class="dl-struck" dir="auto">{inert(d.text)}</s> '
        f'<span class="dl-left-out">{inert(d.reason)}</span></li>'
        for d in (answer.writing.dropped if answer.writing else ())
    )
    return f'<ul class="dl-dropped">{items}</ul>' if items else ""


# --- below the statements -------------------------------------------------------------------------------------------


def _credits_html(citations: Sequence[Citation], turn: int) -> str:
    """What was cited, an article a chip."""
    by_article: dict[str, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.source, []).append(citation)
    chips = "".join(
        f'<li class="dl-chip">{"".join(marker_html(c.marker, turn) for c in group)} '
        f'<a class="dl-credit" href="#c-{turn}-{group[0].marker}">{inert(credit(group[0]))}</a>'
        f"{_copies_html(group[0])}</li>"
        for group in by_article.values()
    )
    return f'<ul class="dl-chips" aria-label="Cited">{chips}</ul>' if chips else ""


def _badges_html(answer: Answer) -> str:
    """What the badges of this answer mean, for those who see them."""
    badges = dict.fromkeys(_badge_of(s) for s in answer.statements)
    if not badges:
        return ""
    told = "".join(f'<li><span class="dl-badge dl-{b}">{_BADGES.get(b, b)}</span> {_MEANINGS[b]}</li>' for b in badges)
    return f'<details class="dl-meanings"><summary>What the badges mean</summary><ul>{told}</ul></details>'


def _copies_html(citation: Citation) -> str:
    if not citation.copies:
        return ""
    places = "".join(f"<li>{inert(source)}</li>" for source in citation.copies[:COPIES_NAMED])
    more = len(citation.copies) - COPIES_NAMED
    rest = f"<li>and {more} more</li>" if more > 0 else ""
    summary = same_text_words(len(citation.copies))
    return f'<details class="dl-copies"><summary>{summary}</summary><ul>{places}{rest}</ul></details>'


def _abstention_html(answer: Answer, abstention: Abstention, turn: int) -> str:
    """Why there is no answer, what was searched, what came nearest, and room for questions that have one."""
    nearest = "".join(
        f'<li><p class="dl-not-answer">Not an answer</p>{open_html(f"p-{turn}-{n}", p.headline or p.source)}'
        f'<p class="dl-excerpt" dir="auto">{inert(excerpt(p.text))}</p></li>'
        for n, p in enumerate(abstention.nearest, 1)
    )
    near = f'<h3 class="dl-near-title">Nearest passages</h3><ul class="dl-near">{nearest}</ul>' if nearest else ""
    return (
        '<section class="dl-card dl-abstention" aria-label="No answer">'
        f'<p class="dl-card-title">The articles do not say</p><p>{inert(abstention.reason)}</p>'
        f"{_looked_html(answer, abstention)}{near}"
        f'<div class="dl-suggestions" data-turn="{turn}"></div></section>'
    )


def _looked_html(answer: Answer, abstention: Abstention) -> str:
    """What was searched: the coverage where it is known."""
    told = searched_words(answer) or (f"Searched: {abstention.searched}" if abstention.searched.strip() else "")
    return f'<p class="dl-searched">{inert(told)}</p>' if told else ""


def _unused_html(answer: Answer, turn: int) -> str:
    hits = unused_hits(answer)
    if not hits:
        return ""
    items = "".join(
        f"<li>{open_html(f'h-{turn}-{n}', h.article.headline or h.article.source)}"
        f'<p class="dl-excerpt" dir="auto">{inert(excerpt(h.passage.text))}</p></li>'
        for n, h in enumerate(hits, 1)
    )
    return f'<details class="dl-more"><summary>also retrieved ({len(hits)})</summary><ol>{items}</ol></details>'


def _foot_html(answer: Answer) -> str:
    """As of when it holds, what is to be known besides, what was searched, how sure it is, and whose words it is."""
    as_of, searched = as_of_words(answer), None if answer.abstained else searched_words(answer)
    notes = "".join(f'<p class="dl-note">{inert(n)}</p>' for n in other_notes(answer))
    lines = [f'<p class="dl-as-of">{inert(as_of)}</p>' if as_of else "", notes]
    lines += [f'<p class="dl-looked">{inert(searched)}</p>' if searched else ""]
    lines += ["" if answer.abstained else f'<p class="dl-confidence">{confidence_words(answer)}</p>']
    lines += [f'<p class="dl-worded-by">{inert(words)}</p>' for words in writing_words(answer)]
    told = "".join(lines)
    return f'<div class="dl-foot">{told}</div>' if told else ""
