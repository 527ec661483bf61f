"""What an archive names by what it is: holders of a role, things called by a noun, amounts, what somebody means to do.

A reader points at sentences; a list needs every article that has one. The sentences of all that was found are looked
through by form alone, and a name is taken only where the sentence ties it to the role or noun that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.draft import Research
from app.forms.definition import roles_in
from app.forms.opposites import stem
from app.forms.role_nouns import PERSON_NOUNS, is_role_noun
from app.forms.sentence import Sentence, Subject, sentences_of, stems
from app.mentions import FUNCTION_WORDS, Mention, find_mentions
from app.question import Question
from ingest.article import Span, normalise_space
from store import Hit

__all__ = ["Item", "amounts_told", "called_so", "doers", "holders", "intentions", "is_person_name"]

_HELD = re.compile(
    r"^who (?:has|have|had|all has) (?:ever )?(?:been|served as|worked as|acted as|held the post of)\s+(?:the |an? )?"
    r"(?P<role>[\w\s-]{3,40}?)\s+(?:of|at|for|in)\b|^who (?:has|have|had) (?:ever )?(?:been )?"
    r"(?P<led>head\w*|led|run|ran"
    r"|chair\w*|manag\w+|coach\w*|direct\w+|captain\w*|govern\w*|lead\w*)\b",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"^(?:please )?(?:(?:which|what)(?: of the)?|(?:name|list)(?: all)?(?: the)?)\s+(?:[\w.’'-]+\s+){0,2}?"
    r"(?P<one>[a-z][\w-]+s)(?:\s+(?:and|or)\s+(?P<two>[a-z][\w-]+s))?\b",
    re.IGNORECASE,
)
_WORKED_AS = re.compile(r"\b(?:work|serve|act)(?:s|ed|ing)? as (?:an? |the )?(?P<one>[\w-]+)", re.IGNORECASE)
_META = re.compile(
    r"\b(?:appear\w*|mention\w*|involved|comment\w*|quoted|named?|list|reports?|articles?|stories|works?|worked|serv\w+"
    r"|people|cases?|affairs?|who|which|been|ever|publish\w*)\b",
    re.IGNORECASE,
)
_LEADING = frozenset(
    stem
    for word in "head chief leader chairman chairwoman chair president director secretary boss captain manager governor"
    " mayor coach executive".split()
    for stem in stems(word)
)
_LEADS = re.compile(
    r"(?:,[^,.;:]{2,60},)?\s+(?:who\s+)?(?:will\s+|has\s+|had\s+|have\s+|is to\s+|now\s+)?"
    r"(?:leads?|led|heads?|headed|runs?|ran|was (?:elected|appointed|chosen|named)|took up the post|chairs?|chaired"
    r"|takes over|took over|succeeds?|succeeded)\b"
)
_HAPPENED = re.compile(
    r"\b(?:was|were|is|are|been|be|being|got)\s+(?P<passive>\w+(?:ed|en|wn|ght|ung|ain|ot))\b|\b(?P<plain>died|resigned)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(r"\b(?:of|at|for)\s+(?:the\s+)?(?P<org>[A-Z][^,;.]*)|\b(?P<whose>\w+)['’]s?\s")
_MADE = re.compile(  # "appointed X as coach", "X becomes finance minister", and again with the verb left out
    r"\s+(?:(?:becomes|became|has become|will become|is|was|as)\s+)?(?:the |an? |its |their )?"
    r"(?P<role>(?:[a-z][\w-]* ){0,2}(?:" + "|".join(sorted(PERSON_NOUNS)) + r"))\b(?!\s+(?:said|told)\b)"
)
_NO_PERSON = re.compile(
    r"\b(?:Party|Union|Alliance|Company|Club|City|Court|Street|River|Office|Agency|Institute|University|Motors|Bank|Board"
    r"|Council|Ministry|Association|Committee|Treaty|States|Kingdom|Republic|House|Group|News|Times|Press|Inc|Ltd|Corp"
    r"|Army|Force|Forces|Service|Department|Authority|Islands?|Airport|Hospital|School|Church|League|Cup)\b"
)
_AMOUNT = re.compile(
    r"(?:[$€£¥]\s?)?(?<![\w.,])\d+(?:[.,]\d+)*(?:\s?(?:%|percent\b|per cent\b))?"
    r"(?:\s(?:thousand|million|billion|trillion)\b)?(?:\s(?!(?:and|or|by|in|on|at|of|to|for|from|with|will|is|was|were|are|had|has|more|less)\b)[a-z]{3,})?"
)
_MEANS = re.compile(
    r"\b(?:wants?|wanted|plans?|planned|would|will|promis(?:es|ed)|intends?|intended|proposes?|proposed|aims?|aimed"
    r"|means to|pledge[sd]?|vows?|vowed|hopes? to|has promised)\b",
)
_MEANT = re.compile(
    r"^what (?:does|do|did|is|are|will|would) (?P<who>[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*)*)\s+"
    r"(?:want|plan|promise|intend"
    r"|propose|pledge|hope|aim|mean|do)\w*\b"
)
_HAVE = (
    r"(?:(?:has become the \w+ \w+ to|became the \w+ \w+ to|has|have|had|also|already|both|all|each|later|first"
    r"|since)\s+)"
)
_JOINS_IN = frozenset(stem(w) for w in "sign join ratify accede".split())  # a treaty
_LED_BY = {  # whoever coached it was its coach; of who led or ran it, any title that says so will do
    "coach": "coach", "manag": "manager", "chair": "chair chairman chairwoman", "captain": "captain",
    "govern": "governor", "direct": "director",
}  # fmt: skip
_THEY_DID = rf"^.*?\b{{noun}}\s+(?:(?:who|that)\s+)?{_HAVE}*(?P<verb>[a-z]{{{{3,}}}})\b(?P<rest>.*)"
_DID_BEHIND = re.compile(rf"\s+(?:\([^()]*\)\s+)?{_HAVE}*")
_NO_VERB = frozenset("from under near that which who whose and there except besides apart".split())
_ANY_HELP = frozenset("aid help support money funds funding assistance relief donations".split())  # told as what it is
_ITSELF = re.compile(r"\s+(?:an?|the|some|more|half|[$€£]?\d[\w,.]*)\s", re.IGNORECASE)
_JOINS = re.compile(r"(?:,|;|\band|\bor)\s+(?:and\s+)?(?:the\s+)?$")
_JOINED = re.compile(r"(?:,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?")
_HANGS_ON = re.compile(
    r"\b(?:of|from|in|at|by|with|for|to|on|near|against|between|under|outside|after|before)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|no|neither|nor|without|refus\w+|declin\w+|fail\w+)\b|n['’]t\b", re.IGNORECASE)
_PRONOUN = re.compile(r"^(?:He|She|They|It)\b")
_MOST_HITS = 16
_ROLE_TOLD = 0.5  # share of what else is asked that the passage and its headline tell
_NEAR_HITS = 10
_NEAREST = 80  # characters between a name and what happened to it
_MOST_MEANT = 220


@dataclass(frozen=True, slots=True)
class Item:
    """One of a list: `span` of the source text, and the sentence that says it."""

    sentence: Sentence
    span: Span

    @property
    def text(self) -> str:
        """The item, on one line."""
        return normalise_space(Sentence(self.sentence.hit, self.span).quoted)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Holders that are asked for: the roles as stems, whether leading is what counts, and the rest of the question."""

    roles: tuple[frozenset[str], ...]
    leads: bool
    rest: str


