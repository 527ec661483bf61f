"""What was reported, what happened, what is new: open questions, bounded or ordered in time, answered by dated reports.

Nothing in particular is asked for, so what answers is what the articles of those days say of the subject: the sentences
that open them, and those that name it. Every name that is asked about stands in each article that is quoted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.draft import Composition, DraftPart, Research
from app.forms.sentence import Sentence, Subject, draft_of, near_equal, sentences_of, stems, without_overlaps
from app.forms.subject import FATES, GENERIC
from app.mentions import find_mentions
from app.question import Question
from app.reader import Reading
from app.times import Order
from store import Hit

__all__ = ["Open", "compose_happened", "compose_news", "open_question"]

_NEWS = r"(?:news|reports?|word|updates?|developments?|headlines?|stor(?:y|ies)|coverage|articles?|information)"
_NEWEST = r"(?:very )?(?:latest|newest|most recent)"
_OF = r"(?:on|about|regarding|concerning|around|from|in|with|of|for|at|over|to)"
_PRESS = (
    r"(?:the |our |your |local |national |foreign |all |different |various |these |those |any )*"
    r"(?:papers?|newspapers?|press|media|outlets?|reporters?|journalists?|reports?|articles?|archive|agenc(?:y|ies)"
    r"|news|newsrooms?|they|people|you|we)"
)
_TOLD = r"(?:reported|said|written|published|told|known|learn(?:ed|t)|heard|revealed|disclosed|announced|made public)"
_HAPPENED = (
    r"(?:happen(?:ed|s|ing)?|occurred|took place|taken place|go(?:es|ne|ing)? on|went on|go(?:ne|ing)? wrong|went wrong"
    r"|changed)"
)
_REPORTED = tuple(  # what is told is asked for: the reports are the answer, however sure the reader is of a sentence
    re.compile(rf"^(?:(?:please|and|so|but|now|ok),? )*{pattern}[\s?.!]*$", re.IGNORECASE)
    for pattern in (
        rf"what(?: is| are| was| were|['’]s)(?: the| there)? (?:(?:{_NEWEST}|first|earliest) )?{_NEWS}"
        rf"(?: (?:there )?{_OF} (?P<of>.+?))?",
        rf"what(?: is| was|['’]s) (?:the )?(?P<newest>{_NEWEST})(?: {_OF} (?P<of2>.+?))?",
        rf"what(?: is|['’]s| was| has been| have been| are)(?P<new> new)(?: {_OF} (?P<of3>.+?))?",
        r"(?:(?:tell|show|give) me |is there |are there |do you have |have you )?(?:the |some )?"
        rf"(?P<newest2>any|any new|{_NEWEST}|new|recent) {_NEWS}(?: {_OF} (?P<of4>.+?))?",
        rf"(?:(?:tell|show|give) me )?(?:the )?(?P<newest3>{_NEWEST}) (?:on|about|regarding|from) (?P<of5>.+?)",
        rf"(?:what|which) {_NEWS} (?:is|was|are|were|came|come)(?: there)?(?: {_OF} (?P<of6>.+?))?",
        rf"what (?:was|were|is|has been|have been|had been|got)(?: first| initially| recently)? {_TOLD}"
        rf"(?: (?:about|on|of|regarding|concerning|from|in|at) (?P<of7>.+?))?",
        rf"what (?:do|did|does|have|has|had) {_PRESS} (?:first )?"
        rf"(?:report|say|write|tell us|tell|publish|reveal|print|{_TOLD}|been (?:saying|writing|reporting))"
        rf"(?: (?:about|on|of|regarding|concerning|from) (?P<of8>.+?))?",
        rf"(?:summari[sz]e|sum up|recap) (?:the )?{_NEWS}(?: {_OF} (?P<of9>.+?))?",
    )
)
_ASKED_OF = tuple(  # a sentence may well be all that is asked for: the reports stand in where none is found
    re.compile(rf"^(?:(?:please|and|so|but|now|ok),? )*{pattern}[\s?.!]*$", re.IGNORECASE)
    for pattern in (
        rf"what (?:(?:has|have|had|else|all|is|was|did|exactly|been) )*{_HAPPENED}(?: {_OF})?(?: (?P<of>.+?))?",
        r"what (?:did|does|do|has|have|had) (?P<who>.{1,80}?) (?:do(?:ne|ing)?|been doing|been up to|get up to"
        r"|announced?|reported?|publish(?:ed)?|decided?|achieved?|experienced?|report)(?: (?P<of2>.+?))?",
        r"what (?:did|does|do|has|have|had) (?P<who2>.{1,80}?) (?:say|said|tell|told|write|written|state|stated|claim"
        r"|claimed|warn|warned|argue|argued|think|reveal|revealed|disclosed?)(?: (?:about|on|of|regarding"
        r"|concerning|over|that|to))?(?: (?P<of3>.+?))?",
    )
)
_WITHOUT_SUBJECT = re.compile(
    r"^(?:the )?(?:world|news|archive|articles?|events?|country|papers?|headlines?|day|past|time)?$", re.IGNORECASE
)
_LONGEST = 400  # characters of a question
_MOST_HITS = 40
_MOST = 6  # statements
_MOST_NEWEST = 5
_LEADS = 8  # where no subject is named
_ALL_OF_ONE = 4  # statements of an article that is the only one
_CENTRAL = 0.55  # share of the subject that headline and opening tell, and the article is about it
_IN_ALL = 0.75  # the same for the article
_NAMED = 0.6  # for a sentence that does not open its article
_ALIKE = 0.75
_OPENING = 400  # characters from the start of the body
_MISHAP = re.compile(
    r"\b(?:fail\w*|faults?|faulty|br(?:oke|eak\w*|oken)|crash\w*|collaps\w*|accidents?|fires?|explo\w+|leak\w*|spill\w*"
    r"|outages?|blackouts?|errors?|mistakes?|problems?|delay\w*|cancel\w*|damag\w*|injur\w*|hurt|killed|died|dead|derail\w*"
    r"|lost|loss(?:es)?|flood\w*|storms?|stopped|halted|shut|wrong|defects?|recall\w*|trapped|stranded|wounded|without)\b",
    re.IGNORECASE,
)
_FAR_AHEAD, _FAR_BACK = dt.date.max, dt.date.min


class Open(NamedTuple):
    """An open question: what it is about, "" for nothing in particular; `told` when it asks what is reported."""

    subject: str
    told: bool
    newest: bool = False


@dataclass(frozen=True, slots=True)
class _Report:
    """A statement of an article that is about the subject, and how telling it is."""

    sentence: Sentence
    day: dt.date | None
    weight: float
    words: frozenset[str]
    leads: bool


def open_question(text: str) -> Open | None:
    """What `text` asks after, where it asks for nothing more particular than what was told or happened."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    for told, patterns in ((True, _REPORTED), (False, _ASKED_OF)):
        for pattern in patterns:
            if found := pattern.match(text):
                groups = {name: words for name, words in found.groupdict().items() if words}
                subject = " ".join(words for name, words in groups.items() if name.startswith(("of", "who")))
                newest = any(name.startswith("new") for name in groups)
                return Open(subject.strip(" ,;:"), told, newest)
    return None


