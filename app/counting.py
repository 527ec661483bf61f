"""Questions about the archive itself, answered from the catalogue and the full-text index: exact, never sampled.

What is counted is said in words, with the list behind the number. 0 is an answer. Nothing is mixed into a count in
silence: other inflections, words in what was left out of an article, and articles of no known day are told beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.answer import Statement, Tally
from app.counting_notes import notes_on_count
from app.counting_questions import CountQuestion, Topic, read_count_question
from app.counting_words import counted_words, day_words, listed, scope_words, sentence_on, subject_words, topic_words
from app.coverage import things
from app.draft import Composition, Draft, DraftPart, Quote
from app.times import NO_TIMING, Timing
from ingest.article import Article, Span, normalise_space, source_order
from ingest.split import sentences
from store import ArticleMentions, Filters, Store
from store.mentions import Wanted

__all__ = ["compose_count"]

_MOST_LISTED = 20  # articles or outlets that are told one by one; the table has all
_MOST_OF_A_DAY = 3  # articles quoted for the first day of mention
_ORDER = re.compile(
    r"(?:the )?(?:very )?(?:first|last|latest|earliest|oldest|newest|most recent)(?: \w+)?", re.IGNORECASE
)


def compose_count(
    text: str, archive: Store, filters: Filters, *, query: str | None = None, timing: Timing = NO_TIMING
) -> Composition | None:
    """The count that `text` asks for, among the articles that `filters` admits; None where it asks for none.

    `query` is the question before anything was taken from it for speaking of time, as `timing` says: "first" in "When
    was Palmyra first mentioned?" is no order of passages here.
    """
    asked = next(filter(None, map(read_count_question, _wordings(text, query or text, timing))), None)
    if asked is None:
        return None
    count = _Count(archive, filters, asked)
    found = count.found()
    if not found and not asked.certain and (asked.by is None or not count.by_is_known):
        return None
    composed = _COMPOSED[asked.asks](count, found)
    tallies = tuple(replace(s, tally=replace(s.tally, scope=scope_words(archive, filters, timing))) if s.tally else s
                    for s in composed.counted)  # fmt: skip
    ignored = bool(asked.timed) and not timing.bounded and filters.published_from is None
    notes = notes_on_count(archive, filters, asked, found, time_ignored=ignored)
    return replace(composed, counted=tallies, notes=(*composed.notes, *notes))


def _wordings(text: str, query: str, timing: Timing) -> Iterator[str]:
    """The question as it may be read: with the words that order and without those that bound, then as it comes."""
    kept = query
    for words in timing.words:
        if not _ORDER.fullmatch(words):
            kept = kept.replace(words, " ", 1)
    yield from dict.fromkeys((kept, text, query))


@dataclass(frozen=True, slots=True)
class _Count:
    """A question that counts, and the archive it counts in."""

    archive: Store
    filters: Filters
    asked: CountQuestion

    @property
    def by_is_known(self) -> bool:
        """Whether the author or outlet that the question names is one of the archive's."""
        by = self.asked.by
        return by is not None and any(_is_by(a, by) for a in self.archive.articles(self.filters))

    def found(self) -> tuple[ArticleMentions, ...]:
        """The articles in question, ordered by source."""
        found = self._mentioning(self.asked.topic) if self.asked.topic else self._all()
        by = self.asked.by
        return found if by is None else tuple(m for m in found if _is_by(m.article, by))

    def _all(self) -> tuple[ArticleMentions, ...]:
        articles = self.archive.articles(self.filters)
        if self.asked.asks in ("dated", "undated"):
            articles = tuple(a for a in articles if (a.published.day is None) == (self.asked.asks == "undated"))
        stories = self.archive.stories([a.article_id for a in articles])
        return tuple(
            ArticleMentions(a, (a.body[0],), False, stories[a.article_id], self.filters.among(a)) for a in articles
        )

    def _mentioning(self, topic: Topic) -> tuple[ArticleMentions, ...]:
        each = [self._by_id(phrase, topic) for phrase in topic.phrases]
        if not each:
            each = [{m.article.article_id: m for m in self._all()}]
        ids = [set(found) for found in each]
        kept = set.union(*ids) if topic.any_of else set.intersection(*ids)
        for phrase in topic.without:
            kept -= self._by_id(phrase, topic).keys()
        merged = [_merged([one[i] for one in each if i in one]) for i in kept]
        return tuple(sorted(merged, key=lambda m: source_order(m.article.source)))

    def _by_id(self, phrase: str, topic: Topic) -> dict[str, ArticleMentions]:
        found = self.archive.mentions(phrase, filters=self.filters)
        return {m.article.article_id: m for m in found if m.in_headline or not topic.headline}

    # --- where each stands --------------------------------------------------------------------------------------

    def place(self, found: ArticleMentions) -> Span:
        """Where the source pane opens: at the first mention; at the headline where only that has it."""
        in_headline = self.asked.topic is not None and self.asked.topic.headline
        if found.spans and not in_headline:
            return found.spans[0]
        return _headline_span(self.archive.text_of(found.article.article_id), found.article) or found.article.body[0]

    def places(self, found: Sequence[ArticleMentions]) -> tuple[tuple[str, int, int], ...]:
        """One for every file."""
        placed = [(m.sources, self.place(m)) for m in found]
        return tuple((source, span.start, span.end) for sources, span in placed for source in sources)

    def tally(self, number: int, found: Sequence[ArticleMentions], *, counted: str = "") -> Tally:
        """The support of a number; its scope is told when all is composed."""
        stories = len({m.story for m in found}) if found else None
        return Tally(counted or counted_words(self.asked), "the archive", number, self.places(found), stories)

    def draft(self, found: ArticleMentions) -> Draft:
        """The sentence that mentions it first."""
        text = self.archive.text_of(found.article.article_id)
        place = self.place(found)
        span = _sentence(text, found.article, place) if self.asked.topic or not found.article.headline else None
        if span is None:
            span = _headline_span(text, found.article) or _sentence(text, found.article, found.article.body[0]) or place
        quote = Quote(found.article, span, span.of(text))
        return Draft(normalise_space(quote.text), (quote,), "verbatim")


