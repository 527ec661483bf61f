"""Where an answer is looked for, one place after the other, until one is found: never elsewhere without saying so.

First among the articles of the days that the question names; there once more without the dates, which an article of
those days need not name; and then among passages of any day whose own words name the date, with a note that says so.
How things stood at a time of which no article is, those of the half year before it may tell; that is said, too.
A question that leans on the talk is looked for in the articles cited just before, and then in all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.compose import ExtractiveComposer
from app.draft import Composition
from app.mentions import content_words
from app.question import Question, read_question
from app.reader import Reader, Reading
from app.research import ArchiveResearch
from app.scope import dates_named, in_order, names_in_text, span_in_words, told_in_text
from app.times import Timing
from store import Filters, Hit, Store

__all__ = ["Look", "Seen", "Talk"]

_SURE = 0.45  # of an answer from the articles cited before; below it the whole archive is asked, too
_PREFERRED = 1.6  # how many times as sure an answer from elsewhere has to be, to be given instead
_LIKELIER = 1.3  # by how much the odds are better that an article cited before answers than that any does
_READ_CITED = 8  # passages of the articles cited before
_LOOKED_BACK = dt.timedelta(183)
_STOOD = re.compile(  # "who led the party in May 2021?": what was so before may still have been
    r"^\W*(?:and |so |but )?(?:who|which \w+(?: \w+)?|what \w+(?: \w+)?) (?:was|were|led|headed|ran|owned|held|chaired"
    r"|coached|managed|governed|ruled|employed|represented|lived|played for)\b(?! (?:shot|hurt|\w+ed)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in one place: the hits there, and what is to be said."""

    asked: Question
    filters: Filters
    hits: tuple[Hit, ...]
    said: Composition
    reading: Reading
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """What the turn before has to do with a question: the `sources` that it cited, and the `typed` question.

    `core` is the query without the topic that was put behind it in brackets, which finds passages but is no part of
    what is asked; where the question `leans`, its answer is expected among `sources`. `answered`
    says that the turn before was.
    """

    sources: tuple[str, ...]
    typed: Question
    core: Question
    leans: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One question, ready to be looked for. `read` is what the reader makes of it, part by part where it has parts.

    `newest` is the day that the search takes for now; `as_of` the day of asking; `talk` is of a question that is not
    the first.
    """

    archive: Store
    reader: Reader
    read: Callable[[Question, Sequence[Hit]], Reading]
    composer: ExtractiveComposer
    timing: Timing
    as_of: dt.date
    newest: dt.date | None
    threshold: float
    k: int
    use: frozenset[str]
    talk: Talk | None = None

    def best(self, asked: Question, query: str, filters: Filters, scope: Filters) -> Seen:
        """The first of the places that answers, else what was found in the first one."""
        talk = self.talk
        near = self._in_cited(asked, talk.core, filters) if talk is not None and talk.leans else None
        if near is not None and near.said.confidence >= max(_SURE, self.threshold):
            return near
        seen = self._anywhere(asked, query, filters, scope)
        if near is not None and near.said.confidence >= max(self.threshold, seen.said.confidence / _PREFERRED):
            return near
        if talk is None or talk.answered or seen.said.confidence >= self.threshold or talk.typed == asked:
            return seen
        # Nobody knows what a pronoun stands for that the last answer should have told: the words as typed, then.
        plain = self._in_cited(asked, talk.typed, filters)
        return plain if plain is not None and plain.said.confidence >= self.threshold else seen

    def _in_cited(self, asked: Question, core: Question, filters: Filters) -> Seen | None:
        """What the articles cited before say to `core`; None where the filters admit none of them."""
        talk, admits = self.talk, Filters(sources=filters.sources).admits_from
        within = () if talk is None else tuple(s for s in talk.sources if admits((s,), None))
        if not within:
            return None
        cited = replace(filters, sources=within)
        hits = self.archive.search(
            asked.text, k=_READ_CITED, filters=cited, as_of=self.newest, use=self.use, order=self.timing.order
        )
        if not hits:
            return None
        # The filters stay those in force: the articles cited before are where it was looked first, not all there is.
        seen = self._said(asked, cited, hits, self.read(core, hits))
        odds = seen.said.confidence * _LIKELIER
        sure = odds / (odds + 1 - seen.said.confidence)
        return replace(seen, filters=filters, said=replace(seen.said, confidence=sure))

    def _anywhere(self, asked: Question, query: str, filters: Filters, scope: Filters) -> Seen:
        first = self._among(asked, filters)
        if first.said.confidence >= self.threshold or not self.timing.bounded:
            return first
        rest = read_question(self.timing.rest)
        places: list[Callable[[], Seen]] = []
        if rest.text != asked.text:
            places.append(lambda: self._among(rest, filters))
        if named := dates_named(self.timing, self.as_of):
            found = self.archive.search(query, k=self.k, filters=scope, as_of=self.newest, use=self.use)
            if hits := told_in_text(found, named, self.timing):  # else no text speaks of the date
                places.append(lambda: self._in_texts(read_question(query), query, hits, scope, filters))
                places.append(lambda: self._in_texts(rest, query, hits, scope, filters))
        if named and self.timing.first and self.timing.last and _asks_how_things_stood(asked) and not first.hits:
            places.append(lambda: self._until_then(rest, filters))
        for place in places:
            seen = place()
            if seen.said.confidence >= self.threshold and seen.said.drafts:
                return seen
        return first

    def _among(self, asked: Question, filters: Filters) -> Seen:
        hits = self.archive.search(
            asked.text, k=self.k, filters=filters, as_of=self.newest, use=self.use, order=self.timing.order
        )
        reading = self.read(asked, hits)
        if self.talk is not None and asked.text == self.timing.text and self.talk.core == self.talk.typed != asked:
            reading = self._without_topic(self.talk.core, asked, hits, reading)
        return self._said(asked, filters, hits, reading)

    def _without_topic(self, core: Question, asked: Question, hits: Sequence[Hit], whole: Reading) -> Reading:
        """What passages that name the topic say to the question less its topic, where the two readings differ.

        A topic in brackets is easily read as what is asked for; without it, passages on anything are.
        """
        topic = frozenset(w.lower() for w in content_words(asked.text)) - {w.lower() for w in content_words(core.text)}
        on_it = [
            h for h in hits if topic & {w.lower() for w in content_words(f"{h.article.headline} {h.passage.text}")}
        ]
        plain = self.read(core, on_it)
        if whole.pointers and plain.pointers and whole.pointers[0].sentence == plain.pointers[0].sentence:
            return whole if whole.confidence > plain.confidence else plain
        return plain

    def _until_then(self, asked: Question, filters: Filters) -> Seen:
        """What the last articles before the days say, where none is of them: how things stood then they may tell."""
        first, last = filters.published_from, filters.published_to
        since = None if first is None else first - _LOOKED_BACK
        until = replace(filters, published_from=since)
        hits = self.archive.search(asked.text, k=self.k, filters=until, as_of=last, use=self.use, order="newest")
        note = (
            f"No article was published {span_in_words(filters)}; what is cited is of the half year before, "
            f"and things may have changed since."
        )
        return replace(self._said(asked, until, hits, self.read(asked, hits)), notes=(note,))

    def _in_texts(self, asked: Question, query: str, hits: tuple[Hit, ...], scope: Filters, filters: Filters) -> Seen:
        """What passages say whose own words name the date: the sentence itself, where the question leaves it out."""
        named = dates_named(self.timing, self.as_of)
        reading = self.read(asked, hits)
        if asked.text != query:
            pointers = tuple(p for p in reading.pointers if names_in_text(p, named, self.timing))
            sure = (
                reading.confidence if pointers[:1] == reading.pointers[:1] else pointers[0].score if pointers else 0.0
            )
            reading = Reading(pointers, sure)
        note = (
            f"No article published {span_in_words(filters)} answers this; what is cited speaks of such a date "
            f"(“{', '.join(self.timing.words)}”) in its text."
        )
        return replace(self._said(asked, scope, hits, reading), notes=(note,))

    def _said(self, asked: Question, filters: Filters, hits: tuple[Hit, ...], reading: Reading) -> Seen:
        research = ArchiveResearch(
            self.archive, self.reader, hits, filters, self.timing, self.as_of, self.threshold, self.use
        )
        said = self.composer.compose(asked, in_order(reading, self.timing.order), research)
        return Seen(asked, filters, hits, said, reading)


def _asks_how_things_stood(question: Question) -> bool:
    return _STOOD.search(question.text) is not None