def compose_news(question: Question, reading: Reading, research: Research) -> Composition | None:
    """What is reported of a subject, where that is asked of some days, or newest or oldest first."""
    asked = open_question(question.text)
    if asked is None or not asked.told or not _keeps_to_its_days(research):
        return None
    order = research.timing.order or ("newest" if asked.newest else None)
    return _composed(question, asked, order, research) if order or research.timing.bounded else None


def compose_happened(question: Question, reading: Reading, research: Research) -> Composition | None:
    """What happened or was said on the days asked for, where the reader knows no sentence that answers."""
    asked = open_question(question.text)
    timing = research.timing
    if asked is None or reading.confidence >= research.threshold or not (timing.bounded or timing.order):
        return None
    return _composed(question, asked, timing.order, research) if _keeps_to_its_days(research) else None


def _keeps_to_its_days(research: Research) -> bool:
    """Whether only articles of the days that the question names are looked through."""
    first, last = research.timing.first, research.timing.last
    begin, end = research.filters.published_from, research.filters.published_to
    return (first is None or (begin is not None and begin >= first)) and (
        last is None or (end is not None and end <= last)
    )


def _composed(question: Question, asked: Open, order: Order | None, research: Research) -> Composition | None:
    about = _About.of(_plain(asked.subject, research), question.text, research)
    if about is None:
        return None
    hits = (*research.search(about.subject or question.text, k=_MOST_HITS), *research.hits)
    hits = tuple({h.passage.passage_id: h for h in hits}.values())
    found = _reports(hits, about) if about.subject else _leads(hits)
    chosen = _chosen(_of_what_went_wrong(found, question.text), order, whole=bool(about.subject))
    if not chosen:
        return None
    drafts = without_overlaps([draft_of(r.sentence) for r in chosen])
    told = {(r.sentence.hit.article.article_id, r.sentence.span.end): r for r in chosen}
    parts = []
    for n, draft in enumerate(drafts):
        quote = draft.quotes[0]
        report = told[quote.article.article_id, quote.span.end]
        outlets = (quote.article.outlet,) if quote.article.outlet else ()
        basis = "published" if report.day else "no day known"
        parts.append(DraftPart(draft.text, (n,), None, report.day, basis, outlets))
    confidence = min(0.8, sum(r.weight for r in chosen) / len(chosen)) if about.subject else 0.5
    if len({r.day for r in chosen}) < 2:
        return Composition(drafts, confidence)
    return Composition(drafts, confidence, layout="timeline", parts=tuple(parts))