def holders(question: Question, research: Research) -> list[Item]:
    """Those whom the sentences found call by the role or noun asked for, of whom the rest is told too."""
    asked = _asked(question.text.strip())
    if asked is None:
        return []
    about = Subject.of(asked.rest, research)
    names = [stems(m.text) for m in find_mentions(asked.rest) if m.kind == "name"]
    happened = _HAPPENED.search(question.text)
    verb = stems(happened["passive"] or happened["plain"]) if happened else frozenset()
    found: list[Item] = []
    for hit in _hits(question, research):
        passage = stems(f"{hit.article.headline or ''} {hit.passage.text}")
        if about.told(passage) < _ROLE_TOLD or not all(name <= passage for name in names if name):
            continue
        for before, sentence in _with_before(hit):
            found.extend(_held_in(sentence, before, asked, names, verb))
    return found


def called_so(question: Question, research: Research) -> list[Item]:
    """The names that stand right behind the noun asked for, in the singular: "the ferry Alba" for "which ferries"."""
    noun = re.match(r"^(?:which|what)\s+(?P<noun>[a-z]{3,}s)\b(?P<rest>.*)", question.text.strip(), re.IGNORECASE)
    if noun is None:
        return []
    one = re.sub(r"ies$", "y", noun["noun"].lower())
    one = one if one != noun["noun"].lower() else one[:-1]
    called = re.compile(rf"\b(?i:{re.escape(one)})\s+(?P<name>[A-Z][\w’-]+(?:\s[A-Z][\w’-]+){{0,2}})")
    about = Subject.of(_META.sub(" ", noun["rest"]), research)
    found = []
    for hit in research.hits[:_NEAR_HITS]:
        passage = stems(f"{hit.article.headline or ''} {hit.passage.text}")
        if len(about.weights) > 1 and about.told(passage) < _ROLE_TOLD:
            continue
        for sentence in sentences_of((hit,)):
            for name in called.finditer(sentence.quoted):
                if name["name"][:1].isupper():
                    found.append(Item(sentence, sentence.within(name.start("name"), name.end("name"))))
    return found


