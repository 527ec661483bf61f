"""For "And in Syria?", "What about her husband?": the last question with its like part replaced. No model, no guess."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.mentions import find_mentions
from app.resolve.clauses import bare, read_clause
from app.resolve.entities import GROUP_NOUNS, ROLE_NOUNS, Sort, sort_of
from app.resolve.past import Past
from app.resolve.pronouns import AFTER_PREPOSITION, fill_pronouns

__all__ = ["swap"]

_AUXILIARY = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b", re.IGNORECASE
)
_WHAT_ABOUT = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?)[, ]+)?(?:(?:what|how) about|what of)\s+"
    r"|^(?:and|or|but)\s+(?!(?:what|who|whom|whose|when|where|why|how|which|if)\b)",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(in|on|at|from|to|by|for|of|since|with|against|during|after|before|under|between|according to|because of)"
    r"\s+(.+)$",
    re.IGNORECASE,
)
_OTHER_TIME = re.compile(
    r"^(?:in |for |during )?(?:the )?(?:(year|month|day|week) (before|after)|(next|following|previous) (year|month|day"
    r"|week)|(?:a|one) (year) (earlier|later|before|after))(?: that)?$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_LONGEST_SWAPPED = 7  # words; what is longer is a question of its own


def swap(history: Sequence[Past], question: str) -> str | None:
    """For "And in Syria?" after "How many fighters are in Iraq?": the last question with its like part replaced."""
    asked, question = question, _numbered(history, question)
    about = _CORRECTS.match(question) or _WHAT_ABOUT.match(question)
    ordinal = re.match(r"^(?:the )?(?:year before|year after|next year|previous year)\b", question, re.IGNORECASE)
    if about is None and ordinal is None:
        return question if question != asked else None
    new = bare(question[about.end() :] if about else question)
    if not new or len(new.split()) > _LONGEST_SWAPPED or (about and _AUXILIARY.match(new)):
        return None
    query = history[-1].query
    if timed := _another_year(history, query, new):
        return timed
    new = fill_pronouns(history, new) or new
    preposition = _PREPOSITION.match(new)
    lead, new = (preposition.group(1), preposition.group(2)) if preposition else ("", new)
    place = _like_part(query, lead, new) or (None if lead else _like_noun(query, new))
    if place is not None:
        start, end = place
        if query[:start].lower().endswith("the "):
            new = re.sub(r"^the\s+", "", new, flags=re.IGNORECASE)
        return query[:start] + new + query[end:]
    if lead:
        return f"{bare(query)} {lead} {new}?"
    counted = re.search(r"\bhow many ([a-z-]+)\b", query, re.IGNORECASE)
    if counted and re.fullmatch(r"(?:the )?[a-z]+", new):
        noun = re.sub(r"^the ", "", new)
        return query[: counted.start(1)] + noun + query[counted.end(1) :]
    if question != asked and about:
        return f"{'Who' if sort_of(new) == 'person' else 'What'} is {new}?"
    return None


_CORRECTS = re.compile(
    r"^(?:(?:no|sorry|not that(?: one)?)\b[,;.]?\s+){0,2}(?:but\s+)?i (?:meant?|was (?:asking|talking) about)\s+"
    r"|^no[,;]\s+(?=the\s)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\bthe (first|second|third|fourth|last|former|latter|other)(?: one| of them)?"
    r"(?=\s*(?:[?.!]|$)|\s+(?:is|was|has|did|do|does|did|go|come|live|say)\b)",
    re.IGNORECASE,
)
_PLACES_IN_LIST = {"first": 0, "former": 0, "second": 1, "latter": 1, "other": 1, "third": 2, "fourth": 3, "last": -1}


def _numbered(history: Sequence[Past], question: str) -> str:
    """`question` with the name of "the second one", where the last answer was a list of several."""
    match = _NUMBERED.search(question)
    items = [i.strip() for i in re.split(r";|,|\band\b", history[-1].short or "") if i.strip()]
    if match is None or len(items) < 2 or not all(re.search(r"[A-Z]", i) for i in items):
        return question
    at = _PLACES_IN_LIST[match.group(1).lower()]
    return question[: match.start()] + items[at] + question[match.end() :] if at < len(items) else question


_SORTS_OF_NOUNS: tuple[tuple[frozenset[str], Sort], ...] = (
    (ROLE_NOUNS | {"head", "boss"}, "person"), (GROUP_NOUNS, "group"),
)  # fmt: skip
_NOUN_PHRASE = re.compile(
    rf"\bthe (?:[a-z’'-]+ ){{0,3}}?({'|'.join(sorted(set().union(*(n for n, _ in _SORTS_OF_NOUNS))))})s?\b"
    r"(?: of (?:the )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)?"
)
_ACTS = frozenset(("person", "group"))


def _like_noun(query: str, new: str) -> tuple[int, int] | None:
    """Where in `query` stands whom "the union", "the mayor" replaces: somebody of its sort, else who acts."""
    if re.match(r"the\s", new, re.IGNORECASE) is None:
        return None
    head = re.split(r"\s(?:of|in|for|at|from)\s", new.lower())[0].split()[-1]
    wanted = _sort_of_noun(head)
    if wanted is None:
        return None
    told = [(m.start(), m.end(), sort) for m in _NOUN_PHRASE.finditer(query)
            if (sort := _sort_of_noun(m.group(1))) is not None]  # fmt: skip
    told += [(m.start, m.end, sort_of(m.text, query[: m.start])) for m in find_mentions(query) if m.kind == "name"]
    alike = [(start, end) for start, end, sort in told if sort == wanted]
    clause = read_clause(query)
    acting = [(start, end) for start, end, sort in told if clause and sort in _ACTS | {"unknown"}
              and clause.subject.endswith(query[start:end])]  # fmt: skip
    return next(iter((*acting, *alike)), None)


def _sort_of_noun(noun: str) -> Sort | None:
    return next((sort for nouns, sort in _SORTS_OF_NOUNS if {noun, noun.removesuffix("s")} & nouns), None)


_SPEAKERS_LEAD = ("according to", "because of")


def _like_part(query: str, lead: str, new: str) -> tuple[int, int] | None:
    """Where in `query` stands what `new` replaces: a name or date of its sort, after the same preposition if any."""
    mentions = [m for m in find_mentions(query) if m.kind in ("name", "date")]
    inside = find_mentions(new)
    kinds = {m.kind for m in inside} & {"name", "date"}
    if lead.lower() in _SPEAKERS_LEAD:
        said_by = re.search(rf"\b{lead}\s+([^?,;]+)", query, re.IGNORECASE)
        return (said_by.start(1), said_by.end(1)) if said_by else None
    if not kinds and not lead:
        return None
    mentions = [m for m in mentions if m.kind in (kinds or {"name"})]
    if lead:
        for mention in reversed(mentions):
            if re.search(rf"\b{lead}\s+(?:the\s+)?$", query[: mention.start], re.IGNORECASE):
                return mention.start, mention.end
        if "date" in kinds and mentions:
            return mentions[-1].start, mentions[-1].end
        return None
    if not mentions:
        return None
    wanted = sort_of(new)
    alike = [m for m in mentions if sort_of(m.text, query[: m.start]) == wanted]
    plain = [m for m in alike if not AFTER_PREPOSITION.search(query[: m.start].removesuffix("the "))]
    if alike:
        return (plain or alike)[-1].start, (plain or alike)[-1].end
    return mentions[-1].start, mentions[-1].end


def _another_year(history: Sequence[Past], query: str, new: str) -> str | None:
    """For "And the year before?": the year that was spoken of, one earlier or later."""
    match = _OTHER_TIME.match(new)
    if match is None:
        return None
    known = _YEAR.findall(query) or _YEAR.findall(history[-1].short or "")
    unit = (match.group(1) or match.group(4) or match.group(5)).lower()
    which = (match.group(2) or match.group(3) or match.group(6)).lower()
    if unit != "year" or not known:
        return f"{bare(query)} ({new})?"
    year = int(known[-1]) + (1 if which in ("after", "next", "following", "later") else -1)
    if _YEAR.search(query):
        return _YEAR.sub(str(year), query)
    return f"{bare(query)} in {year}?"