@dataclass(frozen=True, slots=True)
class _About:
    """What reports are about: `names` each article of them spells, `fates` what each sentence tells ("the death toll").

    `subject` is "" where the question names nothing in particular.
    """

    subject: str
    weighed: Subject
    names: tuple[re.Pattern[str], ...]
    fates: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, subject: str, question: str, research: Research) -> _About | None:
        """What `subject` means; None where it holds no word that articles could be found by."""
        mentions = [m.text.split()[-1] for m in find_mentions(subject) if m.kind == "name"]
        names = tuple(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in mentions)
        fates = tuple(f for f in FATES if f.search(subject))
        plain = " ".join(w for w in subject.split() if w.lower() not in GENERIC and not any(f.match(w) for f in fates))
        weighed = Subject.of(plain, research)
        if not weighed.weights and not names:
            return cls("", weighed, (), ()) if _WITHOUT_SUBJECT.match(subject) else None
        return cls(subject, weighed, names, fates)

    def told(self, text: str) -> float:
        """The share of the subject that `text` tells."""
        if self.weighed.weights:
            return self.weighed.told(stems(text))
        return sum(name.search(text) is not None for name in self.names) / len(self.names)

    def opens(self, text: str) -> bool:
        """Whether a name of it stands in the first half of a sentence: who does something is named before what."""
        return any((found := name.search(text)) is not None and found.start() < len(text) / 2 for name in self.names)

    def is_told_by(self, text: str) -> bool:
        """Whether an article of that text is about it, or speaks of it."""
        return self.told(text) >= _IN_ALL and all(name.search(text) for name in self.names)


def _plain(subject: str, research: Research) -> str:
    """The subject without what only says when."""
    for words in research.timing.words:
        subject = subject.replace(words, " ")
    for mention in reversed(find_mentions(subject)):
        if mention.kind == "date":
            subject = f"{subject[: mention.start]} {subject[mention.end :]}"
    subject = " ".join(subject.split()).strip(" ,;:'’")
    return re.sub(
        r"(?:^|\s)(?:in|on|during|of|for|since|from|over|the|at|and|so far)$", "", subject, flags=re.I
    ).strip()


# --- which statements -------------------------------------------------------------------------------------------------