def amounts_told(question: Question, research: Research) -> list[Item]:
    """The first amount of each sentence that, with its headline, tells all that the amounts are asked of."""
    rest = re.sub(
        r"\b(?:estimates?|figures?|numbers?|sums?|amounts?|totals?|values?)\b",
        " ",
        _META.sub(" ", question.text),
        flags=re.I,
    )
    about = Subject.of(rest, research)
    if not about.weights:
        return []
    found = []
    for hit in _hits(question, research):
        headline = stems(hit.article.headline or "")
        for before, sentence in _with_before(hit):
            told = about.told(stems(sentence.text) | headline | (stems(before.text) if before else frozenset()))
            amount = _AMOUNT.search(sentence.quoted)
            if told >= 0.9 and about.told(stems(sentence.text)) >= 0.3 and amount and re.search(r"\D", amount[0]):
                found.append(Item(sentence, sentence.within(amount.start(), amount.end())))
    return found


def doers(question: Question, noun: str, research: Research) -> list[Item]:
    """The names that do what "which countries sent aid to X" asks: each before the verb, and those that share it.

    "Norrea sent dogs, Calvessa a hospital and Belmark forty lorries" has three.
    """
    asked = re.match(_THEY_DID.format(noun=re.escape(noun)), question.text.strip(), re.IGNORECASE) if noun else None
    if asked is None or asked["verb"] in FUNCTION_WORDS | _NO_VERB:
        return []
    rest = asked["rest"]
    for date in (m for m in reversed(find_mentions(rest)) if m.kind == "date"):  # which articles are of those days
        rest = f"{rest[: date.start]} {rest[date.end :]}"
    told = " ".join(w for w in rest.split() if w.lower() not in _ANY_HELP)
    root, about = stem(asked["verb"]), Subject.of(told, research)
    names = [stems(m.text) for m in find_mentions(rest) if m.kind == "name"]
    given = re.split(r"\s(?:to|in|of|at|on|for|from|with|after|before|during|against|about|by)\s", rest)[0]
    given_stems = frozenset() if set(given.lower().split()) & _ANY_HELP else stems(given.rstrip("?!. "))
    denies = _DENIED.search(question.text) is not None
    found: list[Item] = []
    for hit in research.hits[:_NEAR_HITS]:
        passage = stems(f"{hit.article.headline or ''} {hit.passage.text}")
        if not about.weights or about.told(passage) < _ROLE_TOLD or not all(n <= passage for n in names if n):
            continue
        for sentence in sentences_of((hit,)):
            if given_stems <= stems(sentence.text) and (denies or not _DENIED.search(sentence.text)):
                found.extend(_did_it(sentence, root))
    return found


