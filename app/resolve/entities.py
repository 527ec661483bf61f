"""What an earlier turn speaks of, and of which sort each thing is: told by form and company, with no model.

A sort is a guess that chooses between candidates; it never makes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.mentions import content_words, find_mentions
from app.question import read_question
from app.resolve.clauses import read_clause
from app.resolve.past import Past
from app.resolve.words import UNKNOWN, usage

__all__ = [
    "GROUP_NOUNS",
    "PLACE_NOUNS",
    "ROLE_NOUNS",
    "Entity",
    "Sort",
    "answer_of",
    "entities",
    "find_place",
    "focus",
    "latest",
    "named",
    "one_side",
    "plural_noun",
    "said_names",
    "sort_of",
]

Sort = Literal["person", "place", "group", "thing", "date", "unknown"]

ROLE_NOUNS = frozenset(
    """president minister premier chancellor mayor governor senator lawmaker leader commander general officer chief
    spokesman spokeswoman spokesperson director chairman chairwoman ceo founder owner author writer actor actress
    singer director player coach captain pilot driver suspect gunman attacker shooter killer victim defendant judge
    lawyer prosecutor doctor scientist researcher king queen prince princess pope bishop candidate politician official
    man woman boy girl husband wife son daughter father mother brother sister successor predecessor deputy
    secretary ambassador envoy journalist reporter winner champion""".split()
)
GROUP_NOUNS = frozenset(
    """group organisation organization company firm business party government ministry army military militia police
    force agency bank union team club band committee council court parliament congress senate administration
    regime movement network airline university school church charity manufacturer maker carmaker retailer""".split()
)
PLACE_NOUNS = frozenset(
    """country city town village province region state capital island area district site camp airport station port
    place location territory nation county border river mountain building bridge prison hospital""".split()
)
_GROUP_WORD = re.compile(
    r"\b(?:Inc|Corp|Ltd|LLC|Company|Group|Party|Union|Bank|University|College|School|Institute|Ministry|Department"
    r"|Agency|Council|Committee|Commission|Court|Parliament|Congress|Senate|House|Army|Navy|Force|Forces|Police|Nations"
    r"|Organi[sz]ation|Association|Federation|League|Club|United|City|Airlines?|Airways|Motors|Foundation|Church"
    r"|Front|Brotherhood|Brigades?|Guards?|Times|Post|News|Court|State|Watch|Board|Authority|Service|Bureau|Office"
    r"|Center|Centre|Museum|Hospital|Taliban|Command|Department|Staff|Corps|Coalition|Alliance|Rovers|Athletic|Wanderers"
    r"|Media|Press|Systems|Networks?|Holdings|Partners|Industries|Technologies|Studios|Records|Energy|Airline|Rebels"
    r"|Republicans|Democrats|Democracy|Movement|Society|Trust|Fund|Reserve|Administration|Government|Treasury|Cabinet)\b"
)
_THING_WORD = re.compile(
    r"\b(?:War|Cup|Games|Olympics|Festival|Hurricane|Typhoon|Cyclone|Storm|Summit|Agreement|Treaty|Accord|Act|Bill|Prize"
    r"|Award|Awards|Championship|Open|Bridge|Tower|Dam|Tunnel|Road|Street|Canal|Plan|Project|Operation|Battle|Attack"
    r"|Protocol|Plane|Flight|Election|Day|Conference|Deal|Strait|Sea|Ocean|River|Lake|Mountain|Island|Islands|Airport)\b"
)
_TITLE = re.compile(
    r"(?:\b(?:President|Prime Minister|Minister|Chancellor|Mayor|Governor|Senator|Sen|Rep|King|Queen|Prince|Princess"
    r"|Pope|General|Gen|Colonel|Captain|Mr|Mrs|Ms|Dr|Sir|Lord|Lady|Judge|Justice|Professor|Prof|Secretary|Sheikh"
    r"|Imam|Ayatollah|Chief)\.?\s+)$"
)
_PLACES = frozenset(
    """afghanistan africa albania algeria america andorra angola antarctica argentina armenia asia australia austria
    azerbaijan bahamas bahrain bangladesh barbados belarus belgium belize benin bhutan bolivia bosnia botswana brazil
    britain brunei bulgaria burundi cambodia cameroon canada chad chile china colombia congo croatia cuba cyprus
    denmark djibouti ecuador egypt england eritrea estonia eswatini ethiopia europe fiji finland france gabon gambia
    gaza georgia germany ghana greece greenland guatemala guinea guyana haiti honduras hungary iceland india indonesia
    iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya kosovo kuwait kyrgyzstan laos latvia lebanon
    lesotho liberia libya lithuania luxembourg macedonia madagascar malawi malaysia maldives mali malta mauritania
    mauritius mexico moldova monaco mongolia montenegro morocco mozambique myanmar namibia nepal netherlands
    nicaragua niger nigeria norway oman pakistan palestine panama paraguay peru philippines poland portugal qatar
    romania russia rwanda samoa scotland senegal serbia singapore slovakia slovenia somalia spain sudan suriname
    sweden switzerland syria taiwan tajikistan tanzania thailand togo tonga tunisia turkey turkmenistan uganda ukraine
    uruguay uzbekistan vanuatu venezuela vietnam wales yemen zambia zimbabwe""".split()
)
_STATES = re.compile(
    r"^(?:the )?(?:(?:[A-Z][a-z]+ )*(?:States|Kingdom|Republic|Emirates|Zealand|Korea|Africa|Arabia|Lanka|Rica)"
    r"|West Bank|Ivory Coast"
    r"|U\.?S\.?(?:A\.?)?|U\.?K\.?|E\.?U\.?|U\.?A\.?E\.?|(?:New|San|Los|Las|Saint|St\.?|Fort|Port|El|Hong|Tel|Buenos"
    r"|Rio|Kuala|Puerto|Santa) [A-Z]\w+)(?: (?:of|de) .{0,40})?$"
)
_DEMONYM = re.compile(
    r"^(?:[A-Z]\w*(?:ish|ian|ese|ans|ians|ists?)|French|Dutch|Greek|Iraqi|Israeli|Pakistani|Swiss|Thai)$"
)
_IN = re.compile(r"\b(?:in|on|from|to|at|near|across|outside|inside|into|around)\s+(?:the\s+)?$", re.IGNORECASE)
_HAS_PARTICLE = re.compile(r"\s(?:bin|al|van|von|de|el|ibn|der|la|da)\s|\b(?:al|el|Al|El)-")


@dataclass(frozen=True, slots=True)
class Entity:
    """A name or date of the talk. `answered` says that it is what a question was answered with."""

    text: str
    sort: Sort
    answered: bool = False


def sort_of(name: str, before: str = "", after: str = "") -> Sort:
    """The sort of `name`, which stands between `before` and `after`."""
    words = name.split()
    if _TITLE.search(before[-30:]) or _TITLE.search(f"{words[0] if words else ''} "):
        return "person"
    if name.lower().removeprefix("the ") in _PLACES or (words and words[-1].lower() in _PLACES and len(words) == 2):
        return "place"
    if _STATES.match(name) or _DEMONYM.match(name):
        return "place"
    if _ROLE_BEFORE.search(before[-30:]) and not _GROUP_WORD.search(name):
        return "person"
    if _THING_WORD.search(name):
        return "thing"
    if _GROUP_WORD.search(name) or (name.isupper() and len(name) > 1):
        return "group"
    if _IN.search(before[-20:]):
        return "place"
    if _HAS_PARTICLE.search(name) or (
        2 <= len(words) <= 3 and all(w[0].isupper() for w in words if w) and not _ordinary(words)
    ):
        return "person"
    return "unknown"


def _ordinary(words: Sequence[str]) -> bool:
    """Whether words that are written large are mostly written small: "Central Command" is nobody."""
    return any(used.name < 0.5 and used.rank < 3_000 for w in (words[0], words[-1]) for used in (usage(w.lower()),))


_ROLES = "|".join(sorted(ROLE_NOUNS))
_ROLE_BEFORE = re.compile(rf"\b(?:{_ROLES}|striker|defender|midfielder|goalkeeper|activist|banker|singer|analyst)\s+$")
_FOLLOWED = re.compile(
    r"\b(?:leads?|led|founded|heads?|headed|runs|owns?|owned|joined|chairs?|chaired|manages?|managed|commands?)\s+(?:the\s+)?$"
)
_PARTED = re.compile(r"([A-Z][\w’'-]+ [A-Z][\w’'-]+) (?:of|from) (?:the )?")  # "Clara Venn of the Civic Alliance"
_CAPITALISED = re.compile(r"\b[A-Z][\w’'-]*\s+$")


def named(text: str) -> tuple[Entity, ...]:
    """The names and dates in `text`, in order; a name goes with the plain nouns behind it: "the Karsund bridge"."""
    found = []
    clause = read_clause(text) if text.rstrip().endswith("?") else None
    verb = clause.verb if clause and clause.object_asked else ""
    for mention in find_mentions(text):
        start, end = mention.start, mention.end
        if mention.kind == "date":
            found.append(Entity(mention.text, "date"))
        elif mention.kind == "name":
            start = _true_start(text, start, end)
            if start >= end:
                continue
            before = text[:start]
            sort = "group" if _FOLLOWED.search(before[-30:]) else sort_of(text[start:end], before, text[end:])
            parted = _PARTED.match(text[start:end])
            if parted and sort_of(parted.group(1), text[:start]) == "person":
                found.append(Entity(parted.group(1), "person"))
                start = start + parted.end()
                before = text[:start]
                sort = sort_of(text[start:end], before, text[end:])
            longer = _with_nouns(text, start, end, verb)
            if longer > end:
                noun = _sort_of_noun(text[end:longer].split()[-1])
                sort = noun if noun in ("person", "group") else sort if sort == "group" else "thing"
            article = "the " if longer > end and text[:start].lower().endswith("the ") else ""
            found.append(Entity(article + text[start:longer], sort))
    return tuple(found)


def _sort_of_noun(noun: str) -> Sort | None:
    singular = noun.lower().removesuffix("s")
    return next((sort for nouns, sort in _SORTED_NOUNS if noun.lower() in nouns or singular in nouns), None)


def _true_start(text: str, start: int, end: int) -> int:
    """Where a name begins: not with a verb that opens the sentence, but with a capitalised word that is a name too."""
    if not text[:start].strip() and re.search(r"\b[a-z]", text):
        first, _, rest = text[start:end].partition(" ")
        used = usage(first.lower())
        if used is not UNKNOWN and used.name < 0.4:
            return end - len(rest)
        return start
    earlier = _CAPITALISED.search(text[max(0, start - 25) : start])
    if earlier and text[: start - len(earlier.group())].strip():
        return start - len(earlier.group())
    return start


_RUN = re.compile(r"(?:[ -][a-z][a-z-]+){1,3}")
_NO_NOUN_FORM = re.compile(
    r"(?:ed|ing|ly)$|^(?:born|shot|sworn|built|held|found|hit|sold|lost|won|sent|sunk|struck|stolen|taken|given|known"
    r"|hurt|left|dead|alive|guilty|true|safe|still|able|worth|popular|important|legal|responsible|married|rich|old)$"
)
_HELPED = re.compile(
    r"\b(?:do|does|did|will|would|can|could|should|might|may|must)\s+(?:the\s+)?(?:[a-z]+\s+){0,2}"
    r"(?:(?:of|on|in|at|from)\s+(?:the\s+)?)?$"
)


def _with_nouns(text: str, start: int, end: int, verb: str) -> int:
    """Where a name ends when the nouns behind it are taken along, and the verb is not."""
    run = _RUN.match(text, end)
    if run is None:
        return end
    words = [(m.group(), m.end() + end) for m in re.finditer(r"[a-z-]+", run.group().replace("-", " "))]
    kept: list[int] = []
    for word, stop in words:
        used = usage(word)
        if not content_words(word) or word == verb.partition(" ")[0]:
            break
        if _NO_NOUN_FORM.search(word) or used.verb > used.noun:
            return kept[-1] if kept else end
        kept.append(stop)
    if kept and not verb and _HELPED.search(text[max(0, start - 60) : start]):
        is_noun = len(kept) < len(words) and usage(words[len(kept) - 1][0]).noun >= 0.3
        if not is_noun:
            kept.pop()  # "did the ferry Aurora sink": the last word is what it did
    return kept[-1] if kept else end


_DATED = re.compile(r"\s*\((?:newest, )?\d{4}-\d\d-\d\d\)")
_LABELLED = re.compile(r"^[^;:]{1,80}: [^;]*; ")


def one_side(short: str) -> str | None:
    """The short answer as one that can be asked about: of sides that differ the first, of several readings none."""
    if _DATED.search(short):
        return _DATED.sub("", short.split(";")[0]).strip() or None
    return None if not short or _LABELLED.match(short) else short


_LONGEST_ANSWER = 8  # words of an answer that can stand in a question


def answer_of(past: Past) -> str | None:
    """The few words that answered, where they are one answer that can stand in a question; else None."""
    short = (past.short or "").strip(" .")
    if not short or ";" in short or "?" in short or len(short.split()) > _LONGEST_ANSWER:
        return None
    return short if re.match(r"[\w$€£“\"]", short) else None


_WHICH = re.compile(
    r"^(?:and |but |so )?(?:(?:in|at|on|for|by|from) )?(?:which|what) ((?:[\w-]+ ){1,4})", re.IGNORECASE
)


def _asked_sort(query: str) -> Sort | None:
    """The sort of what a question asks for, as its noun tells: "which club" is answered with a group."""
    match = _WHICH.match(query)
    for word in match.group(1).lower().split() if match else ():
        if word in _HELPERS:
            break
        if (sort := _sort_of_noun(word)) is not None:
            return sort
    return None


_HELPERS = frozenset("is are was were do does did has have had will would can could should".split())
_SORTED_NOUNS: tuple[tuple[frozenset[str], Sort], ...] = (
    (ROLE_NOUNS, "person"), (GROUP_NOUNS, "group"), (PLACE_NOUNS, "place"),
    (frozenset("ship ferry boat plane aircraft drone missile car train film book song vessel weapon".split()), "thing"),
)  # fmt: skip


def entities(past: Past) -> Iterator[Entity]:
    """What one turn speaks of, what is likeliest to be meant next first: its answer, then its question, in order."""
    kind = read_question(past.query).kind
    if past.short:
        sorts: dict[str, Sort] = {"person": "person", "place": "place", "date": "date"}
        short = past.short
        of_answer = [e for e in named(short) if len(e.text) * 2 >= len(short) or len(short) <= 60]
        for entity in of_answer:
            sure = sorts.get(kind) if entity.sort != "date" and len(of_answer) == 1 else None
            if sure == "person" and entity.sort in ("place", "group", "thing"):
                sure = None  # "Who invaded?" is answered with a country as well
            yield Entity(entity.text, _asked_sort(past.query) or sure or entity.sort, answered=True)
    yield from named(past.query)


def latest(history: Sequence[Past], sorts: Sequence[Sort], *, turns: int = 6) -> Entity | None:
    """The entity of the wanted sort that was spoken of last; an earlier sort of the list is preferred within a turn.

    Where no question or short answer names one, what the last answer's statements open with is looked at.
    """
    for past in reversed(history[-turns:]):
        of_turn = tuple(entities(past))
        for sort in sorts:
            for entity in of_turn:
                if entity.sort == sort:
                    return entity
    said = named(history[-1].said[:_OPENING]) if history else ()
    return next((e for sort in sorts for e in said if e.sort == sort), None)


def said_names(past: Past) -> tuple[Entity, ...]:
    """The names with which the statements of an answer open, but for those that may be of anything."""
    return tuple(e for e in named(past.said[:_OPENING]) if e.sort != "unknown")


def find_place(history: Sequence[Past]) -> Entity | None:
    """Where "there" is: a place named in an answer, else the last that a question names."""
    for past in reversed(history[-6:]):
        if past.short and read_question(past.query).kind == "place":
            return Entity(past.short, "place", answered=True)
        places = [e for e in entities(past) if e.sort == "place"]
        if places:
            return next((e for e in places if e.answered), places[-1])
    return None


_OPENING = 400  # characters of an answer
_PARENTHESIS = re.compile(r"\([^()]*\)")
_ORDINARY = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*|\S")


def focus(query: str) -> str | None:
    """What a question without names is about: its longest run of words that carry content."""
    runs: list[list[str]] = [[]]
    for word in _ORDINARY.findall(_PARENTHESIS.sub("", query)):
        if content_words(word):
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    phrases = [r for r in runs if r]
    return " ".join(max(phrases, key=len)[-3:]) if phrases else None


_PLURAL = re.compile(
    r"\b(?i:how many) (?:of )?(?:the )?((?:[a-z-]+ )?(?:people|children|men|women|[a-z]{3,}s))\b"
    r"|\b(?i:the|which|what|were|are) ((?:[a-z-]+ )?(?:people|children|men|women|[a-z]{2,}[^s\W]s))\b"
)
_NO_NOUN = frozenset("is was has does this its years".split())


def plural_noun(query: str) -> str | None:
    """The people or things in the plural that a question is about, as it calls them: "people", "two suspects"."""
    for match in _PLURAL.finditer(query):
        noun = match.group(1) or match.group(2)
        words = [w for w in noun.split() if content_words(w)]
        if words and words[-1].lower() not in _NO_NOUN:
            return " ".join(words)
    return None
