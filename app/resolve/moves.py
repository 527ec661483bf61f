"""The turns of phrase by which a follow-up leans on what was just asked, each undone by form: no model, no guess.

Each function returns the standalone query, or None where the follow-up is not of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.mentions import content_words, find_mentions
from app.question import read_question
from app.resolve.entities import (
    GROUP_NOUNS,
    PLACE_NOUNS,
    ROLE_NOUNS,
    Entity,
    Sort,
    entities,
    find_place,
    focus,
    latest,
    named,
    plural_noun,
    sort_of,
)
from app.resolve.past import Past

__all__ = ["again", "ask_of_last", "fill_pronouns", "leaves_out", "swap", "with_topic"]

_WH_WORD = (
    r"^(?:(?:and|but|so)\s+)?(?:(?:in|on|at|from|to|by|for|since|with)\s+)?"
    r"(?:who|whom|whose|what|which|when|where|why|how(?: many| much| long| old| far| often)?)\b"
)
_WH = re.compile(rf"{_WH_WORD}\s*", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b", re.IGNORECASE
)
_OPENING = re.compile(r"^(?:(?:and|but|so|then|ok(?:ay)?|also|now|well|right|thanks|great)\b[, ]*){1,3}", re.IGNORECASE)


def opened(question: str) -> str:
    """`question` without the words that only tie it to the talk: "And", "But so"."""
    return _OPENING.sub("", question)


def _bare(text: str) -> str:
    return text.strip().rstrip("?!. ")


# --- tell me more, are you sure ---------------------------------------------------------------------------------------

_MORE = re.compile(
    r"^(?:(?:can|could|would) you )?(?:please )?(?:(?:tell|give|show) me (?:some |any )?more(?: details?| information)?"
    r"|more(?: details?| information)?|go on|continue|keep going|elaborate|(?:any |more |some )?details?|say more"
    r"|anything more|what more(?: do (?:you|we) know)?)(?: please)?"
    r"(?: (?:about|on) (?:it|this|that|him|her|them))?\s*[?.!]*$"
    r"|^(?:really|are you sure|is (?:that|this) (?:true|so|right)|seriously|did (?:he|she|they|it)"
    r"|(?:he|she|they|it|was|that) (?:did|was|is|has|had|were|does|do|will)|no way|how do you know(?: that)?"
    r"|who says(?: so| that)?|says who)\s*[?.!]*$",
    re.IGNORECASE,
)


def again(history: Sequence[Past], question: str) -> str | None:
    """ "Tell me more", "He did?": the last question again, with the name that answered it."""
    if not _MORE.search(question):
        return None
    past = history[-1]
    names = [e.text for e in entities(past) if e.answered and e.text.lower() not in past.query.lower()]
    return f"{_bare(past.query)} ({names[0]})?" if names else past.query


# --- why, where exactly, who else -------------------------------------------------------------------------------------

_BARE = re.compile(
    r"^(why(?: not)?|when(?: exactly)?|where(?: exactly)?|who(?: exactly)?|how(?: exactly| so| come)?|how many|how much"
    r"|how long|how often|how far|by whom|since when|until when|what for|for what|for how long|from where|where from"
    r"|by how much|on what grounds|with whom|who with|against whom|to whom|from whom|in what way|at what time"
    r"|who else|what else|where else|when else|anyone else|anything else|what day|what year|which year"
    r"|(?:which|what) (?:ones?|countr(?:y|ies)|cit(?:y|ies)|day|month|company|team|part|group))"
    r"(?:\s+(?:is|was|were|did|has|does)\s+(?:that|this|it|he|she|they)(?:\s+(?:so|happen(?:ed)?|done|take place))?)?"
    r"(?:\s+exactly)?\s*[?.!]*$",
    re.IGNORECASE,
)
_SAID_ANEW = {
    "how come": "Why", "how so": "How", "what for": "Why", "for what": "Why", "on what grounds": "Why",
    "anyone else": "Who else", "anything else": "What else", "who with": "With whom", "where from": "From where",
    "why not": "Why",
}  # fmt: skip


def ask_of_last(history: Sequence[Past], question: str) -> str | None:
    """ "Why?", "Where exactly?", "Who else?": the same asked of what the last question and its answer say."""
    match = _BARE.match(opened(question))
    if match is None:
        return None
    asking = re.sub(r"\s+exactly$", "", match.group(1), flags=re.IGNORECASE)
    asking = _SAID_ANEW.get(asking.lower(), f"{asking[:1].upper()}{asking[1:]}")
    past = history[-1]
    rest = _body_of(past, answered=not asking.lower().endswith(" else"))
    return f"{asking} {rest}?" if rest else past.query


def _body_of(past: Past, *, answered: bool = True) -> str:
    """The last question without its question word, and the name that answered it: what "Why?" is about."""
    query = _bare(opened(past.query))
    rest = _WH.sub("", query).strip()
    if rest == query and _AUXILIARY.match(rest):
        rest = rest[0].lower() + rest[1:]
    asks_who = re.match(r"(?:who|whose)\b", query, re.IGNORECASE) is not None
    if answered and past.short and asks_who and len(past.short.split()) <= _LONGEST_SWAPPED:
        names = [e.text for e in entities(past) if e.answered] or [past.short]
        rest = f"{names[0]} {rest}" if names[0].lower() not in rest.lower() else rest
    return rest


# --- and in Syria, what about her husband -----------------------------------------------------------------------------

_WHAT_ABOUT = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?)[, ]+)?(?:(?:what|how) about|what of)\s+"
    r"|^(?:and|or|but)\s+(?!(?:what|who|whom|whose|when|where|why|how|which|if)\b)",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(in|on|at|from|to|by|for|of|since|with|against|during|after|before|under|between)\s+(.+)$", re.IGNORECASE
)
_OTHER_TIME = re.compile(
    r"^(?:in |for |during )?(?:the )?(?:(year|month|day|week) (before|after)|(next|following|previous) (year|month|day"
    r"|week)|(?:a|one) (year) (earlier|later|before|after))(?: that)?$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_LONGEST_SWAPPED = 7  # words; what is longer is a question of its own


def swap(history: Sequence[Past], question: str) -> str | None:
    """ "And in Syria?" after "How many fighters are in Iraq?": the last question with its like part replaced."""
    about = _WHAT_ABOUT.match(question)
    ordinal = re.match(r"^(?:the )?(?:year before|year after|next year|previous year)\b", question, re.IGNORECASE)
    if about is None and ordinal is None:
        return None
    new = _bare(question[about.end() :] if about else question)
    if not new or len(new.split()) > _LONGEST_SWAPPED or (about and _AUXILIARY.match(new)):
        return None
    query = history[-1].query
    if timed := _another_year(history, query, new):
        return timed
    new = fill_pronouns(history, new) or new
    preposition = _PREPOSITION.match(new)
    lead, new = (preposition.group(1), preposition.group(2)) if preposition else ("", new)
    place = _like_part(query, lead, new)
    if place is not None:
        start, end = place
        return query[:start] + new + query[end:]
    if lead:
        return f"{_bare(query)} {lead} {new}?"
    counted = re.search(r"\bhow many ([a-z-]+)\b", query, re.IGNORECASE)
    if counted and re.fullmatch(r"(?:the )?[a-z]+", new):
        noun = re.sub(r"^the ", "", new)
        return query[: counted.start(1)] + noun + query[counted.end(1) :]
    return f"{_bare(query)} ({new})?"


def _like_part(query: str, lead: str, new: str) -> tuple[int, int] | None:
    """Where in `query` stands what `new` replaces: a name or date of its sort, after the same preposition if any."""
    mentions = [m for m in find_mentions(query) if m.kind in ("name", "date")]
    inside = find_mentions(new)
    kinds = {m.kind for m in inside} & {"name", "date"}
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
    for mention in reversed(mentions):
        if sort_of(mention.text, query[: mention.start]) == wanted:
            return mention.start, mention.end
    return mentions[-1].start, mentions[-1].end


def _another_year(history: Sequence[Past], query: str, new: str) -> str | None:
    """ "And the year before?": the year that was spoken of, one earlier or later."""
    match = _OTHER_TIME.match(new)
    if match is None:
        return None
    known = _YEAR.findall(query) or _YEAR.findall(history[-1].short or "")
    unit = (match.group(1) or match.group(4) or match.group(5)).lower()
    which = (match.group(2) or match.group(3) or match.group(6)).lower()
    if unit != "year" or not known:
        return f"{_bare(query)} ({new})?"
    year = int(known[-1]) + (1 if which in ("after", "next", "following", "later") else -1)
    if _YEAR.search(query):
        return _YEAR.sub(str(year), query)
    return f"{_bare(query)} in {year}?"


# --- he, it, they, there ----------------------------------------------------------------------------------------------

_PERSONAL = re.compile(r"\b(he|him|his|she|her|hers)\b", re.IGNORECASE)
_EXPLETIVE = (
    r"(?!\s+(?:is|was)\s+(?:true|possible|likely|legal|clear|known|said|reported|important|safe)\b)"
    r"(?!\s+takes?\b)(?!\s+(?:true|possible|likely|legal)\b)"
)
_NEUTRAL = re.compile(
    rf"\b(it|its)\b{_EXPLETIVE}"
    r"|\b(this|that)\b(?=\s*(?:[?.,!]|$|(?:is|was|were|are|happen|happened|mean|come|affect|cause|cost|work)\b))",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"\b(they|them|their|theirs)\b|\b(these|those)\b(?=\s*(?:[?.,!]|$|(?:were|are|come|mean|have|had)\b))",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"\b(?<!is )(?<!are )(?<!was )(?<!were )(?<!been )(?<!be )(there)\b(?!\s+(?:is|are|was|were|any|been|be)\b)",
    re.IGNORECASE,
)
_OF_OBJECT = re.compile(r"\b(?:about|to|with|by|for|against|on|of|from|after|before|into|over)\s+$", re.IGNORECASE)


def fill_pronouns(history: Sequence[Past], question: str) -> str | None:
    """Every pronoun that the question itself does not explain, replaced by what the talk was about."""
    filled = question
    for pattern, find in ((_PERSONAL, _person), (_PLURAL, _several), (_NEUTRAL, _one_thing), (_THERE, _there)):
        match = pattern.search(filled)
        if match is None or _explained(filled, match):
            continue
        found = find(history, filled)
        if not found or (found.lower() in filled.lower() and find is not _person):
            continue
        word = match.group().lower()
        possessive = word in ("his", "its", "their") or (
            word == "her" and re.match(r"\s+[a-z]", filled[match.end() :]) is not None
        )
        found = found + ("'" if found.endswith("s") and word == "their" else "'s") if possessive else found
        found = f"in {found}" if word == "there" else found
        tail = filled[match.end() :]
        filled = filled[: match.start()] + found + tail
        if find is _several and found[:4] == "the ":
            filled = with_names(history, filled)
    return None if filled == question else filled


def _explained(question: str, pronoun: re.Match[str]) -> bool:
    """Whether a name in the question itself is what `pronoun` stands for: it comes first and is of its sort."""
    word = pronoun.group().lower()
    if word == "there":
        return False
    start = len(question) - len(opened(question))
    before = [m for m in find_mentions(question[: pronoun.start()]) if m.kind == "name" and m.start >= start]
    if not before:
        return False
    if word in ("him", "them", "it", "this", "that", "these", "those") or (
        word == "her" and not re.match(r"\s+[a-z]", question[pronoun.end() :])
    ):
        if word in ("him", "her", "them") and not _OF_OBJECT.search(question[: pronoun.start()]):
            return False  # a subject is not its own object
        if _OF_OBJECT.search(question[: pronoun.start()]) or word in ("this", "that"):
            return False
    sorts = {sort_of(m.text, question[: m.start]) for m in before}
    if word in ("he", "his", "she", "her", "him", "hers"):
        return bool(sorts & {"person", "unknown"})
    return bool(sorts & {"group", "place", "thing", "unknown"}) or word in ("they", "their", "theirs")


def _person(history: Sequence[Past], question: str) -> str | None:
    past = history[-1]
    if past.short and read_question(past.query).kind == "person" and len(past.short) <= 60:
        return past.short
    found = latest(history, ("person", "unknown"))
    if found is None:
        return _role(past.query)
    return found.text


_ROLE = re.compile(
    r"\b(?:the|an?)\s+((?:[a-z]+\s+){0,2}([a-z]+)(?:\s+(?:of|for|in)\s+(?:the\s+)?[A-Z][\w-]*(?:\s+[A-Z][\w-]*)*)?)"
)


def _role(query: str) -> str | None:
    """The person a question tells by what they are: "the mayor of Oslo"."""
    for match in _ROLE.finditer(query):
        if match.group(2) in ROLE_NOUNS:
            return f"the {match.group(1)}"
    return None


def _several(history: Sequence[Past], question: str) -> str | None:
    past = history[-1]
    noun = plural_noun(past.query)
    group = latest(history, ("group",), turns=2)
    if noun and (group is None or re.search(r"\bhow many\b|\bof (?:them|these|those)\b", question, re.IGNORECASE)):
        return f"the {noun}"
    if group is not None:
        return group.text
    names = [e for e in entities(past) if e.answered and e.sort != "date"]
    if len(names) > 1:
        return past.short
    if re.search(r"\b(?:these|those)\b", question, re.IGNORECASE):
        return focus(past.query)
    found = latest(history, ("place", "unknown", "thing", "person"))
    return found.text if found else focus(past.query)


def _one_thing(history: Sequence[Past], question: str) -> str | None:
    """What "it" is: the answer if that names a thing, else the first thing, group or place that was asked about."""
    past = history[-1]
    kind = read_question(past.query).kind
    of_turn = [e for e in entities(past) if e.sort not in ("date", "person")]
    answered = [e for e in of_turn if e.answered]
    if answered and kind in ("place", "definition", "fact"):
        return answered[0].text
    noun = _lower_thing(past.query)
    if of_turn:
        first = next((e for e in of_turn if e.sort in ("thing", "group", "unknown")), of_turn[0])
        if first.sort == "place" and noun:
            return f"{noun} in {first.text}"
        if noun and first.sort in ("unknown", "group") and re.search(rf"\b{re.escape(noun)}\b", past.query):
            return first.text
        return first.text
    if noun:
        return noun
    found = latest(history[:-1], ("thing", "group", "unknown", "place"))
    return found.text if found and not content_words(past.query) else focus(past.query)


_LOWER_THING = re.compile(r"\b(the (?:[a-z-]+ ){0,2}?[a-z-]{3,})\b(?=\s+(?:in|on|at|near|of|to|from|between|against)\b|[?.!]|$| \w+ed\b)")


def _lower_thing(query: str) -> str | None:
    """A thing told by a definite noun: "the attack" of "Who carried out the attack in Paris?"."""
    found = [m.group(1) for m in _LOWER_THING.finditer(query)]
    found = [n for n in found if n.split()[-1] not in ROLE_NOUNS and content_words(n)]
    return found[-1] if found else None


def _there(history: Sequence[Past], question: str) -> str | None:
    found = find_place(history)
    return found.text if found else None


# --- did the company respond ------------------------------------------------------------------------------------------

_DEFINITE = re.compile(r"\b(?:the|this|that|these|those)\s+(?:[a-z-]+\s+)?([a-z-]+)\b", re.IGNORECASE)
_MOST_ADDED = 8  # words


def described_sort(question: str) -> tuple[Sort, ...]:
    """The sorts that "the minister", "the company" and the like can stand for; empty where there is none such."""
    for match in _DEFINITE.finditer(question):
        for noun in match.group(0).lower().split()[1:]:
            singular = noun.removesuffix("s")
            if noun in ROLE_NOUNS:
                return ("person",)
            if {noun, singular} & GROUP_NOUNS:
                return ("group", "unknown")
            if {noun, singular} & PLACE_NOUNS:
                return ("place", "thing")
    return ()


_REFERS = re.compile(
    r"\b(?:another|other|others|else|same|too|one|ones|both|(?:the )?(?:first|second|third|latter|former|rest))\b",
    re.IGNORECASE,
)
_COMPLEMENT = re.compile(r"\b(?:of|in|for|about|between|on|with)\s+(?:the\s+|an?\s+)?([a-z]{3,})", re.IGNORECASE)
_FRESH = 2  # content words; a question that brings more of its own is taken to say what it is about


def leaves_out(history: Sequence[Past], question: str) -> bool:
    """Whether a question without pronouns seems to leave out what it is about: "Did the company respond?"."""
    asked = opened(question)
    if any(m.kind == "name" for m in find_mentions(asked)):
        return False
    words = {w.lower() for w in content_words(asked)}
    if not words or described_sort(asked):
        return True
    talked = {w.lower() for past in history[-4:] for w in content_words(f"{past.query} {past.short or ''}")}
    if _REFERS.search(asked) and len(words - talked) <= _FRESH:
        return True
    beside = [w.lower() for w in _COMPLEMENT.findall(asked)]
    complete = any(w in words and w not in talked for w in beside)
    return len(words - talked) <= _FRESH and not complete


def with_topic(history: Sequence[Past], question: str) -> str:
    """The question asked about what the last one named, in brackets."""
    added: list[str] = []
    wanted = described_sort(question)
    if wanted:
        answered = next((e for e in entities(history[-1]) if e.answered and e.sort != "date"), None)
        found = latest(history, wanted[:1]) or answered or latest(history, wanted[1:])
        if found is not None:
            added.append(found.text)
    return with_names(history, question, added)


def with_names(history: Sequence[Past], question: str, first: Sequence[str] = ()) -> str:
    """`question` with `first` and the names of the last query that it lacks, in brackets."""
    past = history[-1]
    added = [name for name in first if name.lower() not in question.lower()]
    topics: list[Entity] = list(named(past.query))
    if not any(e.sort != "date" for e in topics) and not added:
        topics.extend(e for e in entities(past) if e.answered and e.sort != "date")
    for entity in topics:
        lower = entity.text.lower()
        if lower in question.lower() or any(lower in a.lower() for a in added):
            continue
        if sum(len(a.split()) for a in added) + len(entity.text.split()) <= _MOST_ADDED:
            added.append(entity.text)
    if not added and (topic := focus(past.query)):
        added = [w for w in topic.split() if w.lower() not in question.lower()]
        return f"{_bare(question)} ({' '.join(added)})?" if added else question
    return f"{_bare(question)} ({', '.join(added)})?" if added else question