def _did_it(sentence: Sentence, root: str) -> list[Item]:
    """The names right before a verb of that stem, those joined to them, and those that stand where it is left out."""
    text = sentence.quoted
    names = [m for m in find_mentions(text) if m.kind == "name"]
    taken: list[Mention] = []
    for word in re.finditer(r"\b[a-z]+\b", text):
        if stem(word[0]) != root and not {stem(word[0]), root} <= _JOINS_IN:
            continue
        before = [n for n in names if n.end < word.start()]
        if not before or not _DID_BEHIND.fullmatch(text, before[-1].end, word.start()):
            continue
        subject = [before[-1]]
        for left in before[-2::-1]:
            if not _JOINED.fullmatch(text, left.end, subject[-1].start):
                break
            subject.append(left)
        if _HANGS_ON.search(text[: subject[-1].start]):
            continue  # "the president of France sent": it was not France
        taken.extend(subject)
        for name in (n for n in names if n.start > word.end()):
            if _JOINS.search(text[: name.start]) and _shares_verb(text[name.end :]):
                taken.append(name)
    return [Item(sentence, sentence.within(n.start, n.end)) for n in sorted(taken, key=lambda n: n.start)]


def _shares_verb(behind: str) -> bool:
    """Whether what follows a name is a thing, its verb left out: "Calvessa a field hospital", "Germany 150 million"."""
    first = re.match(r"\s+([\w-]+)", behind)
    number = first is not None and any(m.kind == "number" for m in find_mentions(first[1]))
    return number or _ITSELF.match(behind) is not None


def intentions(question: Question, research: Research) -> list[Item]:
    """What the sentences found say that the one asked about wants, plans, promises or would do."""
    asked = _MEANT.match(question.text.strip())
    if asked is None:
        return []
    name = asked["who"]
    found = []
    for hit in _hits(question, research):
        for before, sentence in _with_before(hit):
            text = sentence.quoted
            by_pronoun = _PRONOUN.match(text) is not None and before is not None and before.text.startswith(name)
            subject = 0 if by_pronoun else text.find(name)
            verb = _MEANS.search(text, subject) if subject >= 0 else None
            if (
                verb is None
                or verb.start() - subject > len(name) + 30
                or re.search(r"[;:]", text[subject : verb.start()])
            ):
                continue
            stop = re.search(r";|[.!?][\"”]?\s*$", text[verb.start() :])
            end = verb.start() + (stop.start() if stop else len(text) - verb.start())
            if 12 < end - verb.start() <= _MOST_MEANT:
                found.append(Item(sentence, sentence.within(verb.start(), end)))
    return found


def is_person_name(name: str, passage: str) -> bool:
    """Whether `name` is written like that of a person; a surname alone where `passage` has it in full."""
    words = re.sub(r"^(?:(?:Mr|Mrs|Ms|Dr|Sir|Prof|Lord|Lady)\.?\s+)", "", name).split()
    if (
        not words
        or _NO_PERSON.search(name)
        or is_role_noun(words[-1])
        or any(len(w) > 2 and w.isupper() for w in words)
    ):
        return False
    if len(words) > 1:
        return all(w[:1].isupper() or w.lower() in _PARTICLES or w.startswith(("al-", "el-")) for w in words)
    return re.search(rf"\b[A-Z][\w’'-]+\s+(?:[a-z]+\s+)?{re.escape(words[0])}\b", passage) is not None


_PARTICLES = frozenset("of de da del della der den di du la le van von bin bint ibn al el y".split())


