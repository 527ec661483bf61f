"""Who somebody or what something is: the phrases that stand right beside the name, gathered over articles.

"X, the head of the service", "finance minister X", "X is a disease of bats": English says what a name is in few ways,
and each of them ties the phrase to the name by form alone. A sentence that merely holds the name, or in which another
name has the phrase, defines nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.draft import Composition, DraftPart, Research
from app.forms.role_nouns import is_role_noun
from app.forms.sentence import Sentence, draft_of, pointed_at, sentences_of, stems, without_overlaps
from app.mentions import FUNCTION_WORDS
from app.question import Question
from app.reader import Reading
from ingest.article import Span, normalise_space

__all__ = ["Role", "compose_definition", "defined", "roles_in"]

_ASKED = re.compile(
    r"^(?:(?:so|and|but|please),?\s+)?(?:(?:can you |could you )?tell me )?"
    r"(?:(?P<who>who)|what)(?:(?: exactly)?\s+(?:is|are|was|were)"
    r"|['’]s)(?: exactly)?\s+(?P<name>[^?.,;:!]{1,80}?)\s*[?.!]*$",
    re.IGNORECASE,
)
_ASKED_AFTER = re.compile(
    r"^(?:define|what does|what do you mean by)\s+(?P<name>[^?.,;:!]{1,60}?)(?:\s+mean)?\s*[?.!]*$", re.I
)
_NO_NAME = re.compile(  # a description of somebody not named, or the value of something, is looked up and not defined
    r"\b(?:of|for|by|in|at|on|with|behind|who|that|which|whose|to|from|and|or)\b|['’]s?\s|^(?:the )?(?:most|best"
    r"|new|next"
    r"|main|first|last|current)\b|\b(?:doing|going|called|named|said|known|like|responsible)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
_FORMERLY = re.compile(
    r"(?:an? |the |its |his |her |their )?(?:then-?|ex-|former|one-time|late|ousted|deposed)\b", re.IGNORECASE
)
_MOST_HITS = 40
_MOST_ROLES = 4
_SURE_ENOUGH = 0.65  # what is less sure is told only where nothing is surer
_FARTHEST = 170  # characters that a role phrase may have
_MOST_WORDS = 14
_VERBS = frozenset(
    """is are was were be been has have had says said told will would can could may might must did does do says tells
    met saw led made took sent shot won beat gave left became hit put held ran began came went called named killed asked
    urged quoted replaced appointed accused elected chose blamed joined thanked praised backed""".split()
)
_WORD = r"[^\W_][\w’'.&/-]*"
_END = r"(?=\s*(?:[,;:!?)—–]|(?<!\b[A-Z])\.(?:\s|$|[\"”’')])|\s-{1,3}\s|\"|”|$))"
_HUNG_ON = re.compile(
    r"\s+(?:of|for|at|in|to|from|on|with|who|that|which|based|by|under|near|between|against|whose|behind|about)\s+"
)
_OPENS_ASIDE = re.compile(
    r"\W{0,3}(?:according to|in|at|for|with|from|on|to|after|before|by|under|near|like|unlike|despite"
    r"|since)\s+(?:the\s+)?",
    re.IGNORECASE,
)
_BEFORE_SUBJECTS = frozenset(
    "the that but because while when as if said says although since where whether then and though which".split()
)
_LED = r"(?:leads|heads|runs|chairs|founded|co-founded|directs|owns|manages|edits|commands|represents|chaired|headed)"
_COPULA = (
    r"(?:(?:is|are|was|were|became|becomes|remains)|has been|had been|will be|will become)"
    r"(?: (?:also|now|currently|then|widely|still|only))?"
)
_NAMED = (
    r"(?:(?:was|were|is|has been|had been) )?(?:re-?)?(?:named|appointed|elected|sworn in as|confirmed as|promoted to)"
)


@dataclass(frozen=True, slots=True)
class Role:
    """What a sentence says somebody or something is: `span` of the source text, and how sure the form is, 0..1."""

    sentence: Sentence
    span: Span
    sure: float

    @property
    def text(self) -> str:
        """The phrase, on one line."""
        return normalise_space(Sentence(self.sentence.hit, self.span).quoted)


def defined(question: str) -> str | None:
    """The name or term that `question` asks to be told what it is; None where it asks for something else."""
    found = _ASKED.match(question.strip()) or _ASKED_AFTER.match(question.strip())
    if found is None:
        return None
    name = normalise_space(_ARTICLE.sub("", found["name"]))
    if not name or len(name.split()) > 6 or name.lower() in FUNCTION_WORDS:
        return None
    described = any(
        w[:1].islower() and w not in FUNCTION_WORDS and not w.startswith(("al-", "el-")) for w in name.split()
    )
    asks_who = bool(found.groupdict().get("who"))
    if described and (asks_who or len(name.split()) > 4 or _NO_NAME.search(name)):
        return None
    return None if re.search(r"['’]s?\s|\bdoing\b", name) else name


def compose_definition(question: Question, reading: Reading, research: Research) -> Composition | None:
    """The sentences that say who or what it is; for a name of which none does, those that hold it, if the reader does.

    None where nothing is asked to be defined, or no sentence holds the name.
    """
    name = defined(question.text)
    if name is None:
        return None
    hits = {h.passage.passage_id: h for h in (*research.hits, *research.search(name, k=_MOST_HITS))}
    naming = [s for s in sentences_of(hits.values()) if _mentions(name, s)]
    roles = _ranked([r for s in naming for r in roles_in(s, name)], research)
    if not roles:
        return _mentioned(name, reading) if _capitalised(name) else None
    drafts = without_overlaps([draft_of(r.sentence, r.span) for r in roles])
    kept = [(d, r) for r in roles for d in drafts if _is_of(r, d.quotes[0].article.article_id, d.quotes[0].span)]
    parts = [
        DraftPart(
            r.text, (drafts.index(d),), day=r.sentence.hit.article.published.day, basis="published",
            outlets=tuple(o for o in (r.sentence.hit.article.outlet,) if o),
        )
        for d, r in kept
    ]  # fmt: skip
    parts.sort(key=lambda p: (p.day is None, -p.day.toordinal() if p.day else 0))
    parts = [p if p.day else replace(p, basis="no day known") for p in parts]
    confidence = max(reading.confidence, roles[0].sure)
    if len(parts) < 2:
        return Composition(drafts, confidence, short=roles[0].text)
    return Composition(drafts, confidence, short=roles[0].text, layout="list", parts=tuple(parts))


def roles_in(sentence: Sentence, name: str) -> tuple[Role, ...]:
    """What `sentence` says `name` is, by form."""
    text = sentence.quoted
    found: dict[Span, Role] = {}
    for place, whole in _places(name, sentence):
        for start, end, sure in (*_behind(text, place.start, place.end), *_before(text, place.start)):
            phrase = _trimmed(text, start, end)
            if phrase is not None and not _spelled(name.split()[-1]).search(phrase.of(text)):
                span = sentence.within(phrase.start, phrase.end)
                found.setdefault(span, Role(sentence, span, sure if whole else 0.75 * sure))
    return tuple(found.values())


# --- the ways to say what a name is -----------------------------------------------------------------------------------

_APPOSED = re.compile(
    rf"\s*(?:\([^()]{{1,40}}\)\s*)?(?:,|—|–|\s--?-?\s)\s*(?:\d{{1,3}},\s*)?(?:who (?:is|was) )?"
    rf"(?P<role>(?:(?:an?|the|one of|its|his|her|their|former|\d+-year-old)\s+)?[^,;:()—–\"”“]{{3,{_FARTHEST}}}?){_END}"
)
_WHO = re.compile(rf"\s*,\s*who (?:also |now |currently )?(?P<role>{_LED}\s+[^,;:()—–\"”“]{{3,{_FARTHEST}}}?){_END}")
_IS = re.compile(
    rf"\s*(?:\([^()]{{1,40}}\)\s*)?\s+(?:{_COPULA})\s+(?!not\b)"
    rf"(?P<role>(?:an?|the|one of|part of|[a-z]+['’]s)\s+[^,;:()—–\"”“]{{3,{_FARTHEST}}}?)(?={_END}|\s+(?:who"
    r"|whose|which|because|after|before|when|while|but)\b)"
)
_BECAME = re.compile(
    rf"\s*(?:,[^,.;:]{{1,80}},)?\s+{_NAMED}\s+(?P<role>[^,;:()—–\"”“]{{3,90}}?)(?={_END}|\s+(?:on|in|after|when"
    r"|by|at|last|this|two|three|because|and)\b)"
)
_LEADS = re.compile(rf"\s+(?P<role>{_LED}\s+(?:an?|the|[A-Z])[^,;:()—–\"”“]{{2,90}}?){_END}")
_STANDS_FOR = re.compile(r"\s*\((?P<role>[^()]{4,80})\)")
_KNOWN_AS = re.compile(
    r"\b(?P<role>(?:an?|the|its|their)(?:\s+(?!(?:an?|the|its|their)\s)[^\s,;:.()\"”“—–]+){1,9}),?\s+"
    r"(?:also |better |widely |commonly |formerly )?"
    r"(?:known|referred to|called|dubbed)(?: as)?\s+(?:the |an? )?[\"“‘']?$",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(
    r"(?P<role>(?:[A-Z][\w’'-]*\s+(?:of\s+|the\s+|for\s+|and\s+|in\s+)*){1,8}[A-Z]?[\w’'-]*)\s*\($"
)
_OWNED = re.compile(
    rf"(?:^|[\s\"“])(?:its|his|her|their|the|{_WORD}['’]s)\s+(?P<role>(?:[\w-]+\s+){{0,3}}[\w-]+)\s*(?:,|\bis"
    r"|\bwas)\s+$"
)
_DANGLING = re.compile(r"(?:\s+(?:and|or|of|for|an?|the|that|in|to|as|with|by|on))+\s*$")
_ORGANISATION = re.compile(  # "Organization for Freedom in Syria" before "Founder"
    r"(?:(?<=\s)|^)(?:[A-Z][\w’-]*\s+){1,4}(?:(?:of|for|and|in|on)\s+(?:the\s+)?(?:[A-Z][\w’-]*\s+){0,3}){1,3}$"
)
_AMONG = re.compile(
    r"(?P<role>(?:[a-z][\w-]+\s+){0,2}[a-z][\w-]+s),?\s+(?:including|such as|like)\s+[^.;:()\"”]{0,120}$"
)
_OF_KIND = re.compile(rf"\s+(?P<role>(?:[a-z][\w-]+\s+){{0,3}}[a-z][\w-]+){_END}")
_TITLE_WORD = re.compile(rf"(?:(?P<word>{_WORD})|(?P<mark>[^\w\s]))\s*$")


def _behind(text: str, began: int, at: int) -> list[tuple[int, int, float]]:
    """Role phrases that follow a name that stands from `began` to `at`: start, end and how sure."""
    at += 2 if text[at : at + 2] in ("'s", "’s") else 0
    if text[at - 2 : at] in ("'s", "’s"):
        return []
    found = []
    rest = text[at : at + 2 * _FARTHEST]
    subject, led_in = _is_subject(text, began), _OPENS_ASIDE.match(text, 0, began)
    for pattern, sure in (
        (_WHO, 0.85),
        (_APPOSED, 0.85),
        (_IS, 0.8),
        (_BECAME, 0.8),
        (_LEADS, 0.75),
        (_STANDS_FOR, 0.7),
    ):
        match = pattern.match(rest)
        if match is None:
            continue
        role = match["role"]
        if pattern in (_IS, _BECAME, _LEADS) and not subject:
            continue
        if pattern is _BECAME and role.split()[0].lower() in FUNCTION_WORDS - {"a", "an", "the"}:
            continue
        if pattern is _APPOSED and led_in and led_in.end() == began and rest[match.end() : match.end() + 1] != ",":
            continue
        if pattern is _APPOSED and not _is_apposition(role, rest[match.end() :]):
            continue
        if pattern is _STANDS_FOR and not _spells(text[:at].split()[-1] if text[:at].split() else "", role):
            continue
        if pattern is _IS and not _says_what(role):
            continue
        if pattern in (_APPOSED, _IS) and not any(is_role_noun(w) for w in _head(role)):
            if role.split()[0].lower() in ("its", "his", "her", "their"):
                continue
            sure -= 0.25  # the form is there, but nothing says that the phrase is what somebody or something is
        found.append((at + match.start("role"), at + match.end("role"), sure))
    kind = _OF_KIND.match(rest)
    if kind and re.search(r"\bthe\s$", text[:began]) and is_role_noun(kind["role"].split()[-1]):
        found.append((at + kind.start("role"), at + kind.end("role"), 0.66))
    return found


def _head(role: str) -> list[str]:
    """The words of a noun phrase before what is hung on to it by a preposition."""
    return [w.strip("'’\".,") for w in _HUNG_ON.split(role)[0].split()]


def _is_subject(text: str, at: int) -> bool:
    """Whether a name at `at` can be the subject of the verb behind it: no preposition stands before it."""
    before = re.search(r"([\w’'.-]+|[^\w\s])\s*$", text[max(0, at - 60) : at])
    if before is None or not before[1][:1].islower():
        return True
    word = before[1]
    return word in _BEFORE_SUBJECTS or is_role_noun(word)


def _before(text: str, at: int) -> list[tuple[int, int, float]]:
    """Role phrases in front of a name that starts at `at`."""
    head = text[max(0, at - _FARTHEST) : at]
    offset = max(0, at - _FARTHEST)
    found = []
    known = _KNOWN_AS.search(head[-110:])
    if known:
        shift = offset + max(0, len(head) - 110)
        found.append((shift + known.start("role"), shift + known.end("role"), 0.8))
    short_of = _ABBREVIATED.search(head)
    if short_of and text[at:].split(")")[0].isupper() and _spells(text[at:].split(")")[0], short_of["role"]):
        found.append((offset + short_of.start("role"), offset + short_of.end("role"), 0.7))
    owned = _OWNED.search(head)
    if owned and is_role_noun(owned["role"].split()[-1]):
        found.append((offset + owned.start("role"), offset + owned.end("role"), 0.75))
    among = _AMONG.search(head)
    if among and is_role_noun(among["role"].split()[-1]):
        found.append((offset + among.start("role"), offset + among.end("role"), 0.66))
    title = _title(head)
    if title is not None:
        found.append((offset + title.start, offset + title.end, 0.75))
    return found


def _title(head: str) -> Span | None:
    """The role words that run into a name at the end of `head`: "former ISIS leader", "Prime Minister"."""
    if not head or not head[-1].isspace():
        return None
    end = len(head.rstrip())
    start = end
    n = 0
    while n < 6 and (found := _TITLE_WORD.search(head[:start].rstrip() if n else head[:end])):
        word = found["word"]
        if word is None:
            break
        if n == 0 and not is_role_noun(word.rstrip(".")):
            return None
        lower = word.lower()
        if n and (lower in _VERBS or (lower in FUNCTION_WORDS and not word.isupper()) or lower.endswith(("ing", "ly"))):
            break
        if (
            n
            and lower.endswith("ed")
            and "-" not in lower
            and lower not in ("retired", "united", "disgraced", "convicted")
        ):
            break
        if n and not word[:1].isupper() and re.search(r"\bto\s+$", head[: found.start("word")]):
            break
        start = found.start("word")
        n += 1
        if re.search(r"\b(?:an?|the)\s+$", head[:start], re.IGNORECASE):
            break
    whole = _ORGANISATION.search(head[:start])
    if whole and any(is_role_noun(w) for w in whole[0].split()):
        start = whole.start()
    return Span(start, end) if n and start < end else None


def _is_apposition(role: str, rest: str) -> bool:
    """Whether what stands between commas behind a name says what it is, and is no next item of a list or clause."""
    words = role.split()
    if not words or len(words) > 24:
        return False
    first = words[0].lower()
    head = re.split(
        r"\s+(?:of|for|at|in|to|from|on|with|who|that|which|based|by|and|under|near|between|against)\s+", role
    )[0]
    told = head.split()
    if first in ("a", "an", "the", "one", "its", "his", "her", "their", "former") or re.match(r"\d+-year-old", first):
        lower = [w for w in words[1:] if w[:1].islower() and w.lower() not in FUNCTION_WORDS]
        if not lower and not (told and is_role_noun(told[-1])):
            return False
        if any(w.lower() in _VERBS for w in told[1:]):
            return False  # "In Vik, the ferry was late": a clause of its own
        return not re.match(r"\s*,?\s*(?:and|or)\s+(?:an?|the)\b", rest) or is_role_noun(told[-1])
    if first in FUNCTION_WORDS or first in _VERBS or first.endswith(("ing", "ed")) or first == "who":
        return False
    return bool(told) and is_role_noun(told[-1].strip(".")) and not any(w.lower() in _VERBS for w in told)


def _says_what(role: str) -> bool:
    """Whether what follows "is" is a noun phrase that says what something is: "a disease", not "the only one left"."""
    words = [w.lower() for w in role.split()]
    return len(words) > 1 and not (words[0] == "the" and words[1] in ("only", "same", "first", "last", "one", "latest"))


def _spells(short: str, whole: str) -> bool:
    """Whether the capitals of `short` are the first letters of the words of `whole`, in order."""
    letters = [c for c in short if c.isupper()]
    initials = iter(w[0].upper() for w in whole.split() if w)
    return len(letters) > 1 and all(any(c == i for i in initials) for c in letters)


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """The phrase less what is not it; None where nothing is left that says something."""
    phrase = text[start:end]
    cut = re.search(r"\s+(?:said|says|told|has|had|have|will|would|was|were|is|are|who|which|whose)\b", phrase)
    if cut and cut.start() > 2 and not re.match(_LED, phrase):
        phrase = phrase[: cut.start()]
    words = phrase.split()
    if len(words) > _MOST_WORDS:
        shorter = re.match(r"(?:\S+\s+){2,13}?\S+(?=\s+(?:that|in|on|after|since|from|with|as)\b)", phrase)
        phrase = shorter[0] if shorter else phrase
    phrase = _DANGLING.sub("", phrase)
    end = start + len(phrase.rstrip(" \t\r\n,;:-"))
    while start < end and text[start] in " \t\r\n\"“‘'(,":
        start += 1
    return Span(start, end) if end - start > 2 and re.search(r"[^\W\d_]{2}", text[start:end]) else None


# --- where the name stands --------------------------------------------------------------------------------------------


def _places(name: str, sentence: Sentence) -> list[tuple[Span, bool]]:
    """Where `name` stands in the sentence, and whether in full; by its last word where the passage has it in full."""
    text = sentence.quoted
    found = [(Span(m.start(), m.end()), True) for m in _spelled(name).finditer(text)]
    last = name.split()[-1]
    if len(name.split()) > 1 and last.islower() and _spelled(name).search(sentence.hit.passage.text):
        again = re.finditer(rf"\b(?:[Tt]he|[Tt]his)\s+({re.escape(last)})(?![\w-])", text)
        return found or [(Span(m.start(1), m.end(1)), True) for m in again]
    if len(name.split()) > 1 and last[:1].isupper() and _alone(name, last, sentence.hit.passage.text):
        taken = [s for s, _ in found]
        for m in _spelled(last).finditer(text):
            here = Span(m.start(), m.end())
            other = re.search(r"\b([A-Z][\w’'-]+)\s$", text[: m.start()])  # another Solheim is not this one
            if not any(here.overlaps(t) for t in taken) and not (other and not is_role_noun(other[1])):
                found.append((here, True))
    return found


def _alone(name: str, last: str, passage: str) -> bool:
    """Whether the passage has the name in full, and nobody else of that last name."""
    if not _spelled(name).search(passage):
        return False
    firsts = set(re.findall(rf"\b([A-Z][\w’'-]+)\s+{re.escape(last)}(?![\w-])", passage))
    return all(first in name.split() or is_role_noun(first) for first in firsts)


def _spelled(name: str) -> re.Pattern[str]:
    spelled = r"[\s-]+".join(re.escape(w) for w in re.split(r"[\s-]+", name) if w)
    return re.compile(rf"(?<![\w’'-]){spelled}(?![\w-])", 0 if _capitalised(name) else re.IGNORECASE)


def _mentions(name: str, sentence: Sentence) -> bool:
    last = name.split()[-1]
    return (last if _capitalised(name) else last.lower()) in (
        sentence.quoted if _capitalised(name) else sentence.quoted.lower()
    )


def _capitalised(name: str) -> bool:
    return any(c.isupper() for c in name)


# --- which of them are told -------------------------------------------------------------------------------------------


def _ranked(roles: Sequence[Role], research: Research) -> list[Role]:
    """One role of each meaning, best first: sure by form, told by many, told lately, and saying something."""
    groups: list[list[Role]] = []
    for role in sorted(roles, key=lambda r: -r.sure):
        mine = stems(role.text)
        group = next((g for g in groups if _was(g[0]) == _was(role) and _alike(mine, stems(g[0].text))), None)
        if group is None:
            groups.append([role])
        else:
            group.append(role)
    days = [r.sentence.hit.article.published.day for r in roles]
    known = sorted({d for d in days if d})
    best = []
    for group in groups:
        stories = {research.story(r.sentence.hit.article.article_id) for r in group}
        newest = max((d for r in group if (d := r.sentence.hit.article.published.day)), default=None)
        late = (known.index(newest) + 1) / len(known) if newest and len(known) > 1 else 0.5
        if newest and any(
            _was(r) and (r.sentence.hit.article.published.day or newest) > newest
            for r in roles
            if not _was(group[0]) and _alike(stems(r.text), stems(group[0].text))
        ):
            late -= 1.0  # someone is called the former minister by now
        telling = max(group, key=lambda r: (r.sure, min(8, len(r.text.split())), -r.sentence.hit.rank))
        score = telling.sure + 0.08 * min(len(stories) - 1, 3) + 0.35 * late + 0.01 * min(8, len(telling.text.split()))
        best.append((score, telling))
    best.sort(key=lambda b: -b[0])
    told = [role for _, role in best if len(role.text.split()) > 1] or [role for _, role in best]
    surest = max((r.sure for r in told), default=0.0)
    return [r for r in told if r.sure >= min(surest, _SURE_ENOUGH)][:_MOST_ROLES]


def _was(role: Role) -> bool:
    """Whether the phrase says that it holds no longer."""
    return _FORMERLY.match(role.text) is not None


def _alike(words: frozenset[str], other: frozenset[str]) -> bool:
    return bool(words and other) and len(words & other) >= 0.6 * min(len(words), len(other))


def _is_of(role: Role, article_id: str, span: Span) -> bool:
    sentence = role.sentence
    return sentence.hit.article.article_id == article_id and span.start <= role.span.start and role.span.end <= span.end


def _mentioned(name: str, reading: Reading) -> Composition | None:
    """The reader's sentences that hold the name, without a phrase that would not be one of it; none if none does."""
    named = [p for p in reading.pointers if _mentions(name, pointed_at(p))]
    if not named:
        return None
    best = [p for p in named if p.score >= 0.4 * named[0].score][:2]
    drafts = without_overlaps([draft_of(pointed_at(p)) for p in best])
    return Composition(drafts, min(reading.confidence, best[0].score))