def _reports(hits: Sequence[Hit], about: _About) -> list[_Report]:
    """The statements of articles that are about the subject: what opens them, and what names it."""
    texts: dict[str, str] = {}
    for hit in hits:
        key = hit.article.article_id
        texts[key] = f"{texts.get(key) or hit.article.headline or ''}\n{hit.passage.text}"
    telling = {key for key, text in texts.items() if about.is_told_by(text)}
    sentences = [s for s in sentences_of(hits) if s.hit.article.article_id in telling and _is_statement(s)]
    central: dict[str, float] = {}
    for sentence in sentences:
        if _opens(sentence):
            article = sentence.hit.article
            told = about.told(f"{article.headline or ''} {sentence.text}")
            central[article.article_id] = max(told, central.get(article.article_id, 0.0))
    found: list[_Report] = []
    for sentence in sentences:
        article, text, leads = sentence.hit.article, sentence.text, _opens(sentence)
        centre, told = central.get(article.article_id, 0.0), about.told(text)
        if (centre < _CENTRAL and told < _NAMED) or not all(fate.search(text) for fate in about.fates):
            continue
        weight = 0.35 * centre + 0.35 * told + 0.2 * (leads and centre >= _CENTRAL)
        weight += 0.1 * any(m.kind == "number" for m in find_mentions(text)) + 0.1 * about.opens(text)
        found.append(_Report(sentence, article.published.day, weight, stems(text), leads))
    return found


def _of_what_went_wrong(found: list[_Report], question: str) -> list[_Report]:
    """Only mishaps, where it is those that are asked for and some are told."""
    if not re.search(r"\b(?:go(?:es|ne|ing)?|went) wrong\b", question, re.IGNORECASE):
        return found
    articles = {r.sentence.hit.article.article_id for r in found if _MISHAP.search(r.sentence.text)}
    return [r for r in found if r.sentence.hit.article.article_id in articles] or found


def _leads(hits: Sequence[Hit]) -> list[_Report]:
    """The statement that opens each article; what many papers carry weighs more."""
    found: dict[str, _Report] = {}
    for sentence in sentences_of(hits):
        article = sentence.hit.article
        if article.article_id in found or not _opens(sentence) or not _is_statement(sentence):
            continue
        weight = 0.5 + 0.1 * len(sentence.hit.copies) - 0.001 * sentence.hit.rank
        found[article.article_id] = _Report(
            sentence, article.published.day, weight, stems(sentence.text), leads=True
        )  # fmt: skip
    return list(found.values())


def _opens(sentence: Sentence) -> bool:
    return sentence.place <= 1 and sentence.span.start <= sentence.hit.article.body[0].start + _OPENING


def _is_statement(sentence: Sentence) -> bool:
    text = sentence.text
    return len(text.split()) >= 4 and text[-1:] in ".!”\"’'"


def _chosen(found: Sequence[_Report], order: Order | None, *, whole: bool) -> list[_Report]:
    """So many of them, each thing once, in the order of their days: newest first where that is asked for."""
    best: dict[str, float] = {}
    for report in found:
        key = report.sentence.hit.article.article_id
        best[key] = max(best.get(key, 0.0), report.weight)
    if order is not None and best:  # the newest of what is about it, not of what names it in passing
        floor = 0.7 * max(best.values())
        found = [r for r in found if best[r.sentence.hit.article.article_id] >= floor]
    n_articles = len({r.sentence.hit.article.article_id for r in found})
    quota = 1 if not whole or n_articles >= _MOST else _ALL_OF_ONE if n_articles == 1 else 2
    most = _LEADS if not whole else _MOST if order is None else _MOST_NEWEST
    kept: list[_Report] = []
    by_article: dict[str, int] = {}
    for report in sorted(found, key=lambda r: _rank(r, order)):
        key = report.sentence.hit.article.article_id
        if len(kept) == most:
            break
        if by_article.get(key, 0) == quota or any(near_equal(report.words, k.words, _ALIKE) for k in kept):
            continue
        by_article[key] = by_article.get(key, 0) + 1
        kept.append(report)
    sign = -1 if order == "newest" else 1
    late = _FAR_BACK if order == "newest" else _FAR_AHEAD
    return sorted(kept, key=lambda r: (
        sign * (r.day or late).toordinal(), r.sentence.hit.article.source, r.sentence.span.start
    ))  # fmt: skip


def _rank(report: _Report, order: Order | None) -> tuple[int, float]:
    if order is None:
        return 0, -report.weight
    if report.day is None:
        return _FAR_AHEAD.toordinal(), -report.weight
    return (-1 if order == "newest" else 1) * report.day.toordinal(), -report.weight
