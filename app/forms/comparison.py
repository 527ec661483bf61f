"""Two things or two sources side by side: what is said of each, or by each, in its own sentences.

A side of which nothing is found is said to have nothing, never left out; a sentence that names the other side alone is
none of this one's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.draft import Composition, Draft, DraftPart, Research
from app.forms.definition import roles_in
from app.forms.role_nouns import is_role_noun
from app.forms.sentence import (
    Sentence,
    Subject,
    draft_of,
    near_equal,
    plain_draft,
    pointed_at,
    sentences_of,
    stems,
    without_overlaps,
)
from app.mentions import content_words
from app.question import Question, read_question
from app.reader import Reading
from ingest.article import Span, normalise_space
from store import Hit

__all__ = ["Sides", "compose_comparison", "sides_of"]

_ABOUT = (
    r"(?:\s*,?\s+(?:on|over|about|regarding|concerning|in terms of|when it comes to|as to|in|for|with regard to"
    r"|after|before|during|since)"
    r"\s+(?P<about>.+?))?"
)
_SPOKEN = (
    r"(?:say|said|says|report|reported|reports|write|wrote|tell|told|think|claim|claimed|put|state|stated|view|see)"
)
_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:please |can you )*(?:compare|contrast)\s+(?:what\s+)?(?P<a>.+?)\s+(?:and|with|to|versus|vs\.?"
        rf"|against)\s+(?P<b>.+?)"
        rf"(?:\s+(?P<spoken>{_SPOKEN})\s+(?:about|on|of)\s+(?P<said>.+?))?{_ABOUT}[\s?.!]*$",
        r"^(?:what|which)(?:['’]s| is| are| was| were)?\s*(?:the )?(?:main |key |biggest )?(?:differences?"
        r"|similarit(?:y|ies)"
        rf"|contrast|distinction)\s+between\s+(?P<a>.+?)\s+and\s+(?P<b>.+?){_ABOUT}[\s?.!]*$",
        rf"^how (?:do|does|did|is|are|was|were)\s+(?P<a>.+?)\s+(?:and|compare (?:with|to)|differ from"
        rf"|different from|compared (?:with|to))"
        rf"\s+(?P<b>.+?)(?:\s+(?:differ|compare|disagree|contrast|different"
        rf"|diverge)\b(?:\s+from each other)?)?{_ABOUT}[\s?.!]*$",
        rf"^(?:do|does|did|have|has)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?:agreed?|disagreed?|differ(?:ed)?"
        rf"|say the same){_ABOUT}[\s?.!]*$",
        rf"^(?:what|how) (?:do|does|did|have|has)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?P<spoken>{_SPOKEN})"
        r"\s+(?:about|on|of|to)\s+(?P<about>.+?)[\s?.!]*$",
        r"^(?P<a>.+?)\s+(?:versus|vs\.?)\s+(?P<b>[^:,?]+?)"
        r"(?:\s*[:,]\s*(?P<about>.+?)|\s+(?:on|about|over)\s+(?P<said>.+?))?[\s?.!]*$",
        r"^(?P<about>.+?)[:,]\s*(?P<a>.+?)\s+(?:versus|vs\.?|compared (?:to|with))\s+(?P<b>.+?)[\s?.!]*$",
    )
)
_JUDGED = re.compile(
    r"^how (?:do|does|did|have|has|would)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?:judged?|see|view|assess(?:ed)?"
    r"|rated?|regard(?:ed)?|describe[ds]?|explain(?:ed)?|react(?:ed)? to|respond(?:ed)? to|interpret(?:ed)?|think of"
    r"|feel about|plan to (?:solve|handle|tackle))\s+(?P<about>.+?)[\s?.!]*$",
    re.IGNORECASE,
)
_RATHER = re.compile(
    r"^(?:what|which|who)(?: (?P<thing>[\w-]+))? (?:is|are|was|were|has|have|had|costs?|will be|would be)(?: the)?\s+"
    r"(?P<about>(?:more|less|most|least|better|worse|fewer|\w{2,}er|\w{2,}est)\b[^,:?]{0,50}?)\s*[,:]\s*(?P<a>[^,?]{2,60}?)"
    r",?\s+or\s+(?P<b>[^,?]{2,60}?)[\s?.!]*$",
    re.IGNORECASE,
)
_DEGREES = (
    (re.compile(r"expensive|cheap|cost|dear", re.IGNORECASE), "cost"),
    (re.compile(r"\bold|\byoung", re.IGNORECASE), "age"),
    (re.compile(r"\blong", re.IGNORECASE), "length"),
    (re.compile(r"\btall|\bhigh", re.IGNORECASE), "height"),
    (re.compile(r"dead|death", re.IGNORECASE), "deaths"),
)
_THAT_OF = re.compile(
    r"^(?:that|those|the one|the ones)\s+(?P<link>in|of|by|from|for|at|given by|named by|reported by)\s+(?P<whose>.+)$",
    re.IGNORECASE,
)
_WROTE = re.compile(
    rf"\s+(?:(?:have|has|had)\s+)?{_SPOKEN[:-1]}|published|printed|written)(?:\s+about)?$", re.IGNORECASE
)
_COMPARES = re.compile(r"\b(?:compare[ds]?|differs?|differed|different|contrast)\b", re.IGNORECASE)
_PREPOSITION = re.compile(r"\s+(?:of|in|at|for|from|by|on|with|to|under|after|before)\s+", re.IGNORECASE)
_SAYS_APART = re.compile(
    r"\b(?:differ|compare|disagree|contrast|different|compared|diverge|versus|vs)\b|\bagree", re.IGNORECASE
)
_VIEWS = re.compile(r"\b(?:differ|agree|disagree|views?|positions?|stances?|opinions?)\b", re.IGNORECASE)
_LED_IN = re.compile(
    r"^(?:what|which|how much|how many|how|who|whether)\b(?:.{0,40}?\b(?:they|each|it)\b)?\s*(?:do|did)?\s*",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\b(?:costs?|prices?|numbers?|toll|deaths|casualties|jobs|shares?|rates?|sizes?|ages?|budgets?|losses"
    r"|profits?|sales"
    r"|revenues?|populations?|percentages?|figures?|estimates?|salar(?:y|ies)|weights?|lengths?|amounts?|scores?)\b",
    re.IGNORECASE,
)
_OF = re.compile(r"^(?:the\s+)?(?P<what>[\w\s-]{3,40}?)\s+(?:of|by|from|in)\s+(?P<whose>.+)$", re.IGNORECASE)
_OWNED = re.compile(
    r"^(?P<whose>.+?)['’]s?\s+(?P<what>(?:account|report|version|coverage|story|view|position"
    r"|stance|plan|cost|[\w-]+)"
                    r"(?:\s+(?:of|on|about|in|for)\s+(?P<on>.+))?)$", re.IGNORECASE)  # fmt: skip
_EMPTY = frozenset("account report reports version coverage story view views position stance what they results".split())
_MOST_HITS = 24
_READ = 5  # passages a side
_FARTHEST_BACK = 4  # sentences
_MOST_SENTENCES = 2
_MOST_OF_SPEAKER = 3  # words
_MOST_OF_IT = 0.5  # share of a description's words that the passage has
_ASKED_OF = 8  # passages that the reader reads for a side
_POINTED = 0.5  # of the best score: such a sentence tells the side where its passage speaks of what is asked
_LEAST = 0.34  # share of what is asked about that a sentence and its headline tell
_SAYS = re.compile(
    r"\b(?:say|says|said|call\w*|told|warn\w*|add\w*|argue\w*|claim\w*|accus\w*|prais\w*)\b|[\"“]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sides:
    """Which two are to be compared, and in what; `about` is empty where anything will do."""

    first: str
    second: str
    about: str
    spoken: bool


def sides_of(question: str) -> Sides | None:
    """The two that `question` wants compared; None where it compares nothing."""
    text = normalise_space(question)
    if len(text) > 400:
        return None
    for n, pattern in enumerate((*_ASKED, _JUDGED, _RATHER)):
        found = pattern.match(text)
        if found is None or (n == 2 and not _SAYS_APART.search(text)):
            continue
        groups = found.groupdict()
        about = groups.get("said") or groups.get("about") or ""
        about = _LED_IN.sub("", about).strip(" ,")
        if pattern is _RATHER:
            about = next((noun for degree, noun in _DEGREES if degree.search(about)), about)
        one, wrote_one = _less_verb(found["a"])
        other, wrote_other = _less_verb(found["b"])
        if about and _points_back(other, one):  # "the fee in A and that in B"
            other, about = f"that {text[found.end('b') :].strip(' ?.!')}", ""
        one, other, about = _both_in_full(one, other, about)
        first, about = _bare(one, about)
        second, about = _bare(other, about)
        if not first or not second or first.lower() == second.lower():
            return None
        if max(len(first.split()), len(second.split())) > 7 or not _may_be_compared(first, second, n, text):
            return None
        spoken = bool(groups.get("spoken")) or _VIEWS.search(text) is not None or pattern is _JUDGED
        return Sides(first, second, about, spoken or wrote_one or wrote_other)
    return None


def compose_comparison(question: Question, reading: Reading, research: Research) -> Composition | None:
    """What is said of each side; None where the question compares nothing, or nothing is found of either."""
    sides = sides_of(question.text)
    if sides is None:
        return None
    found = [_side(name, other, sides, research) for name, other in (
        (sides.first, sides.second), (sides.second, sides.first))]  # fmt: skip
    if not any(found):
        return None
    drafts: list[Draft] = []
    parts: list[DraftPart] = []
    notes: list[str] = []
    for n, (name, other) in enumerate(((sides.first, sides.second), (sides.second, sides.first))):
        side = found[n]
        if not side and sides.about and (anything := _side(name, other, replace(sides, about=""), research)):
            notes.append(f"Nothing was found on {name} about {sides.about}; what else is told is given instead.")
            side = found[n] = [(s, 0.0) for s, _ in anything]
        if not side:
            what = f" about {sides.about}" if sides.about else ""
            notes.append(f"Nothing was found on {name}{what}.")
            continue
        numbers = []
        for sentence, _ in side:
            draft = draft_of(sentence)
            if draft not in drafts and len(without_overlaps([*drafts, draft])) == len(drafts):
                draft = plain_draft(sentence)  # what its pronoun points back to is quoted already
            if draft not in drafts:
                drafts.append(draft)
            numbers.append(drafts.index(draft))
        articles = [s.hit.article for s, _ in side]
        days = [a.published.day for a in articles if a.published.day]
        outlets = tuple(dict.fromkeys(a.outlet for a in articles if a.outlet))
        words = _few_words(side[0][0], sides, name, research)
        parts.append(
            DraftPart(
                words, tuple(dict.fromkeys(numbers)), name, max(days, default=None), "published" if days else None,
                outlets, len({research.story(a.article_id) for a in articles}),
            )
        )  # fmt: skip
    told = min((side[0][1] for side in found if side), default=0.0)
    confidence = (0.35 + 0.4 * min(1.0, told)) * (1.0 if all(found) else 0.8)
    if not notes:
        confidence = max(confidence, reading.confidence)
    return Composition(tuple(drafts), confidence, None, "comparison", tuple(parts), tuple(notes))


# --- what is asked ----------------------------------------------------------------------------------------------------


def _bare(side: str, about: str) -> tuple[str, str]:
    """A side less what of it is compared ("the missions of X"), and that as what the comparison is about."""
    side = re.sub(r"^(?:the two|both|between|how|what)\s+", "", side.strip(" ,"), flags=re.IGNORECASE)
    owned = _OWNED.match(side)
    if owned and any(c.isupper() for c in owned["whose"]):
        what = owned["on"] or ("" if owned["what"].lower() in _EMPTY else owned["what"])
        return _less_article(owned["whose"]), about or what
    of = _OF.match(side)
    if of and any(c.isupper() for c in of["whose"]) and not any(c.isupper() for c in of["what"]):
        return _less_article(of["whose"]), about or ("" if of["what"].lower() in _EMPTY else of["what"])
    return _less_article(re.sub(r"['’]s$", "", side)), about


def _less_verb(side: str) -> tuple[str, bool]:
    """A side less "wrote" and its like at its end, and whether there was one."""
    less = _WROTE.sub("", side.strip(" ,"))
    return less, less != side.strip(" ,")


def _points_back(second: str, first: str) -> bool:
    """Whether the second side is "that", or repeats the noun with which the first one opens."""
    told = _less_article(second).lower()
    return told in ("that", "those", "the one", "one", "ones") or _less_article(first).lower().startswith(f"{told} ")


def _both_in_full(first: str, second: str, about: str) -> tuple[str, str, str]:
    """Of "the fee in A" and "that in B", A, B and the fee, where the second side points back to the first."""
    that = _THAT_OF.match(second)
    if that is None:
        return first, second, about
    links = list(re.finditer(rf"\s+{re.escape(that['link'])}\s+", first, re.IGNORECASE))
    if not links:
        owned = _OWNED.match(first)
        return (owned["whose"], that["whose"], about or owned["what"]) if owned else (first, that["whose"], about)
    return first[links[-1].end() :], that["whose"], about or first[: links[-1].start()]


def _less_article(name: str) -> str:
    return re.sub(r"^(?:the|an?)\s+", "", name.strip(" ,"), flags=re.IGNORECASE)


def _may_be_compared(first: str, second: str, pattern: int, text: str) -> bool:
    """Whether two sides are things: names, or, asked in so many words, nouns; of those who speak, what somebody is."""
    words = [w for side in (first, second) for w in content_words(side)]
    if not words or not content_words(first) or not content_words(second):
        return False
    capital = [any(c.isupper() for c in side) or is_role_noun(_head(side)[-1]) for side in (first, second)]
    if pattern in (0, 1, 5, len(_ASKED) + 1) or all(capital):
        return True
    if pattern in (4, len(_ASKED)):  # who speaks: nouns that are no more than that
        told = [tuple(side.split()) for side in (first, second)]
        return all(len(words) <= _MOST_OF_SPEAKER and content_words(" ".join(words)) == words for words in told)
    return pattern in (2, 3, len(_ASKED)) and (any(capital) or (pattern == 2 and _COMPARES.search(text) is not None))


def _head(side: str) -> list[str]:
    """The words of a side before what is hung on to it by a preposition."""
    return _PREPOSITION.split(side)[0].split() or [side]


# --- what is said of a side -------------------------------------------------------------------------------------------


def _side(name: str, other: str, sides: Sides, research: Research) -> list[tuple[Sentence, float]]:
    """The sentences that tell a side, best first, each with how much of what is asked about it tells, 0..1."""
    query = f"{name} {sides.about}".strip()
    beside = research.search(f"{name} {other} {sides.about}".strip(), k=_MOST_HITS)
    hits = {h.passage.passage_id: h for h in (*beside, *research.search(query, k=_MOST_HITS), *research.hits)}
    by_source = [h for h in hits.values() if _is_source(name, h)]
    if not by_source and _looks_like_outlet(name):
        more = research.search(sides.about or name, k=60)
        by_source = [h for h in more if _is_source(name, h)]
    about = Subject.of(sides.about, research)
    near = {h.passage.passage_id for h in by_source[:_READ]}
    pointed = _pointed(name, sides, by_source or list(hits.values()), research)
    found: list[tuple[float, float, Sentence]] = []
    for n, sentence in enumerate(sentences_of(by_source or hits.values())):
        said = stems(sentence.text)
        if len(sentence.text.split()) < 4:
            continue
        around = stems(f"{sentence.hit.article.headline or ''} {sentence.hit.passage.text}")
        says = _SAYS.search(sentence.text) is not None
        names = 1.0 if by_source else _named(name, other, sentence)
        led_in = 0.8 * about.told(_led_in(sentence))
        told = 1.0 if not about.weights else 0.6 * max(about.told(said), led_in) + 0.4 * about.told(said | around)
        points = pointed.get((sentence.hit.passage.passage_id, sentence.span), 0.0)
        speaks_of_it = sides.spoken and says and about.told(around) > 0.5
        found_for_it = sentence.hit.passage.passage_id in near
        is_pointed = points >= _POINTED and about.told(said | around) >= _LEAST
        if names == 0.0 or (told < _LEAST and not speaks_of_it and not found_for_it and not is_pointed):
            continue
        if not by_source and not about.weights:  # nothing is asked in particular: what it is, and where both are told
            telling = stems(sentence.hit.passage.text)
            names += 0.3 * bool(roles_in(sentence, name)) + 0.2 * _tells(other, telling, telling)
        both = not by_source and _tells(other, said, stems(sentence.hit.passage.text))
        worth = (
            1.5 * names + told + points + 0.3 * (sides.spoken and says) + 0.1 * bool(re.search(r"\d", sentence.text))
        )
        found.append((worth + (0.1 if not sides.spoken else -0.3) * both - 0.01 * n, told, sentence))
    found.sort(key=lambda f: -f[0])
    kept: list[tuple[Sentence, float]] = []
    for worth, told, sentence in found:
        repeats = any(near_equal(stems(sentence.text), stems(k.text), 0.7) for k, _ in kept)
        if len(kept) < _MOST_SENTENCES and worth > 0.7 * found[0][0] and not repeats:
            kept.append((sentence, told))
    return kept


def _led_in(sentence: Sentence) -> frozenset[str]:
    """The stems of the sentence before, which may lead in: "On housing they differ. Berg wants …"."""
    before = [s for s in sentences_of((sentence.hit,)) if s.span.end <= sentence.span.start]
    return stems(before[-1].text) if before else frozenset()


def _pointed(name: str, sides: Sides, hits: Sequence[Hit], research: Research) -> dict[tuple[int, Span], float]:
    """What the reader points at when it is asked of this side alone: each sentence with its share of the best score."""
    if not sides.about:
        return {}
    asked = f"What does {name} say about {sides.about}?" if sides.spoken else f"What is the {sides.about} of {name}?"
    naming = [h for h in hits if _is_source(name, h) or stems(_head(name)[-1]) & stems(h.passage.text)]
    pointers = research.read(read_question(asked), naming[:_ASKED_OF]).pointers
    best = max((p.score for p in pointers), default=0.0)
    return {(p.hit.passage.passage_id, p.sentence): p.score / best for p in pointers if best > 0.0}


def _named(name: str, other: str, sentence: Sentence) -> float:
    """1 where the sentence names the side, by its last word too; less where one before does; else 0."""
    passage = stems(sentence.hit.passage.text)
    here = stems(sentence.text)
    apart = stems(name.split()[-1]) <= stems(other)  # "Alba Foods" is not told by "Foods" beside "Zenith Foods"
    if apart:
        return 1.0 if stems(name) <= here else 0.0 if stems(other) <= here else 0.3 * (stems(name) <= passage)
    if _tells(name, here, passage):
        return 1.0 if stems(name) <= here else 0.9
    if _tells(other, here, passage):
        return 0.0
    earlier = [s for s in sentences_of((sentence.hit,)) if s.span.end <= sentence.span.start][-_FARTHEST_BACK:]
    for back, before in enumerate(reversed(earlier)):
        words = stems(before.text)
        if _tells(other, words, passage):
            return 0.0
        if _tells(name, words, passage):
            return 0.6 - 0.1 * back
    headline = stems(sentence.hit.article.headline or "")
    return 0.4 if _tells(name, headline, headline) and not _tells(other, headline, headline) else 0.0


def _tells(name: str, words: frozenset[str], passage: frozenset[str]) -> bool:
    """Whether `words` hold the name: all of it, or its last word, or its noun, where the passage holds the rest."""
    whole = stems(name)
    if name[:1].isupper():
        last = stems(name.split()[-1])
        return bool(whole) and (whole <= words or bool(last and last <= words and whole <= passage))
    noun = stems(_head(name)[-1])
    share = len(whole & passage) / len(whole) if whole else 0.0
    return bool(noun) and noun <= words and share >= _MOST_OF_IT


def _is_source(name: str, hit: Hit) -> bool:
    """Whether a hit's article was published by the outlet of that name."""
    outlet = hit.article.outlet
    return outlet is not None and _plain(outlet) == _plain(name)


def _looks_like_outlet(name: str) -> bool:
    return any(c.isupper() for c in name)


def _plain(outlet: str) -> str:
    told = re.sub(
        r"^(?:https?://)?(?:www\.)?|\.(?:com|org|net|co\.uk|co|uk|news|info|tv)\b.*$", "", outlet.strip().lower()
    )
    return re.sub(r"\W+", "", re.sub(r"^the\s+", "", told))


def _few_words(sentence: Sentence, sides: Sides, name: str, research: Research) -> str:
    """The words that tell a side, as the reader points at them; the sentence itself where it points at none."""
    if not _QUANTITY.search(sides.about) or not re.search(r"\d", sentence.text):
        return sentence.text
    asked = read_question(f"What is said of {sides.about} of {name}?")
    reading = research.read(asked, (sentence.hit,))
    for pointer in reading.pointers[:_READ]:
        if pointer.short and pointed_at(pointer).span == sentence.span:
            words = normalise_space(Sentence(sentence.hit, pointer.short).quoted)
            if re.search(r"\d", words):
                return words
    return sentence.text
