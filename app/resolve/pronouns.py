"""Who or what "he", "it", "they" and "there" stand for: what the talk named, of the same number and sort.

A person is never stood for by "it", nor a country or a company by "he".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.mentions import content_words, find_mentions
from app.question import read_question
from app.resolve.clauses import event_of, opened, read_clause
from app.resolve.entities import (
    ROLE_NOUNS,
    answer_of,
    entities,
    find_place,
    focus,
    latest,
    named,
    plural_noun,
    said_names,
    sort_of,
)
from app.resolve.gender import gender_of, gender_said
from app.resolve.past import Past
from app.resolve.terms import NOTHING, Carried
from app.resolve.topics import in_brackets, with_names
from app.resolve.words import usage

__all__ = ["AFTER_PREPOSITION", "fill_pronouns"]

_LIKELY = 0.3  # chance of a word
_PERSONAL = re.compile(r"\b(he|him|his|she|her|hers)\b", re.IGNORECASE)
_EXPLETIVE = (
    r"(?!\s+(?:is|was)\s+(?:true|possible|likely|legal|clear|known|said|reported|important|safe)\b)"
    r"(?!\s+takes?\b)(?!\s+(?:true|possible|likely|legal)\b)(?!\s+[\w-]+\s+(?:to|that|for|if)\b)"
    r"(?!\s+a\s+good\s+idea\b)(?!\s+(?:mean|cost|make)\b.{0,60}\b(?:to|if)\b)"
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
AFTER_PREPOSITION = re.compile(
    r"\b(?:about|to|with|by|for|against|on|in|at|of|from|after|before|into|over)\s+$", re.IGNORECASE
)


def fill_pronouns(history: Sequence[Past], question: str, carried: Carried = NOTHING) -> str | None:
    """Every pronoun that the question itself does not explain, replaced by what the talk was about."""
    if re.search(r"\bit\b", question) and _ARRANGED.search(question):
        things = {e.sort for e in entities(history[-1])} - {"date"}
        if (things == {"place"} and _lower_thing(history[-1].query) is None) or _WITH_IT.search(history[-1].query):
            return in_brackets(question, _arrangement(history[-1].query))
    filled = question
    for pattern, find in ((_PERSONAL, _person), (_PLURAL, _several), (_NEUTRAL, _one_thing), (_THERE, _there)):
        match = pattern.search(filled)
        if match is None or _explained(filled, match, question):
            continue
        found = find(history, filled, carried)
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
        answer = answer_of(history[-1])
        if find is _person and answer and _described(history[-1]) == found and found[:4] != "the ":
            filled = in_brackets(filled, (re.sub(r"^(?:an?|the)\s+", "", answer),))
        filled = _ALL_OF.sub("How many ", filled)
        if find is _several and found[:4] == "the ":
            filled = with_names(history, filled)
    about = _OF_THAT.search(filled) if filled != question else None
    if about is not None and (topic := _topic(history[-1].query)) and topic.lower() not in filled.lower():
        filled = f"{filled[: about.start(1)]}{topic}{filled[about.end(1) :]}"  # "its director" speaks of something else
    return None if filled == question else filled


_OF_THAT = re.compile(r"\b(?:about|on|to|of) (this|that|it)\s*[?.!]*$", re.IGNORECASE)
_WITH_IT = re.compile(r"\bit\b[^()]*\([^()]*\)\W*$")  # a query that had its topic put behind it
_ALL_OF = re.compile(r"^(?:and )?how many of (?:the )?(?=(?:[\w.-]+ ){1,6}(?:were|are) there\b)", re.IGNORECASE)
_HUMAN = frozenset("he him his she her hers".split())
_BREAK = re.compile(r"[?;:,–.]\s|\s-\s|\s(?:and|or|but|so|if)\s", re.IGNORECASE)


_OWNERS = re.compile(r"(?:which|what|how many)\s+(?:[\w-]+\s+){0,2}?[a-z]{3,}s\s+(?:[\w-]+\s+){2,}$", re.IGNORECASE)
_HELPER_LAST = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|about|of|by|for)\s+$", re.IGNORECASE
)


def _says_before(before: str, word: str) -> bool:
    """Whether plain words earlier in the question are what `word` stands for: "What is barratry and is it legal?"."""
    before = opened(before)
    breaks = list(_BREAK.finditer(before))
    if breaks and any(usage(w.lower()).noun >= 0.1 for w in content_words(before[: breaks[-1].start()])):
        return True
    if word in ("its", "their") and _OWNERS.match(before) and not _HELPER_LAST.search(before):
        return True  # "Which villages were told to keep their windows shut?"
    owns = re.search(r"\b(?:do|does|did|an?)\s+((?:[a-z-]+\s+)?[a-z-]+)\s+\w+", before)
    return word in ("its", "their") and owns is not None and bool(content_words(owns.group(1)))


def _explained(question: str, pronoun: re.Match[str], typed: str) -> bool:
    """Whether a name in the question itself is what `pronoun` stands for: it comes first and is of its sort."""
    word = pronoun.group().lower()
    if word == "there":
        return False
    if word not in _HUMAN and _says_before(question[: pronoun.start()], word):
        return True
    start = len(question) - len(opened(question))
    before = [m for m in find_mentions(question[: pronoun.start()]) if m.kind == "name" and m.start >= start]
    before = [m for m in before if m.text in typed]
    if not before:
        return False
    if word in ("him", "them", "it", "this", "that", "these", "those") or (
        word == "her" and not re.match(r"\s+[a-z]", question[pronoun.end() :])
    ):
        if word in ("him", "her", "them") and not AFTER_PREPOSITION.search(question[: pronoun.start()]):
            return False  # a subject is not its own object
        if AFTER_PREPOSITION.search(question[: pronoun.start()]) or word in ("this", "that"):
            return False
    sorts = {sort_of(m.text, question[: m.start]) for m in before}
    if word in ("he", "his", "she", "her", "him", "hers"):
        return bool(sorts & {"person", "unknown"})
    return bool(sorts & {"group", "place", "thing", "unknown"}) or word in ("they", "their", "theirs")


def _person(history: Sequence[Past], question: str, carried: Carried) -> str | None:
    """Whom "he" or "she" stands for; where that is known to be the other of the two, another one of the talk."""
    found = _whom(history, question)
    pronoun = _PERSONAL.search(question)
    wanted = gender_said(pronoun.group()) if pronoun else None
    if found is None or wanted is None or gender_of(found, history) in (wanted, None):
        return found
    others = [
        e.text for past in reversed(history) for e in (*entities(past), *said_names(past))
        if e.sort in ("person", "unknown") and e.text != found
    ]  # fmt: skip
    told = {name: gender_of(name, history) for name in others}
    return next((n for n in others if told[n] == wanted), next((n for n in others if told[n] is None), found))


def _whom(history: Sequence[Past], question: str) -> str | None:
    """Whom "he" or "she" stands for: the person that answered, or was asked about, or is named near, or a role."""
    past = history[-1]
    kind = read_question(past.query).kind
    defined = _DEFINED.match(opened(past.query)) is not None  # what "Who is Ana Rojas?" is answered with is still she
    who = kind == "person" or (kind == "definition" and not defined and _WHO.match(opened(past.query)) is not None)
    of_turn = tuple(entities(past))
    answered = [
        e for e in of_turn if e.answered and not defined and (e.sort == "person" or (who and e.sort == "unknown"))
    ]
    asked = [e for e in of_turn if not e.answered and e.sort == "person"]
    if len(asked) > 1 and _ANSWERS_BACK.search(question):
        return asked[-1].text  # whom something was said about
    described = _described(past) if who else None
    whole = answer_of(past)
    if who and answered and whole and answered[0].text in whole and all(w[0].isupper() for w in whole.split()):
        return whole
    if who and not answered and not described and (agent := _agent(past.query)) is not None:
        return agent  # whom nothing was found on is still not the one that the question names
    if answered or described or asked:
        return answered[0].text if answered and not described else described or asked[0].text
    said = next((e for e in said_names(past) if e.sort == "person"), None)
    if said is not None and not who:
        return said.text
    if re.search(r"\bher\b", question) and of_turn and of_turn[0].answered and of_turn[0].sort == "thing":
        return of_turn[0].text  # a ship
    role = _role(past.query) or _agent(past.query)
    if role is not None:
        return role
    asked = [e for e in of_turn if e.sort == "unknown"]
    found = (asked[0] if asked else None) or said or latest(history[:-1], ("person", "unknown"))
    return found.text if found is not None else next((r for p in reversed(history[:-1]) if (r := _role(p.query))), None)


_WHO = re.compile(r"(?:(?:to|by|for|with|from|against)\s+)?who(?:m|se)?\b", re.IGNORECASE)
_DEFINED = re.compile(r"(?i:who (?:is|was)) [A-Z](?!.*[’']s? [a-z])")  # "Ana Rojas", not "Ana Rojas's husband"
_ANSWERS_BACK = re.compile(
    r"^who (?:is|was|are) (?:s?he|they)\b"
    r"|\b(?:respond|reply|react|answer|deny|denied|replied|responded|reacted|defend)\b",
    re.IGNORECASE,
)
_NAME = r"[A-Z][\w’'-]*(?: (?:(?:al|bin|de|van|von|el|da)[ -])?[A-Z][\w’'-]*){0,3}"


def _described(past: Past) -> str | None:
    """Who was only described, "an ISIS leader": by name, where the statements or what is around them tell it."""
    short = answer_of(past)
    match = re.match(r"(?:(an?|the)\s+)?((?:[\w’'.-]+\s+){0,4}[a-z]+)$", short or "")
    if short is None or match is None or match.group(2).split()[-1] not in ROLE_NOUNS:
        return None
    noun = re.escape(match.group(2))
    for text in (past.said, past.near):
        named_after = re.search(rf"\b({_NAME}),? (?:who (?:was|is) )?(?:an?|the) (?:[\w-]+ ){{0,2}}{noun}\b", text)
        named_before = re.search(rf"\b{noun},? ({_NAME})", text)
        found = named_after or named_before
        if found is not None and sort_of(found.group(1)) in ("person", "unknown"):
            return found.group(1)
    return f"the {match.group(2)}"


_AGENTS = {
    "leads": "leader", "led": "leader", "heads": "head", "headed": "head", "runs": "head", "owns": "owner",
    "owned": "owner", "founded": "founder", "coaches": "coach", "coached": "coach", "manages": "manager",
    "managed": "manager", "governs": "governor", "commands": "commander", "commanded": "commander", "won": "winner",
    "wrote": "author", "directed": "director", "chairs": "chair", "chaired": "chair",
}  # fmt: skip
_NOW = re.compile(r"\s+(?:now|today|currently|at present|these days|at the moment)$", re.IGNORECASE)


def _agent(query: str) -> str | None:
    """Who does what a question asks who does: "the leader of Islamic State" of "Who leads Islamic State now?"."""
    clause = read_clause(query)
    if clause is None or clause.question_word != "who" or clause.object_asked or not clause.rest:
        return None
    rest = _NOW.sub("", clause.rest)
    if not clause.auxiliary and clause.verb in _AGENTS:
        return f"the {_AGENTS[clause.verb]} of {rest}"
    if clause.auxiliary in ("was", "is") and clause.verb not in ("involved", "invited"):
        return f"the person {clause.verb} {rest}"
    return None


_ROLE = re.compile(
    r"\b(?:the|an?)\s+((?:[a-z]+\s+){0,2}([a-z]+)(?:\s+(?:of|for|in)\s+(?:the\s+)?[A-Z][\w-]*(?:\s+[A-Z][\w-]*)*)?)"
)


def _role(query: str) -> str | None:
    """The person a question tells by what they are: "the mayor of Oslo"."""
    for match in _ROLE.finditer(query):
        if match.group(2) in ROLE_NOUNS:
            return f"the {match.group(1)}"
    return None


_SEVERAL = re.compile(
    r"^(?:the )?(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|several|some|many|dozens of|hundreds of)"
    r"(?: [A-Za-z.-]{2,}){0,2} (?:people|men|women|children|[a-z-]{2,}s)$"
)


_UNFOLDS = re.compile(
    r"\b(?:start(?:ed)?|beg[iau]n|end(?:ed)?|happen(?:ed)?|last(?:ed)?|stop(?:ped)?|br[eo]ke?n? out|t[ao]o?ke? place"
    r"|erupt(?:ed)?|occur(?:red)?|spread|strong|caused?|trigger(?:ed)?|sparked|prompted|coordinated|organi[sz]ed|behind"
    r"|ordered|planned|claimed|postponed|cancell?ed|contained|called off)\b",
    re.IGNORECASE,
)


def _happening(history: Sequence[Past], question: str, *, plural: bool) -> str | None:
    """The event that a pronoun stands for, asked of as only events are: when it began."""
    if not _UNFOLDS.search(question):
        return None
    for text in (*(past.query for past in reversed(history[-3:])), history[-1].said[:_OPENING]):
        found = event_of(text)
        if found is not None:
            return found[0] if found[1] == plural else None
    return None


_OPENING = 250  # characters of what was answered


def _several(history: Sequence[Past], question: str, carried: Carried) -> str | None:
    if (happening := _happening(history, question, plural=True)) is not None:
        return happening
    past = history[-1]
    noun = plural_noun(past.query)
    if noun is None and past.short and _SEVERAL.match(past.short):
        return "the " + re.sub(r"^(?:the )?(?:\d[\d,.]* )?", "", past.short)
    group = latest(history, ("group",), turns=2)
    if noun and re.match(rf"(?:which|what|how many) (?:[\w-]+ )?{re.escape(noun)}\b", past.query, re.IGNORECASE):
        return f"the {noun}"
    if noun and (group is None or re.search(r"\bhow many\b|\bof (?:them|these|those)\b", question, re.IGNORECASE)):
        return f"the {noun}"
    if group is not None:
        return group.text
    names = [e for e in entities(past) if e.answered and e.sort != "date"]
    if len(names) > 1:
        return (past.short or "").replace(";", ",") or None
    if re.search(r"\b(?:these|those)\b", question, re.IGNORECASE):
        return focus(past.query)
    found = latest(history, ("place", "unknown", "thing", "person"))
    if found and (carried is NOTHING or carried.chance(found.text) >= _LIKELY):
        return found.text
    return carried.guesses[0][0] if carried.guesses else focus(past.query)


def _one_thing(history: Sequence[Past], question: str, carried: Carried) -> str | None:
    """What "it" is: the answer if that names a thing, else the first thing or group asked about, else the likeliest."""
    if (happening := _happening(history, question, plural=False)) is not None:
        return happening
    past = history[-1]
    kind = read_question(past.query).kind
    of_turn = [e for e in entities(past) if e.sort not in ("date", "person")]
    answered = [e for e in of_turn if e.answered]
    whereabouts = re.match(r"(?:and |but |so )?where\b", past.query, re.IGNORECASE) is not None
    if answered and not whereabouts and kind in ("place", "definition", "fact"):
        return answered[0].text
    of_turn = [e for e in of_turn if e.answered or carried is NOTHING or carried.chance(e.text) >= _LIKELY]
    sure = next((e for e in of_turn if e.sort in ("thing", "group", "unknown")), None)
    noun = _lower_thing(past.query)
    as_object = re.search(r"\bit\s*[?.]*$", question) is not None
    if sure and noun and sure.sort == "group" and as_object and past.query.find(noun) > past.query.find(sure.text):
        return noun  # what was done to the thing, not to those who did something with it
    if sure is not None:
        return sure.text
    if of_turn and noun:
        return f"{noun} in {of_turn[0].text}"
    if noun and carried.chance(noun) >= _LIKELY:
        return noun
    shaped = [e for e in named(past.query) if e.sort == "person"]  # a ship can have a name of two words as well
    if shaped and not noun and kind != "person":
        return shaped[0].text
    if carried.guesses:
        return carried.guesses[0][0]
    if of_turn:
        return of_turn[0].text
    found = latest(history[:-1], ("thing", "group", "unknown", "place"))
    return noun or (found.text if found and not content_words(past.query) else focus(past.query))


_ARRANGED = re.compile(
    r"\b(?:costs?|pa(?:y|ys|id) for|funded?|financed?|works?|introduced|abolished|planned|decided|announced|agreed"
    r"|approved|banned|allowed|necessary|criticised|criticized|oppose[sd]?|supports?|supported)\b",
    re.IGNORECASE,
)


def _arrangement(query: str) -> tuple[str, ...]:
    """What a question is about that names only where it is: that buses are free costs something, no town does."""
    topic = re.search(r"\(([^()]*)\)\W*$", query)
    places = (e.text for e in named(query) if e.sort == "place")
    return tuple(topic.group(1).split(", ")) if topic else (focus(query) or "", *places)


def _topic(query: str) -> str | None:
    """What a question is about: who or what it asks of, else its longest run of words that carry content."""
    clause = read_clause(query)
    return clause.subject if clause is not None and clause.subject else focus(query)


_LOWER_THING = re.compile(
    r"\b(the (?:[a-z-]+ ){0,2}?[a-z-]{3,})\b"
    r"(?=\s+(?:in|on|at|near|of|to|from|between|against)\b|[?.!]|$| \w+ed\b)"
)


def _lower_thing(query: str) -> str | None:
    """A thing told by a definite noun: "the attack" of "Who carried out the attack in Paris?"."""
    found = [m.group(1) for m in _LOWER_THING.finditer(query)]
    found = [n for n in found if n.split()[-1] not in ROLE_NOUNS and content_words(n)]
    return found[-1] if found else None


def _there(history: Sequence[Past], question: str, carried: Carried) -> str | None:
    found = find_place(history)
    return found.text if found else None
