"""Questions that a sentence of an article answers, told by its form: who somebody is or what they said, how many, when.

Each comes with its proof: words of the sentence that an answer has to tell, or it is no example. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.forms.role_nouns import PERSON_NOUNS
from app.mentions import Mention, find_mentions
from ingest.article import normalise_space

__all__ = ["Drafted", "draft_from", "full_names"]

_LONGEST_NAME = 4  # words; what is longer is a line of names or of headlines
_LONGEST_NOUN = 3
_TITLES = PERSON_NOUNS | frozenset("mr mrs ms dr sir president prime senator sen rep gov gen lt col capt prof".split())
_ROLE = "|".join(sorted(map(re.escape, PERSON_NOUNS), key=len, reverse=True))
_WHO_FOLLOWS = re.compile(
    r"^,\s+(?:(?:an?|the|who (?:is|was|became)(?: an?| the)?)\s+)?(?:[\w'’-]+\s+){0,5}?"
    rf"(?:{_ROLE})\b(?!['’-])",
    re.IGNORECASE,
)
_SAID = "said|told|warned|claimed|argued|explained|added|noted|predicted|admitted|insisted|stressed"
_SAID_AFTER = re.compile(rf"^(?:,[^,.;]{{3,60}},)?\s+(?:{_SAID})\b")
_SAID_BEFORE = re.compile(rf"\b(?:{_SAID}|says)\s+$")
_ROUGHLY = r"(?:(?:about|around|roughly|nearly|almost|some|over|at least|more than|fewer than|as many as|up to) )*"
_WORD_NUMBER = r"(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|[Ee]leven|[Tt]welve)"
_LOOSE = r"(?:[Dd]ozens|[Hh]undreds|[Tt]housands)(?= of\b)"
_MANY = rf"{_ROUGHLY}(?P<n>\d[\d.,]*(?: (?:million|billion))?|{_WORD_NUMBER}|{_LOOSE})(?: of)?"
_NOUN = (
    rf" (?P<noun>(?:[a-z][a-z-]+ ){{0,{_LONGEST_NOUN - 1}}}?"
    r"(?:people|men|women|children|troops|police|civilians|(?!this|was|has|is|does|years|months|days|hours|minutes"
    r"|weeks|percent|times|points|dollars|miles|metres|meters|feet|others|of\b)[a-z]{3,}[^s\W]s))\b"
)
_VERB = (
    r"(?:\w{3,}ed|hurt|shot|found|made|sent|seen|taken|given|held|built|sold|lost|brought|put|left|born|hit|won|told)"
)
_IN_PLACE = r"(?P<where> (?:in|at|near|across|from) (?:the )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2})?"
_WERE_DONE = re.compile(
    rf"(?<![\w$€£,.-]){_MANY}{_NOUN} (?P<be>were|have been|had been|are) (?P<done>{_VERB})\b{_IN_PLACE}"
)
_HAS_DONE = re.compile(
    r"(?P<who>\b(?:[Tt]he )?(?:[A-Z][\w’'-]+ ?){1,3}(?:[a-z]+ ?)?|\b[Tt]he [a-z]+(?: [a-z]+)?) "
    rf"(?P<has>has|have) (?P<done>{_VERB}) {_MANY}{_NOUN}"
)
_HARMED = re.compile(
    r"\b(?P<done>killed|killing|injured|injuring|wounded|wounding|arrested|arresting|detained|rescued) "
    rf"{_MANY}{_NOUN}{_IN_PLACE}"
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.|Feb\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.)"
)
_DAY = rf"(?P<day>(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}})?(?:,? \d{{4}})?|(?:19|20)\d\d)"
_REST = r"(?P<rest>(?: [a-z][\w’'-]*| [A-Z][\w’'-]+){0,6}?)"
_WAS_DONE = re.compile(rf"^\s+(?P<be>was|were) (?P<done>{_VERB}){_REST},? (?:in|on|since) {_DAY}(?!\w)")
_BASE = {
    "announced": "announce", "attacked": "attack", "banned": "ban", "became": "become", "began": "begin",
    "bought": "buy", "captured": "capture", "closed": "close", "collapsed": "collapse", "declared": "declare",
    "died": "die", "disappeared": "disappear", "entered": "enter", "fled": "flee", "founded": "found",
    "invaded": "invade", "joined": "join", "killed": "kill", "launched": "launch", "left": "leave", "lost": "lose",
    "married": "marry", "met": "meet", "moved": "move", "opened": "open", "passed": "pass", "published": "publish",
    "received": "receive", "released": "release", "resigned": "resign", "retired": "retire", "returned": "return",
    "seized": "seize", "signed": "sign", "started": "start", "stepped down": "step down", "sued": "sue",
    "took office": "take office", "took over": "take over", "visited": "visit", "voted": "vote",
    "withdrew": "withdraw", "won": "win",
}  # fmt: skip
_DID = re.compile(
    rf"^\s+(?P<did>{'|'.join(sorted(_BASE, key=len, reverse=True))}){_REST},? (?:in|on|since) {_DAY}(?!\w)"
)
_PASSIVE = {"killing": "killed", "injuring": "injured", "wounding": "wounded", "arresting": "arrested"}
_CAPITALISED = r"[A-ZÀ-Þ][a-zß-ÿ]+"
_WRITTEN = re.compile(
    rf"[A-Z]\.|(?:[AE]l-|[ae]l-|[ODdL][’'])?{_CAPITALISED}(?:-?{_CAPITALISED})*|of|de|la|van|von|der|bin|ibn|del|da"
)
_BODIES = frozenset(
    """agency army associated association auction authority bank board bureau center centre church city club college
    commission committee company corp council country county court department force getty government group health
    hospital house images inc institute island league media ministry network news office organisation organization park
    party police post press republic reuters school service state states street system team times tribune union
    university""".split()
)
_INTRANSITIVE = frozenset(
    ("began", "closed", "collapsed", "died", "disappeared", "left", "opened", "resigned", "retired", "returned",
     "started", "stepped down", "took office", "withdrew")
)  # fmt: skip
_NAMED_INSIDE = re.compile(r"[a-z] (?:the )?$")  # what opens a sentence or a quotation is capitalised for that alone
_ANY_PLACE = re.compile(r" (?:in|near|across|at) (?:the )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2}")
_LEANS = re.compile(
    r"\b(?:he|she|it|they|his|her|its|their|this|that|these|those|which|who|I|we|you|my|our)\b", re.IGNORECASE
)
_ENDS_BADLY = re.compile(r"\b(?:the|an?|of|in|on|at|to|for|by|and|or|with|from|as)$")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A question made of a sentence; an answer to it tells `proof`."""

    kind: str
    question: str
    proof: str


