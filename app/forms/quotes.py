"""What somebody said of something, and who said something: the statements that the articles attribute to that one.

A statement is given as somebody's only where the article says so; what others say of the same is not. Direct quotations
come before reports of what was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.attribution import Attribution, attribute, attribution_at, plain_marks, quotations, subject_before
from app.draft import Composition, Draft, DraftPart, Research
from app.forms.opposites import is_alike, stem
from app.forms.role_nouns import PERSON_NOUNS
from app.forms.sentence import Sentence, distinct, draft_of, sentences_of, without_overlaps
from app.mentions import FUNCTION_WORDS
from app.question import Question
from app.reader import Reading
from ingest.article import Span, normalise_space

__all__ = ["REPORTED", "compose_quotes"]

REPORTED = "Reported by the article, not quoted word for word."
_SAYING = (
    r"(?:say|says|said|saying|tell|told|think|thinks|thought|respond|responded|react|reacted|comment|commented|describe"
    r"|described|claim|claimed|argue|argued|warn|warned|reply|replied|answer|answered|believe|believes|believed|write|wrote"
    r"|tweet|tweeted|explain|explained|criticise|criticize|feel|state|stated|promise|announce|announced|declare|insist"
    r"|insisted|predict|predicted|suggest|characteri[sz]e|mean by|put|praise|mock|justify"
    r"|summari[sz]e)"
)
_WHAT_X_SAID = re.compile(
    rf"^(?:and |but |so )?(?:what|how) (?:exactly |else )?(?:did|does|do|has|have"
    rf"|had) (?P<who>.{{2,120}}?) {_SAYING}\b(?P<what>.*)$",
    re.IGNORECASE,
)
_WORDS_OF_X = re.compile(
    r"^(?:please )?(?:quote (?P<who>.{2,80}?) (?:on|about) (?P<what>.+)"
    r"|(?:what (?:is|was|were|are)|give me|find|show me) (?P<who2>.{2,80}?)(?:'s|’s|s'|s’) (?:exact "
    r"|own )?(?:words?|reactions?|response"
    r"|comments?|remarks?|statements?|views?|opinions?|quotes?|answer|reply)\b(?P<what2>.*))$",
    re.IGNORECASE,
)
_WHO_SAID = re.compile(
    r"^(?:and |but |so )?(?:who|which \w+) (?:says?|said|claims?|claimed|warns?|warned|argues?|argued|insists?|insisted"
    r"|estimates?|estimated|believes?|told \w+|states?|stated|thinks?|predicts?|predicted|complained|wrote"
    r"|tweeted)\b(?P<what>.+)$",
    re.IGNORECASE,
)
_WHOSE_WORDS = re.compile(
    r"^(?:whose words (?:are|were)|who is quoted (?:as )?saying|in whose words)\b(?P<what>.+)$", re.I
)
_LONGEST_SHORT = 25  # words
_MOST = 5
_TOUCHES = 0.5  # share of the words of what it is about that a statement, with what stands before it, tells
_SAID_BY = 0.6  # the same of what somebody is asked for by
_NEAR = 3  # sentences
_ROLE = 70  # characters on either side of a name that say who that is
_LONGEST_READ = 1_200
_FAR_BELOW = 0.6  # in worth below the best: what another of that name said counts less to the reader, who takes one
_SURE, _LESS_SURE, _DECLINED = 0.65, 0.45, 0.02
_REACTS = re.compile(r"\b(?:react|respond|comment|feel|reply|answer|reactions?|response)", re.IGNORECASE)
_OCCASION = re.compile(r"^\W*(?:when|after|as|while|during|before)\b", re.IGNORECASE)
_WHERE_SAID = re.compile(  # what is said there need not name it, nor stand near where it is named
    r"^\W*(?:in|at|during|on) (?:the|an?|his|her|their|its) (?:\w+ )?(?:debate|interview|speech|address|conference"
    r"|meeting|summit|rally|hearing|trial|court|ceremony|congress|talks|broadcast|podcast|show|statement|letter|report)"
    r"\W*$",
    re.IGNORECASE,
)
_JUDGES = re.compile(
    r"\b(?:called|calls|described|branded|dubbed|labelled|labeled|praised|praises|criticised|criticized|condemned|welcomed|hailed"
    r"|dismissed|denounced|accused|blamed|thanked|urged|defended|apologised|apologized|ruled out|rejected"
    r"|denied|vowed|promised)\b"
)
_GENERIC = frozenset(
    "about matter issue subject topic news question thing reporters journalists asked whether case".split()
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement in a sentence: whose, how much of the subject it tells, and how sure the reader is of it."""

    sentence: Sentence
    by: Attribution
    share: float
    own: float
    score: float
    judges: bool = False