# --- the compositions -----------------------------------------------------------------------------------------------


def _number(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    number = {
        "stories": len({m.story for m in found}),
        "files": sum(len(m.sources) for m in found),
    }.get(count.asked.asks, len(found))
    said = sentence_on(count.asked, found, count.filters)
    return _composed(said, count.tally(number, found), short=f"{number:,}")


def _whether(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    said = sentence_on(count.asked, found)
    told = "Yes" if found else "No"
    if count.asked.asks == "whether all":
        of_all = count.archive.coverage(count.filters).n_articles
        told = "Yes" if len(found) == of_all else "No"
        said = f"{len(found):,} of {things(of_all, 'article')} mention {topic_words(count.asked.topic)}."
    return _composed(said, count.tally(len(found), found), short=told)


def _mentions(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    topic = count.asked.topic
    assert topic is not None
    places: list[tuple[str, int, int]] = []
    in_headlines = 0
    for m in found:
        places += [(m.sources[0], s.start, s.end) for s in (() if topic.headline else m.spans)]
        text, headline = count.archive.text_of(m.article.article_id), m.article.headline or ""
        at = _headline_span(text, m.article)
        if m.in_headline and (topic.headline or at is None or not any(s.overlaps(at) for s in m.spans)):
            times = sum(len(Wanted(phrase).spans(headline)) for phrase in topic.phrases)
            at = at or m.article.body[0]
            places += [(m.sources[0], at.start, at.end)] * times
            in_headlines += times
    total = len(places)
    where = f", {in_headlines:,} of them in a headline" if in_headlines and not topic.headline else ""
    kind = " the headlines of" if topic.headline else ""
    said = f"{topic_words(topic)} is mentioned {things(total, 'time')} in{kind} {subject_words(found)}{where}."
    words = counted_words(count.asked).replace("articles whose", "mentions in articles whose", 1)
    tally = replace(count.tally(total, found, counted=words), spans=tuple(places))
    return _composed(said, tally, short=f"{total:,}")


def _which(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    listed = sorted(found, key=_oldest_first)[:_MOST_LISTED]
    drafts = tuple(map(count.draft, listed))
    parts = tuple(
        DraftPart(
            m.article.headline or m.article.source, (n,), day=m.article.published.day,
            basis=m.article.published.basis, outlets=(m.article.outlet,) if m.article.outlet else (),
        )
        for n, m in enumerate(listed)
    )  # fmt: skip
    more = len(found) - len(listed)
    notes = (f"The {len(listed)} oldest are listed; {more:,} more are in the table.",) if more else ()
    said = sentence_on(count.asked, found)
    return _composed(said, count.tally(len(found), found), things(len(found), "article"), drafts, parts, notes)


def _outlets(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    by_outlet: dict[str, list[ArticleMentions]] = {}
    for m in sorted(found, key=_oldest_first):
        by_outlet.setdefault(m.article.outlet or "", []).append(m)
    unknown = by_outlet.pop("", [])
    ranked = sorted(by_outlet.items(), key=lambda item: (-len(item[1]), item[0].casefold()))
    drafts = tuple(count.draft(articles[0]) for _, articles in ranked[:_MOST_LISTED])
    parts = tuple(
        DraftPart(
            outlet, (n,), label=things(len(articles), "article"), day=articles[0].article.published.day,
            basis=articles[0].article.published.basis, outlets=(outlet,),
            n_sources=len({m.story for m in articles}),
        )
        for n, (outlet, articles) in enumerate(ranked[:_MOST_LISTED])
    )  # fmt: skip
    names = [f"{outlet} ({things(len(articles), 'article')})" for outlet, articles in ranked]
    said = _outlets_sentence(count.asked.topic, names)
    notes: list[str] = []
    if unknown:
        which = "which outlet published it" if len(unknown) == 1 else "which outlets published them"
        notes.append(f"{things(len(unknown), 'article')} besides: {which} is not known.")
    short = ", ".join(outlet for outlet, _ in ranked[:5]) + (
        f" and {len(ranked) - 5:,} more" if len(ranked) > 5 else ""
    )
    if count.asked.asks == "number of outlets" or not ranked:
        short = f"{len(ranked):,}"
    counted = "outlets of " + counted_words(count.asked)
    return _composed(said, count.tally(len(ranked), found, counted=counted), short, drafts, parts, notes)


def _outlets_sentence(topic: Topic | None, names: Sequence[str]) -> str:
    one = len(names) == 1
    does = f"mention{'s' * one} {topic_words(topic)}"
    if topic is None:
        does = f"{'has' if one else 'have'} articles in what was searched"
    elif topic.headline:
        does = f"{'has' if one else 'have'} {topic_words(topic)} in a headline"
    told = "; ".join(names[:_MOST_LISTED])
    more = f"; and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
    return f"{things(len(names), 'outlet')} {does}" + (f": {told}{more}." if names else ".")


def _in_order(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    """When it was mentioned first or last, or, with no topic, which article is the oldest or newest."""
    first, topic = count.asked.asks in ("first", "first outlet"), count.asked.topic
    dated = sorted((m for m in found if m.article.published.day), key=_oldest_first, reverse=not first)
    if not dated:
        return _never(count, found)
    day = dated[0].article.published.day
    assert day is not None
    of_that_day = [m for m in dated if m.article.published.day == day]
    outlets = tuple(dict.fromkeys(m.article.outlet for m in of_that_day if m.article.outlet))
    undated = len(found) - len(dated)
    said = _first_sentence(count.asked, day_words(day), outlets, (len(of_that_day), len(found), undated))
    notes: tuple[str, ...] = ()
    if undated:
        have, are = ("has", "it is") if undated == 1 else ("have", "they are")
        also = f"also {'mentions' if undated == 1 else 'mention'} it and " if topic else ""
        when = "older" if first else "newer"
        notes = (f"{things(undated, 'article')} {also}{have} no known day: whether {are} {when} cannot be told.",)
    drafts = tuple(map(count.draft, of_that_day[:_MOST_OF_A_DAY]))
    short = day_words(day)
    if count.asked.asks == "first outlet":
        short = ", ".join(outlets) or "an outlet that is not known"
    tally = count.tally(len(found), found)
    if topic is None:
        tally = count.tally(len(of_that_day), of_that_day, counted=f"articles published on {short}")
    return _composed(said, tally, short, drafts, notes=notes)


def _first_sentence(asked: CountQuestion, day: str, outlets: Sequence[str], numbers: tuple[int, int, int]) -> str:
    """When and by whom; `numbers` are of the articles of that day, of all in question, and of those without a day."""
    of_that_day, every, undated = numbers
    first = asked.asks in ("first", "first outlet")
    where = f", by {listed(outlets, 'and')}" if outlets else ""
    if asked.topic is None:
        which = f"{'oldest' if first else 'newest'} {'dated ' * bool(undated)}"
        many = of_that_day > 1
        articles = f"articles, {of_that_day:,} of them, were" if many else "article was"
        return f"The {which}{articles} published on {day}{where * (not many)}."
    among = "Of the articles whose day is known, the" if undated else "The"
    if every == 1:
        return f"The only article that mentions {topic_words(asked.topic)} was published on {day}{where}."
    which = f"{'first' if first else 'last'} that {'mentions' if of_that_day == 1 else 'mention'}"
    was = "was" if of_that_day == 1 else f"were {of_that_day:,},"
    return f"{among} {which} {topic_words(asked.topic)} {was} published on {day}{where}."


def _when(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    days = sorted({m.article.published.day for m in found if m.article.published.day})
    if not days:
        return _never(count, found)
    between = " to ".join(dict.fromkeys(map(day_words, (days[0], days[-1]))))
    dated = sorted((m for m in found if m.article.published.day), key=_oldest_first)
    published = f"published {'from ' * (len(days) > 1)}{between}"
    said = f"{topic_words(count.asked.topic)} is mentioned in {things(len(dated), 'article')} {published}."
    undated = len(found) - len(dated)
    notes: tuple[str, ...] = ()
    if undated:
        does, have = ("mentions", "has") if undated == 1 else ("mention", "have")
        notes = (f"{things(undated, 'article')} besides {does} it and {have} no known day.",)
    drafts = tuple(map(count.draft, dated[:1] + dated[1:][-1:]))
    return _composed(said, count.tally(len(found), found), between, drafts, notes=notes)


def _never(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    said = sentence_on(count.asked, found)
    if found:
        its = "its day" if len(found) == 1 else "the day of any"
        said = f"{said[:-1]}; {its} is not known, so which came first or last cannot be told."
    return _composed(said, count.tally(len(found), found), short="not known" if found else "never")


def _days(count: _Count, found: Sequence[ArticleMentions]) -> Composition:
    dated = [m for m in found if m.article.published.day is not None]
    days = sorted({m.article.published.day for m in dated if m.article.published.day})
    between = " to ".join(dict.fromkeys(map(day_words, (days[0], days[-1])))) if days else ""
    undated = len(found) - len(dated)
    if not days:
        said = f"No article states its day of publication: {undated:,} undated."
    else:
        said = f"{things(len(dated), 'article')} of known day: {between}" + (
            f"; {undated:,} undated." if undated else "."
        )
    tally = count.tally(len(dated), dated, counted="articles whose day of publication is known")
    return _composed(said, tally, short=between or "not known")


_COMPOSED = {
    "articles": _number,
    "stories": _number,
    "files": _number,
    "dated": _number,
    "undated": _number,
    "mentions": _mentions,
    "outlets": _outlets,
    "number of outlets": _outlets,
    "first outlet": _in_order,
    "which": _which,
    "whether": _whether,
    "whether all": _whether,
    "first": _in_order,
    "last": _in_order,
    "when": _when,
    "days": _days,
}


def _composed(
    said: str,
    tally: Tally,
    short: str,
    drafts: tuple[Draft, ...] = (),
    parts: tuple[DraftPart, ...] = (),
    notes: Sequence[str] = (),
) -> Composition:
    return Composition(drafts, 1.0, short, "count", parts, tuple(notes), (Statement(said, (), "supported", tally),))


# --- one article ----------------------------------------------------------------------------------------------------


def _merged(found: Sequence[ArticleMentions]) -> ArticleMentions:
    spans = tuple(sorted({s for m in found for s in m.spans}))
    return replace(found[0], spans=spans, in_headline=any(m.in_headline for m in found))


def _oldest_first(found: ArticleMentions) -> tuple[bool, str]:
    day = found.article.published.day
    return day is None, "" if day is None else day.isoformat()


def _sentence(text: str, article: Article, place: Span) -> Span | None:
    """The sentence of the body that `place` begins in."""
    around = next((s for s in article.body if s.start <= place.start < s.end), None)
    if around is None:
        return None
    return next((s for s in sentences(text, around) if s.start <= place.start < s.end), None)


def _headline_span(text: str, article: Article) -> Span | None:
    """Where the headline stands in the source text; None where it came from elsewhere."""
    words = (article.headline or "").split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return None if found is None else Span(found.start(), found.end())


def _is_by(article: Article, name: str) -> bool:
    wanted = _squashed(name)
    return bool(wanted) and (
        wanted in (_squashed(article.outlet or ""), _squashed(_SUFFIX.sub("", article.outlet or "")))
        or any(wanted == _squashed(author) for author in article.authors)
    )


_SUFFIX = re.compile(r"\.(?:com|org|net|co\.\w\w|\w\w|info|news)$", re.IGNORECASE)


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]+|^the\s+", "", name.strip().casefold())