def draft_from(sentence: str, names: Sequence[str] = ()) -> Iterator[Drafted]:
    """The questions that `sentence` answers. `names` are the full ones of its article: a surname stands for one."""
    text = normalise_space(sentence)
    found = [m for m in find_mentions(text) if m.kind == "name"]
    for mention in found:
        before, after = text[: mention.start], text[mention.end :]
        if (person := _whole(mention.text, names)) is None:
            continue
        if _WHO_FOLLOWS.match(after):
            yield Drafted("Who", f"Who is {person}?", "")
        if _SAID_AFTER.match(after) or _SAID_BEFORE.search(before):
            yield from _said(person, found, text)
        yield from _when(person, after)
    yield from _how_many(text)


def full_names(texts: Sequence[str]) -> tuple[str, ...]:
    """The names of several words in `texts`, in order, each once."""
    named = (m.text for t in texts for m in find_mentions(t) if m.kind == "name")
    return tuple(dict.fromkeys(name for n in named if (name := _person(n))))


def _person(name: str) -> str | None:
    """`name` less what stands before its last title; None where it is no name of a few words written as such."""
    words = normalise_space(name).split()
    titles = [n for n, w in enumerate(words) if w.rstrip(".").lower() in _TITLES]
    words = words[titles[-1] + 1 :] if titles else words
    words = words[2:] if words[:1] == ["of"] else words  # the Secretary of State
    plain = all(_WRITTEN.fullmatch(w) for w in words) and len(set(words)) == len(words)
    short = 2 <= len(words) <= _LONGEST_NAME and words[0][0].isupper()
    return " ".join(words) if plain and short and not _BODIES & {w.lower() for w in words} else None


def _whole(name: str, names: Sequence[str]) -> str | None:
    """The full name that `name` is or ends."""
    words = normalise_space(name).split()
    return _person(name) if len(words) > 1 else next((full for full in names if full.split()[-1:] == words), None)


def _said(person: str, found: Sequence[Mention], text: str) -> Iterator[Drafted]:
    """What somebody said of something that the sentence names."""
    last = person.split()[-1]
    for about in found:
        words = normalise_space(about.text)
        before, after = text[: about.start], text[about.end :]
        told = last not in words.split() and len(words.split()) <= _LONGEST_NAME and len(words) > 1
        cut = after.startswith(("'", "’", "-")) or "’s " in words or (after.startswith(".") and len(words) < 5)  # Sen.
        if told and not cut and _NAMED_INSIDE.search(before):
            the = "the " if before.endswith("the ") else ""
            yield Drafted("What was said", f"What did {person} say about {the}{words}?", "")
            return
    yield Drafted("What was said", f"What did {person} say?", "")


def _how_many(text: str) -> Iterator[Drafted]:
    for found in _WERE_DONE.finditer(text):
        been = {"have been": "have", "had been": "had"}.get(found["be"])
        done = f"{been} been {found['done']}" if been else f"{found['be']} {found['done']}"
        if where := _where(found, text):
            yield Drafted("How many", f"How many {found['noun']} {done}{where}?", found["n"])
    for found in _HAS_DONE.finditer(text):
        who = found["who"].strip()
        if not _LEANS.search(who):
            who = who[0].lower() + who[1:] if who.startswith("The ") else who
            asked = f"How many {found['noun']} {found['has']} {who} {found['done']}?"
            yield Drafted("How many", asked, found["n"])
    for found in _HARMED.finditer(text):
        done = _PASSIVE.get(found["done"], found["done"])
        if where := _where(found, text):
            yield Drafted("How many", f"How many {found['noun']} were {done}{where}?", found["n"])


def _where(found: re.Match[str], text: str) -> str:
    """Where it was, behind it or later in the sentence: without a place it could be any number of things."""
    later = _ANY_PLACE.search(text, found.end())
    return found["where"] or (later.group() if later else "")


def _when(name: str, after: str) -> Iterator[Drafted]:
    """When something was done to what is named, or when that did something."""
    found, asked = _WAS_DONE.match(after), ""
    if found:
        asked = f"When {found['be']} {name} {found['done']}{found['rest'].rstrip()}?"
    elif (found := _DID.match(after)) and (found["rest"].strip() or found["did"] in _INTRANSITIVE):
        asked = f"When did {name} {_BASE[found['did']]}{found['rest'].rstrip()}?"
    if found and asked and _stands(found["rest"].rstrip()) and any(c.isdigit() for c in found["day"]):
        yield Drafted("When", asked, found["day"])


def _stands(rest: str) -> bool:
    """Whether what follows a verb can end a question: it points at nothing outside it and is no broken phrase."""
    return not _LEANS.search(rest) and not _ENDS_BADLY.search(rest)