def compose_quotes(question: Question, reading: Reading, research: Research) -> Composition | None:
    """The statements asked for; nothing, of no confidence, where only others spoke of it; None for other questions."""
    text = question.text.strip().rstrip("?!. ")
    if found := _WHO_SAID.match(text) or _WHOSE_WORDS.match(text):
        return _who_said(found["what"], reading, research)
    if found := _WHAT_X_SAID.match(text):
        who, what = found["who"], found["what"]
    elif found := _WORDS_OF_X.match(text):
        who, what = found["who"] or found["who2"], found["what"] or found["what2"] or ""
    else:
        return None
    return _what_was_said(text, who, what, reading, research)


def _touches(said: _Said, *, reacts: bool) -> bool:
    """Whether the statement is about the topic; a reaction, or a judgement, need not name what it is one to."""
    return said.share >= _TOUCHES and (said.own > 0 or reacts or said.judges)


def _what_was_said(asked: str, who: str, what: str, reading: Reading, research: Research) -> Composition | None:
    speaker, topic = _stems(who), [s for s in _stems(what) if s not in _stems(who)]
    if not speaker or who.lower().split()[0] in ("you", "we", "i", "it", "people", "they", "he", "she"):
        return None
    said = _statements(topic, reading, research, far=_WHERE_SAID.match(what) is not None)
    theirs = [s for s in said if _is_by(s, who, speaker, research)]
    # What a reaction is one to, it need not name.
    reacts = any((_REACTS.search(asked), _OCCASION.match(what), _WHERE_SAID.match(what)))
    sure = reading.confidence >= research.threshold
    touching = [s for s in theirs if not topic or _touches(s, reacts=reacts) or (sure and s.score >= _TOUCHES)]
    touching += [s for s in theirs if s not in touching and s.by.is_quoted and any(_adjoins(s, t) for t in touching)]
    if not touching:
        first = reading.pointers[0] if reading.pointers else None
        told = None if first is None else next((s for s in said if s.sentence.span == first.sentence), None)
        others = told is not None and not _is_by(told, who, speaker, research)
        named = first is not None and speaker[-1] in _stems(_sentence_text(first.hit.passage.text, first))
        if (others and not named) or not _is_named(speaker, research):
            return Composition((), min(reading.confidence, _DECLINED))
        return None
    if (each := _by_each(touching, who, research)) is not None:
        return each
    best = max(_worth(s) for s in touching)
    kept = [s for s in touching if _worth(s) >= best - 0.4]
    if any(s.by.is_quoted for s in kept):
        kept = [s for s in kept if s.by.is_quoted or s.score >= _TOUCHES]
    chosen = {s.sentence: s for s in sorted(kept, key=_worth, reverse=True)}
    sentences = distinct(list(chosen))[:_MOST]
    lead = chosen[sentences[0]]
    ordered = sorted((chosen[s] for s in sentences), key=_in_order)
    drafts = without_overlaps([_draft(s) for s in ordered])
    short = _draft(lead).short
    notes = () if any(s.by.is_quoted for s in ordered) else (REPORTED,)
    chance = _SURE if lead.share >= _TOUCHES and lead.by.is_quoted else _LESS_SURE
    return Composition(drafts, max(reading.confidence, chance), short=short, notes=notes)


def _who_said(what: str, reading: Reading, research: Research) -> Composition | None:
    topic = _stems(what)
    if not topic:
        return None
    said = [s for s in _statements(topic, reading, research) if s.own >= _SAID_BY and not s.by.is_hedge]
    best = max(said, key=lambda s: (s.own, s.share, s.score), default=None)
    if best is None:
        return None
    draft = replace(attribute(draft_of(best.sentence), research.text_of), short=best.by.speaker, attribution="")
    return Composition((draft,), max(reading.confidence, _SURE), short=best.by.speaker)