def _asked(text: str) -> _Asked | None:
    held = _HELD.match(text)
    if held and held["led"]:
        titles = next((t for w, t in _LED_BY.items() if held["led"].lower().startswith(w)), "")
        if titles:
            return _Asked(tuple(stems(t) for t in titles.split()), True, _META.sub(" ", text[held.end() :]))
        return _Asked((), True, _META.sub(" ", text[held.end() :]))
    if held:
        role = stems(held["role"])
        return _Asked((role,), bool(role & _LEADING), text[held.end() :]) if role else None
    worked = _WORKED_AS.search(text)
    found = worked or _ROLES.match(text)
    if found is None:
        return None
    nouns = [n for n in found.groupdict().values() if n]
    if not nouns or not all(is_role_noun(n) for n in nouns) or nouns[0].lower() in ("people", "members", "victims"):
        return None
    rest = " ".join(text.replace(found[0], " ").split()) if worked else f"{found[0]} {text[found.end() :]}"
    for noun in nouns:
        rest = re.sub(rf"\b{re.escape(noun)}\b", " ", rest)
    return _Asked(tuple(stems(n) for n in nouns), False, _META.sub(" ", rest))


def _held_in(
    sentence: Sentence,
    before: Sentence | None,
    asked: _Asked,
    names: Sequence[frozenset[str]],
    verb: frozenset[str],
) -> list[Item]:
    text = sentence.quoted
    mentions = [m for m in find_mentions(text) if m.kind == "name"]
    whole = frozenset().union(*names)
    here = stems(f"{sentence.hit.article.headline or ''} {sentence.text}")
    found = []
    for named in mentions:
        title, mention = _without_title(named)
        if len(mention.text.split()) < 2 or stems(mention.text) <= whole:
            continue
        phrases = [r.text for r in roles_in(sentence, mention.text)] + ([title] if title else [])
        if behind := _MADE.match(text, mention.end):
            phrases.append(behind["role"])
        held = any(_is_asked(p, asked) and _is_of(p, whole, here, asked) for p in phrases)
        near = here | (stems(before.text) if before else frozenset())
        leads = asked.leads and _LEADS.match(text, mention.end) is not None and len(whole & near) >= 0.5 * len(whole)
        if not (held or leads) or not is_person_name(mention.text, sentence.hit.passage.text):
            continue
        if verb and not _befell(text, mention.start, mention.end, verb, [(m.start, m.end) for m in mentions]):
            continue
        found.append(Item(sentence, sentence.within(mention.start, mention.end)))
    return found


def _without_title(mention: Mention) -> tuple[str, Mention]:
    """The title that a name begins with where a sentence opens with it, and the rest: "Judge", "Ada Lind"."""
    first, _, rest = mention.text.partition(" ")
    if not rest or not is_role_noun(first):
        return "", mention
    start = mention.end - len(rest)
    return first, Mention("name", start, mention.end, rest)


def _is_asked(phrase: str, asked: _Asked) -> bool:
    said = stems(phrase)
    return bool(said & _LEADING) if not asked.roles else any(role <= said for role in asked.roles)


def _is_of(phrase: str, whole: frozenset[str], here: frozenset[str], asked: _Asked) -> bool:
    """Whether a role is held where the question says: nowhere else by its own words, and there by the sentence's."""
    placed = _PLACED.search(phrase)
    if not whole or not (asked.leads or not asked.roles):
        return True
    if placed:
        return bool(stems(placed["org"] or placed["whose"]) & whole)
    return len(whole & here) >= 0.5 * len(whole)


def _befell(text: str, start: int, end: int, verb: frozenset[str], names: Sequence[tuple[int, int]]) -> bool:
    """Whether what happened stands next to this name, and not nearer to another."""
    at = next((m for m in re.finditer(r"\w+", text) if stems(m[0]) & verb), None)
    if at is None:
        return False

    def far(first: int, last: int) -> int:
        return max(at.start() - last, first - at.end())

    return far(start, end) <= _NEAREST and far(start, end) == min(far(*n) for n in names)


def _hits(question: Question, research: Research) -> list[Hit]:
    """What was found, each passage once, and the rest of the articles that lead."""
    hits = {h.passage.passage_id: h for h in (*research.hits, *research.search(question.text, k=_MOST_HITS))}
    return list(hits.values())[: 2 * _MOST_HITS]


def _with_before(hit: Hit) -> list[tuple[Sentence | None, Sentence]]:
    there = sentences_of((hit,))
    return list(zip((None, *there), there, strict=False))
