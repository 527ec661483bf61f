"""Questions about the archive told from questions about the world, by their form alone. Pure: text in, value out.

"How many articles mention Palmyra?" asks what the articles hold; "How many articles does the treaty have?" asks what
they say. Only a form that can hardly mean the world is read; whatever else is None and answered from the passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from app.counting_forms import FORMS, IN_ARCHIVE, IS_THERE, LITERAL_ONLY, WEAK_ITEM
from app.mentions import FUNCTION_WORDS

__all__ = ["Asks", "CountQuestion", "Topic", "read_count_question"]

Asks = Literal[
    "articles",
    "stories",
    "files",
    "mentions",
    "outlets",
    "number of outlets",
    "first outlet",
    "which",
    "whether",
    "whether all",
    "first",
    "last",
    "when",
    "days",
    "undated",
    "dated",
]
_LONGEST_READ = 400  # characters: nobody counts by a longer question
_MOST_WORDS = 8  # of a phrase that is not in quotation marks


@dataclass(frozen=True, slots=True)
class Topic:
    """What has to be mentioned: each of `phrases` (or, with `any_of`, one of them), and none of `without`.

    Without phrases, only `without` counts.

    `headline` looks in headlines alone. `quoted` is what the question marks as words to be taken as they stand, `about`
    what it asks for as a subject.
    """

    phrases: tuple[str, ...]
    any_of: bool = False
    without: tuple[str, ...] = ()
    headline: bool = False
    quoted: bool = False
    about: bool = False


@dataclass(frozen=True, slots=True)
class CountQuestion:
    """What is asked of the archive. Without a topic, of all articles; `by` is an author or outlet, as it was written.

    `timed` are words of time that were left out of it. `certain` is False where the form might mean the world after
    all: then it counts only what there is.
    """

    asks: Asks
    topic: Topic | None = None
    by: str | None = None
    certain: bool = True
    timed: str = ""


_OPENING = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?|please|well|then|now|also)\b[, ]*"
    r"|(?:can|could|would) you (?:please )?(?:tell|show) me "
    r"|(?:do you know|tell me|i (?:want|would like) to know|i wonder|let me know) (?=how|which|what|when|who|in|the))+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"[\s,]+(?:{IN_ARCHIVE}|at all|so far|altogether|in total|overall|anywhere|please|here|exactly|"
    rf"{IS_THERE}|by name|even once)$",
    re.IGNORECASE,
)
_HEADLINE = re.compile(
    r"\s+(?:in|within) (?:the|their|its|a|any|an article's|the article's)? ?(?:headlines?|titles?)$", re.IGNORECASE
)
_BODY = re.compile(r"\s+(?:in|within) (?:the|their|its) (?:body|text|full text)$", re.IGNORECASE)
_IN_HEADLINE = re.compile(r"^(?:in|within) (?:the |their |its )?(?:headlines?|titles?)\b ?", re.IGNORECASE)
_NOWHERE_ELSE = re.compile(
    rf"(?:(?:{IN_ARCHIVE}|at all|anywhere|so far|here|altogether|in total|by name|in)\s*)*", re.IGNORECASE
)
_LABEL = re.compile(
    r"^(?:the |a |an )?(?:exact |single |specific |following )*"
    r"(?:words?|phrases?|terms?|expressions?|names?|strings?)\s+(?!of\b|for\b)(?:of )?",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:the )?(?:topic|subject|issue|question|theme|matter|story|news|case) (?:of|about) ", re.IGNORECASE
)
_LEADING = re.compile(r"^(?:the|an?|any|some)\s+(?=\S)")
_QUOTED = re.compile(r"[“\"„«]\s*([^“”\"„«»]{1,300}?)\s*[”\"»]|(?<!\w)[‘']([^‘’']{1,300})[’'](?!\w)")
_JOINING = re.compile(
    r"(?:\b(?:the|both|either|and|or|but|not|without|with|word|words|phrase|phrases|term|terms|name|names|together|also"
    r"|as|well|a|an|any|of)\b|[\s,])*",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\s*,?\s+(?:but (?:do |does )?not(?: mention(?:ing)?)?|and not|without(?: mentioning)?)\s+", re.IGNORECASE
)
_CLAUSE = re.compile(
    r"^(?:that|whether|how|why|what|who|whom|when|where|which|if|more|less|at least|up to)\b", re.IGNORECASE
)
_AS_A_SUBJECT = re.compile(
    r"about|cover|discuss|deal|report|focus|concern|touch|describ|\bon\b|writ|regard", re.IGNORECASE
)
_PRONOUNS = frozenset(
    "it its he him his she her hers they them their this that these those there one us me you we i anyone anything "
    "everything something someone nobody nothing himself herself".split()
)
_SUPERLATIVE = re.compile(r"\b(?:most|least|more|most often|more often|more than \w+|(?:at least )?(?:once|twice))$")
_PREPOSITIONS = frozenset("to at in for with from by of as into than on up out".split())
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_SEASON = r"(?:spring|summer|autumn|fall|winter)"
_DAY = (
    rf"(?:\d{{4}}-\d\d(?:-\d\d)?"
    rf"|(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?)?,?(?: ?(?:of )?(?:19|20)\d\d)?"
    rf"|(?:19|20)\d\ds?|(?:the )?(?:last|past|this|previous) (?:\w+ )?(?:days?|weeks?|months?|years?|{_SEASON})"
    rf"|(?:the )?{_SEASON}(?: of)?(?: (?:19|20)\d\d)?|yesterday|today|now)"
)
_TIMES = (
    r"(?:(?:in|during|since|before|after|between|from|on|until|till|by|throughout|through|over)\s+"
    r"(?:(?:the )?(?:early|mid|late|beginning of|end of|start of|month of|year(?: of)?)[ -])?"
    rf"{_DAY}(?:\s*(?:and|or|to|until|till|through|[-–])\s*{_DAY})?"
    r"|(?:last|this) (?:week|month|year)|(?-i:yesterday|today|recently|lately))"  # not the paper called Today
)
_WHEN = re.compile(rf"[\s,]+{_TIMES}$", re.IGNORECASE)
_PUBLISHED = re.compile(rf" (?:published |written |dated )?{_TIMES}(?= )", re.IGNORECASE)
_DANGLING = re.compile(
    r"[\s,]+(?:in|during|since|before|after|between|from|on|until|by|published|written|dated|and)$", re.IGNORECASE
)


def read_count_question(text: str) -> CountQuestion | None:
    """What `text` asks of the archive; None where it asks of the world, or for no number, list or day of articles."""
    if len(text) > _LONGEST_READ:
        return None
    asked = " ".join(text.split()).strip(" ?!.;:")
    asked = _OPENING.sub("", asked)
    for candidate, timed in _timeless(asked):
        for name, pattern in FORMS:
            found = pattern.fullmatch(candidate)
            read = None if found is None else _read(name, found)
            if read is not None:
                return replace(read, timed=timed or read.timed)
    return None


def _timeless(asked: str) -> Iterator[tuple[str, str]]:
    """The question without the words of time at its end, or in its middle, and these words; then as it stands."""
    at_end = _WHEN.search(asked)
    if at_end is not None:
        yield asked[: at_end.start()], at_end[0].strip(" ,")
    within = _PUBLISHED.search(asked)
    if within is not None:
        yield asked[: within.start()] + asked[within.end() :], within[0].strip()
    yield asked, ""


def _read(name: str, found: re.Match[str]) -> CountQuestion | None:
    """What one form makes of the question."""
    read = _read_form(name, found)
    timed = _trimmed(found["x"])[1] if read and read.topic else ""
    return read and replace(read, timed=timed)


def _read_form(name: str, found: re.Match[str]) -> CountQuestion | None:
    said = {k: v for k, v in found.groupdict().items() if v}
    verb = said.get("verb") or said.get("verb2") or said.get("verb3") or ""
    done = said.get("done", "")
    topic = None
    if "x" in said:
        topic = _topic(said["x"], rest=said.get("rest", ""))
        if topic is None:
            return None
        topic = replace(topic, about=_AS_A_SUBJECT.search(f"{verb} {done}") is not None)
        if _means_the_world(name, said, verb, topic):
            return None
    if name == "negated" and topic:
        if topic.without:
            return None
        topic = replace(topic, phrases=(), without=topic.phrases)
    asks = _fixed(name, said) or _asks(said.get("lead", ""), said.get("item", ""))
    if name in ("order", "extreme"):
        return _in_order(said, topic, name)
    if name == "by" and re.fullmatch(r"[\d\W]*", said["by"]):
        return CountQuestion(asks, topic)  # "from 2020": a time, which is not who made it
    if name == "by":
        return CountQuestion(asks, topic, said["by"], certain=said["made"].lower() == "by" and said["by"][:1].isupper())
    if name in ("made", "of outlet"):
        return CountQuestion(asks, topic, said["by"], certain=False)
    weak = name in ("outlets", "first outlet") and re.fullmatch(r"report(?:ed|s)?", verb, re.IGNORECASE) is not None
    return CountQuestion(asks, topic, certain=not weak)


def _means_the_world(name: str, said: dict[str, str], verb: str, topic: Topic) -> bool:
    """Whether the words of a form may mean something in the world after all: "documents that contain secrets"."""
    item, each = said.get("item", ""), said.get("each", "").lower()
    held = verb.lower().startswith(("contain", "includ", "feature", "name")) and not WEAK_ITEM.fullmatch(item)
    if name in ("count", "whether") and not topic.quoted and LITERAL_ONLY.search(verb) and not held:
        return True
    appearing = said.get("done", "").lower() in ("appear", "occur", "come up", "turn up")
    if name == "appears" or (appearing and not item):  # "In how many articles does it appear" is about the archive
        return not (topic.quoted or said.get("rest") or said["done"].lower() == "mentioned")
    if name == "whether" and item and each not in ("any", "all", "every", "some"):
        return bool(WEAK_ITEM.fullmatch(item)) or (each in ("the", "these") and not item.lower().endswith("s"))
    return verb.lower() == "on" and WEAK_ITEM.fullmatch(item) is not None


def _fixed(name: str, said: dict[str, str]) -> Asks | None:
    """What a form asks whose words leave no choice."""
    if name == "undated":
        return "dated" if "dated" in said else "undated"
    if name == "whether":
        return "whether all" if said.get("each", "").lower() in ("all", "every") else "whether"
    if name in ("outlets", "all outlets"):
        return "number of outlets" if said["lead"].lower() == "how many" else "outlets"
    known: dict[str, Asks] = {
        "first outlet": "first outlet",
        "mentions": "mentions",
        "appears": "mentions",
        "days": "days",
        "list": "which",
    }
    return known.get(name)


def _asks(lead: str, item: str) -> Asks:
    lead = lead.lower()
    if lead and not lead.startswith(("how many", "number", "the number", "the total", "total", "count")):
        return "which"
    item = item.lower()
    return "stories" if item.startswith("stor") else "files" if item.startswith("file") else "articles"


def _in_order(said: dict[str, str], topic: Topic | None, name: str) -> CountQuestion | None:
    order = (said.get("order") or said.get("order2") or ("first" if "again" in said else "")).lower()
    item = said.get("item", "").lower()
    if not order:  # "When was Palmyra mentioned?"
        done = said.get("done", "").lower()
        if said.get("wh", "").lower() == "where":
            return CountQuestion("which", topic) if done in ("mentioned", "referred to") else None
        return CountQuestion("when", topic) if done in ("mentioned", "referred to", "written about") else None
    first = order in ("first", "earliest", "oldest")
    if not first and topic and item and not item.startswith("article"):
        return None  # "the latest story on the strike" is the news of it
    if name == "extreme" and item.startswith(("report", "document", "item", "dispatch", "stor", "piece")):
        return None
    return CountQuestion("first" if first else "last", topic)


# --- what it is about -----------------------------------------------------------------------------------------------


def _topic(written: str, *, rest: str) -> Topic | None:
    """The phrases that are to be looked for; None where `written`, or what follows it, is no such thing."""
    rest = _WHEN.sub("", f" {rest.strip()}")
    headline = _IN_HEADLINE.match(rest.strip()) is not None
    if not _NOWHERE_ELSE.fullmatch(_IN_HEADLINE.sub("", rest.strip())):
        return None
    written, _ = _trimmed(written)
    if _HEADLINE.search(written):
        written, headline = _HEADLINE.sub("", written), True
    written = _BODY.sub("", written)
    quoted = [a or b for a, b in _QUOTED.findall(written)]
    if quoted and _JOINING.fullmatch(_QUOTED.sub(" ", written)):
        return _of_quotes(written, quoted, headline=headline)
    neither = re.match(r"neither (.+) nor (.+)", written, re.IGNORECASE)
    if neither:
        nor = (_phrase(neither[1]), _phrase(neither[2]))
        return Topic((), without=nor, headline=headline) if all(map(_is_countable, nor)) else None
    written, *without = _NOT.split(re.sub(r"[“”\"„«»]", "", written))
    any_of, parts, literal = _parts(written)
    phrases = tuple(_phrase(p) for p in parts)
    left_out = tuple(_phrase(p) for p in without)
    if not all(map(_is_countable, (*phrases, *left_out))):
        return None
    return Topic(phrases, any_of, left_out, headline, quoted=literal)


def _trimmed(written: str) -> tuple[str, str]:
    """Less what says where and when to look."""
    timed = ""
    while True:
        shorter, when = _without_time(_DANGLING.sub("", _TAIL.sub("", written)))
        timed = timed or when
        if shorter == written:
            return written.strip(" ,"), timed
        written = shorter


def _without_time(text: str) -> tuple[str, str]:
    found = _WHEN.search(text)
    return (text, "") if found is None else (text[: found.start()], found[0].strip(" ,"))


def _of_quotes(written: str, quoted: list[str], *, headline: bool) -> Topic | None:
    between = _QUOTED.sub("\0", written).split("\0")
    without = tuple(q for before, q in zip(between, quoted, strict=False) if re.search(r"\b(?:not|without)\b", before))
    phrases = tuple(q for q in quoted if q not in without)
    any_of = any(re.search(r"\bor\b", b, re.IGNORECASE) for b in between)
    if not phrases or not all(re.search(r"\w", q) for q in quoted):
        return None
    return Topic(phrases, any_of, without, headline, quoted=True)


def _parts(written: str) -> tuple[bool, list[str], bool]:
    """Whether one of them is enough, the phrases, and whether they are named as words."""
    literal = _LABEL.match(written) is not None and bool(_LABEL.sub("", written).strip())
    written = _LABEL.sub("", written) if literal else _SUBJECT.sub("", written)
    both = re.fullmatch(r"both (.+?) and (.+)", written, re.IGNORECASE)
    if both:
        return False, [both[1], both[2]], literal
    either = re.fullmatch(r"(?:either )?(.+?)(?:,? or )(.+)", written, re.IGNORECASE)
    if either:
        return True, [*re.split(r", ?", either[1]), either[2]], literal
    several = re.fullmatch(r"(.+?)(?:,? and |,? as well as |,? together with )(.+)", written, re.IGNORECASE)
    if several:
        return False, [*re.split(r", ?", several[1]), several[2]], literal
    return False, [written], literal


def _phrase(written: str) -> str:
    written = re.sub(r"\s*\([^()]*\)$", "", written)  # "Apple (the company)"
    written = _LABEL.sub("", written.strip(" ,")) or written
    return _LEADING.sub("", written).strip(" ,;:?!")


def _is_countable(phrase: str) -> bool:
    words = re.findall(r"\w+", phrase)
    if not words or len(words) > _MOST_WORDS or _CLAUSE.match(phrase):
        return False
    lowered = [w.lower() for w in words]
    if words[0] in _PREPOSITIONS:
        return False
    spelt_out = len(phrase) > 1 and phrase == phrase.upper()  # the US, the IS: names
    if _SUPERLATIVE.search(phrase):
        return False
    named = phrase[0].isupper() and lowered[0] not in _PRONOUNS  # "May", who is no auxiliary
    return spelt_out or named or not all(w in _PRONOUNS or w in FUNCTION_WORDS for w in lowered)