def _by_each(touching: Sequence[_Said], who: str, research: Research) -> Composition | None:
    """What each of them said, under their names, where `who` fits several people; None where it fits one.

    A surname alone fits all who bear it; "the doctor" all who are called so, of whom each needs a story of their own.
    """
    names = [w for w in re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", who) if w[0].isupper() and w.lower() not in _TITLES]
    is_role = not names and re.match(r"^the (?:[a-z-]+ ){0,3}[a-z-]+[^s\W]$", who.strip()) is not None
    if len(names) != 1 and not is_role:
        return None
    groups: dict[tuple[str, str], list[_Said]] = {}
    for said in sorted(touching, key=_worth, reverse=True):
        if (whole := _full_name(said, research)) is not None:
            groups.setdefault(whole, []).append(said)
    best = max(_worth(s) for s in touching)
    leads = [(name, g[0]) for name, g in groups.items() if _worth(g[0]) >= best - _FAR_BELOW][:_MOST]
    stories = {research.story(s.sentence.hit.article.article_id) for _, s in leads}
    apart = len(stories) == len(leads) if is_role else len({surname for (_, surname), _ in leads}) == 1
    if len(leads) < 2 or not apart:
        return None
    drafts = without_overlaps([_draft(s) for _, s in leads])
    if len(drafts) != len(leads):
        return None
    parts = tuple(
        DraftPart(
            drafts[n].short or drafts[n].text, (n,), _label(said, name), said.sentence.hit.article.published.day,
            said.sentence.hit.article.published.basis,
        )
        for n, (name, said) in enumerate(leads)
    )  # fmt: skip
    short = "; ".join(f"{p.label}: {p.text}" for p in parts) if all(d.short for d in drafts) else None
    return Composition(drafts, _SURE, short, "readings", parts)


def _full_name(said: _Said, research: Research) -> tuple[str, str] | None:
    """Given name and surname of who said it, as the speaker is named, else as the article first names them in full."""
    words = [w for w in re.findall(r"[A-Z][\w’'-]+", said.by.speaker.split(",")[0]) if w.lower() not in _TITLES]
    words = [re.sub(r"[’']s$", "", w) for w in words]
    if len(words) > 1:
        return words[-2], words[-1]
    if not words:
        return None
    text = research.text_of(said.sentence.hit.article.article_id)
    firsts = [w for w in re.findall(rf"\b([A-Z][\w’'-]+) {re.escape(words[0])}\b", text) if w.lower() not in _TITLES]
    return (firsts[0], words[0]) if firsts else None


def _label(said: _Said, name: tuple[str, str]) -> str:
    """What tells one from the other: as the article calls who said it, where that has the whole name."""
    called = normalise_space(said.by.speaker)
    return called if all(n in called for n in name) else " ".join(name)


def _statements(topic: Sequence[str], reading: Reading, research: Research, *, far: bool = False) -> list[_Said]:
    """Every sentence found that the article attributes to somebody, and how it touches the topic.

    `far`: what it is about may be named anywhere before it.
    """
    scores = {(p.hit.article.article_id, p.sentence): p.score for p in reading.pointers}
    top = max(scores.values(), default=0.0) or 1.0
    found: list[_Said] = []
    for hit in research.hits:
        inner = sentences_of((hit,))
        passage = hit.passage
        stems = [frozenset(_stems(s.quoted)) for s in inner]
        headline = frozenset(_stems(hit.article.headline or ""))
        for n, sentence in enumerate(inner):
            at = Span(sentence.span.start - passage.start, sentence.span.end - passage.start)
            by = attribution_at(passage.text, at)
            judges = by is None
            by = by or _judgement(passage.text, at)
            if by is None:
                continue
            near = headline.union(*stems[0 if far else max(0, n - _NEAR) : n])
            own, share = _share(topic, stems[n]), _share(topic, stems[n] | near)
            score = scores.get((hit.article.article_id, sentence.span), 0.0) / top
            found.append(_Said(sentence, by, share, own, score, judges))
    return found


def _adjoins(said: _Said, other: _Said) -> bool:
    """Whether one stands right behind the other: the words to what was told."""
    passage, there = said.sentence.hit.passage, other.sentence.hit.passage
    return passage.passage_id == there.passage_id and said.sentence.place == other.sentence.place + 1


def _judgement(text: str, at: Span) -> Attribution | None:
    """Somebody's judgement that the article tells in its own words: "X called it a mistake", "X praised the crew"."""
    plain = plain_marks(text[at.start : at.end])
    for verb in _JUDGES.finditer(plain):
        who = subject_before(plain, 0, verb.start())
        if who is not None:
            span = Span(at.start + who.start, at.start + who.end)
            is_quoted = '"' in plain[verb.end() :]
            said = (Span(at.start + verb.start(), at.end),)
            return Attribution(normalise_space(span.of(text)), span, verb.group(), said, is_quoted)
    return None


def _share(topic: Sequence[str], said: frozenset[str]) -> float:
    return sum(any(is_alike(t, s) for s in said) for t in topic) / len(topic) if topic else 0.0


def _worth(said: _Said) -> float:
    return said.share + 0.5 * said.own + 0.5 * said.score + 0.25 * said.by.is_quoted


def _in_order(said: _Said) -> tuple[int, str, int]:
    """The newest article first, within it as one reads."""
    article = said.sentence.hit.article
    day = article.published.day
    return (-(day.toordinal() if day else 0), article.source, said.sentence.span.start)


def _stems(text: str) -> list[str]:
    words = (re.sub(r"[’']s$", "", w) for w in re.findall(r"[^\W_]+(?:[’'.-][^\W_]+)*", text[:_LONGEST_READ]))
    told = (w for w in words if (len(w) > 1 and w.isupper()) or w.lower() not in FUNCTION_WORDS)
    return list(dict.fromkeys(s for w in told if w.lower() not in _GENERIC and (s := stem(w.lower()))))


def _is_by(said: _Said, who: str, speaker: Sequence[str], research: Research) -> bool:
    """Whether it is a statement of the one asked for: by name, or by what the article says of that name."""
    by = _stems(said.by.speaker)
    if not by or said.by.is_hedge:
        return False
    names = [w for w in re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", who) if w[0].isupper()]
    if names:
        last = stem(names[-1].lower())
        if last not in by:
            return False
        return len(names) < 2 or _is_that_one(names, said, research)
    if set(speaker) <= set(by):
        return True
    if re.match(r"(?:the |an? )?[a-z][\w-]+ (?:[a-z][\w-]+ )?[A-Z]", said.by.speaker):
        return False  # said to be something else: "presiding judge Ana Berg" is no prosecutor
    whole = research.text_of(said.sentence.hit.article.article_id)
    surname = next((w for w in reversed(re.findall(r"[A-Z][\w’'-]+", said.by.speaker.split(",")[0]))), "")
    if not surname:
        return False
    for at in list(re.finditer(re.escape(surname), whole))[:5]:
        if set(speaker) <= set(_stems(whole[max(0, at.start() - _ROLE) : at.end() + _ROLE])):
            return True
    return False


def _is_that_one(names: Sequence[str], said: _Said, research: Research) -> bool:
    """Whether the speaker of that surname is the one of that given name: so named, else the first so named there."""
    surname, given = names[-1], {n.lower() for n in names[:-1] if len(n) > 2 or not n.isupper()} - _TITLES
    pattern = re.compile(rf"\b([A-Z][\w’'-]+) {re.escape(surname)}\b")
    named = [g.lower() for g in pattern.findall(said.by.speaker)]
    if not any(g not in _TITLES for g in named):
        named = [g.lower() for g in pattern.findall(research.text_of(said.sentence.hit.article.article_id))]
    named = [g for g in named if g not in _TITLES]
    return not given or not named or named[0] in given


_TITLES = (
    frozenset(
        "mr mrs ms dr president minister mayor captain coach judge senator leader director secretary chancellor"
        " governor general"
        " colonel professor king queen prince princess pope sir lord lady chief officer spokesman spokeswoman"
        " spokesperson".split()
    )
    | PERSON_NOUNS
)


def _is_named(speaker: Sequence[str], research: Research) -> bool:
    return any(speaker[-1] in _stems(h.passage.text) for h in research.hits)


def _sentence_text(passage: str, pointer: object) -> str:
    sentence, hit = pointer.sentence, pointer.hit  # type: ignore[attr-defined]
    return passage[sentence.start - hit.passage.start : sentence.end - hit.passage.start]


def _draft(said: _Said) -> Draft:
    """The sentence with the words in its quotation marks, where these are few, else what is reported."""
    text, passage = said.sentence.quoted, said.sentence.hit.passage
    quoted = [q for q in quotations(plain_marks(text)) if len(q) > 1]
    short: Span | None = None
    if said.by.is_quoted and quoted:
        longest = max(quoted, key=len)
        start, end = longest.start, longest.end
        while end > start and text[end - 1] in ", ":
            end -= 1
        if len(text[start:end].split()) <= _LONGEST_SHORT and start < end:
            short = said.sentence.within(start, end)
    elif not said.judges:
        reported = max(said.by.said, key=len)
        start = reported.start + passage.start - said.sentence.span.start
        end = min(start + len(reported), len(text))
        while start < end and text[start] in " ,:\n":
            start += 1
        while end > start and text[end - 1] in " ,.\n":
            end -= 1
        if 0 <= start < end and len(text[start:end].split()) <= _LONGEST_SHORT:
            short = said.sentence.within(start, end)
    return draft_of(said.sentence, short)
