"""ask(): a question over an archive becomes an Answer whose statements are all cited, or an abstention saying why."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary, ref

from app.answer import Abstention, Answer, Citation, NearPassage, Part, Provenance, Statement, Turn
from app.cite import cite
from app.compose import ExtractiveComposer
from app.counting import compose_count
from app.coverage import describe_coverage
from app.draft import Composition, Draft, DraftPart
from app.followup import Past, leans_on_talk, question_parts, standalone_query, without_topic
from app.llm.model import LanguageModel
from app.look import Look, Seen, Talk
from app.placing import placed
from app.question import Question, names_another_year, plainly, read_question
from app.reader import Reader, Reading
from app.reader.cross import CrossReader
from app.scope import age_notes, narrowed, notes_on, nothing_published, order_notes, out_of_reach, span_in_words
from app.settings import UNSUPPORTED, Settings, load_settings, spare_the_proxy
from app.stages import NAMES as STAGE_NAMES
from app.stages import parts_in_use
from app.times import Timing, read_timing
from ingest.errors import QuestionError, UsageError
from store import Filters, Hit, Store, open_store
from store.servers import Servers

__all__ = ["LONGEST_QUESTION", "AskOptions", "ask", "ask_stream", "model_of", "open_archive"]

LONGEST_QUESTION = 4_000  # characters; nobody asks more, and a pasted article is not a question
_NEAREST_SHOWN = 3
_LOOKED_AT = 2  # passages of a turn that found no answer
_COMPOSERS = ("extractive", "model")


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What a person can change about one question; all optional.

    `query` replaces the standalone query; `filters` says which articles may be evidence; `sources` narrows them to
    files or folders; `threshold` replaces the reader's; `composer` says who words the answer: "extractive" asks
    no language model, "model" insists on one, and None takes the one of the settings, if any. `without` names
    stages (`app.stages`) to leave out, for measuring what they buy. With `times` off, what the question says of time
    filters and orders nothing; with `undated`, articles of no known day are searched where it does. `as_of` is the day
    from which relative times count, where `ask` is not told another. `unsupported` is what becomes of a model's
    statements that do not hold, instead of the setting.
    """

    query: str | None = None
    filters: Filters | None = None
    sources: tuple[str, ...] = ()
    threshold: float | None = None
    composer: str | None = None
    without: frozenset[str] = frozenset()
    times: bool = True
    undated: bool = False
    as_of: dt.date | None = None
    unsupported: str | None = None

    def __post_init__(self) -> None:
        if unknown := sorted(self.without - STAGE_NAMES):
            raise UsageError(f"there is no stage {unknown[0]!r}; known: {', '.join(sorted(STAGE_NAMES))}")
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise UsageError(f"threshold is a confidence within 0..1, not {self.threshold}")
        if self.composer is not None and self.composer not in _COMPOSERS:
            raise UsageError(f"there is no composer {self.composer!r}; known: {', '.join(_COMPOSERS)}")
        if self.unsupported not in (None, *UNSUPPORTED):
            raise UsageError(f"unsupported is {' or '.join(UNSUPPORTED)}, not {self.unsupported!r}")
        if isinstance(self.sources, str) or not all(isinstance(s, str) for s in self.sources):
            raise UsageError(f"sources is a tuple of files or folders such as ('2019/',), not {self.sources!r}")
        if self.filters is not None and self.filters.sources and self.sources:
            raise UsageError("sources are given twice, in filters and beside them: give them once")


def ask(
    question: str,
    *,
    history: Sequence[Turn | str] = (),
    store: Store | Path | str | None = None,
    as_of: dt.date | str | None = None,
    options: AskOptions = AskOptions(),
    model: LanguageModel | None = None,
) -> Answer:
    """Answer `question` from the articles in `store`.

    Args:
        question: in the user's words, at most 4,000 characters.
        history: earlier turns, oldest first, or just their questions, which are then asked again in turn.
        store: a path, an opened store, or None for the one in the settings.
        as_of: the day from which relative times count, a date or ISO string; today by default. Articles published
            later are not evidence unless `options.filters` asks for them; undated ones are.
        options: what else can be changed.
        model: the language model that words the answer, instead of the one in the settings.

    Raises:
        QuestionError: the question is empty, too long or not text.
        UsageError: `as_of` is no date, or `options.sources` names nothing that was ingested.
        StoreError: the index is missing or was built with another model or splitting.
    """
    answer: Answer | None = None
    for part in ask_stream(question, history=history, store=store, as_of=as_of, options=options, model=model):
        if isinstance(part, Answer):
            answer = part
    assert answer is not None
    return answer


def ask_stream(
    question: str,
    *,
    history: Sequence[Turn | str] = (),
    store: Store | Path | str | None = None,
    as_of: dt.date | str | None = None,
    options: AskOptions = AskOptions(),
    model: LanguageModel | None = None,
) -> Iterator[Statement | Answer]:
    """As `ask`, but each statement as soon as it is certain, and the whole Answer last.

    The Answer is what holds: where a language model breaks off, the statements of it that came before are not in it.
    """
    question = check_question(question)
    settings = load_settings()
    archive = open_archive(settings.store if store is None else store)
    day = _day(options.as_of if as_of is None else as_of)
    writer = _writer(options, settings, model)
    turns = _answered(history, archive, day, options)
    query = check_question(options.query) if options.query and options.query.strip() else None
    past = [] if "follow-ups" in options.without else [_past(t) for t in turns]
    plain = plainly(question)
    query = query or standalone_query(past, plain)
    scope = _scope(options, archive, day)
    reads_times = options.times and "times" not in options.without
    timing = placed(read_timing(query, day), archive, scope) if reads_times else Timing(query)
    filters = narrowed(scope, timing, undated=options.undated)
    reader = reader_of(archive)
    threshold = next(t for t in (options.threshold, settings.threshold, reader.threshold) if t is not None)
    threshold = 0.0 if "abstention" in options.without else threshold
    composer = ExtractiveComposer(forms="forms" not in options.without)
    in_force = replace(settings, threshold=threshold, encoder=archive.encoder.spec.name)
    provenance = Provenance(
        archive.generation, archive.encoder.spec.digest, reader.digest, in_force.digest, composer.name, day
    )
    asked = read_question(timing.text)
    found = Found(question, query, asked, filters, timing, provenance, archive)
    if (why := out_of_reach(asked.text, archive, scope, timing, day)) is not None:
        abstention = Abstention(why, f"{describe_coverage(archive.coverage(scope))}; looked for: {query}")
        yield found.abstain(0.0, abstention)
        return
    counted = compose_count(timing.text, archive, filters, query=query, timing=timing)
    if counted is not None:
        yield from _answer(found, counted, 0.0)
        return
    newest = None if names_another_year(asked, day) else day
    use = parts_in_use(options.without)

    def read(part: Question, hits: Sequence[Hit]) -> Reading:
        return reader.read(part, hits) if "parts" in options.without else _read(reader, part, hits, threshold)

    talk = _talk(turns[-1], plain, query, timing) if past and options.query is None else None
    look = Look(archive, reader, read, composer, timing, day, newest, threshold, settings.hits, use, talk)
    seen = look.best(asked, query, filters, scope)
    found = replace(found, filters=seen.filters, hits=seen.hits, widened=seen.notes)
    if writer is not None and turns and options.query is None and seen.said.confidence < threshold:
        better = _restated(question, turns, archive, day, options, writer)
        if better:
            yield from better
            return
    if writer is None:
        yield from _answer(found, seen.said, threshold)
        return
    yield from _worded(found, seen, threshold, writer, options.unsupported or settings.unsupported)


def _writer(options: AskOptions, settings: Settings, model: LanguageModel | None) -> LanguageModel | None:
    """The language model that is to word the answer, None where none is."""
    if options.composer == "extractive":
        return None
    model = model or model_of(settings)
    if model is None and options.composer == "model":
        raise UsageError("no language model is set: set DATELINE_LLM to the address of one, or ask without it")
    return model


def _restated(
    question: str, turns: tuple[Turn, ...], archive: Store, day: dt.date, options: AskOptions, model: LanguageModel
) -> list[Statement | Answer]:
    """What is found for a follow-up as the model restates it; nothing where that finds nothing either."""
    from app.llm.questions import restate

    if "follow-ups" in options.without or (query := restate(model, question, turns)) is None:
        return []
    again = replace(options, query=query)
    parts = [*ask_stream(question, history=turns, store=archive, as_of=day, options=again, model=model)]
    return parts if isinstance(parts[-1], Answer) and not parts[-1].abstained else []


def _worded(
    found: Found, seen: Seen, threshold: float, model: LanguageModel, unsupported: str
) -> Iterator[Statement | Answer]:
    """The answer in the model's words where they pass; the extractive one where they do not, or there is none."""
    from app.llm.entailment import entailment_network
    from app.llm.write import Written, provenance_of, write

    answer = _whole(found, seen.said, threshold)
    if answer.abstained or not answer.citations:
        yield from answer.statements
        yield answer
        return
    drafts: list[Draft] = []
    shown = unsupported == "show"
    for part in write(answer, seen.said, seen.reading.pointers, model, entailment_network(), show_dropped=shown):
        if isinstance(part, Draft):
            drafts.append(part)
            statements, _, dropped = cite(drafts, found.archive.text_of)
            if not dropped:
                yield statements[-1]
            continue
        assert isinstance(part, Written)
        whole = answer
        if part.said is not None:
            whole = _whole(found, part.said, threshold)
        yield replace(whole, provenance=provenance_of(whole, part.writing), writing=part.writing)


def _read(reader: Reader, asked: Question, hits: Sequence[Hit], threshold: float) -> Reading:
    """The reading of the question, or, where it asks two things and both are answered, of one after the other."""
    whole = reader.read(asked, hits)
    parts = [] if asked.kind == "comparison" else [
        reader.read(read_question(p), hits) for p in question_parts(asked.text)
    ]  # fmt: skip
    surest = min((p.confidence for p in parts), default=0.0)
    if not parts or surest < threshold or not all(p.pointers for p in parts):
        return whole
    first = [p.pointers[0] for p in parts]
    if len({(f.hit.article.article_id, f.sentence) for f in first}) == 1:
        return whole  # one sentence answers both
    return Reading(tuple(replace(f, score=first[0].score) for f in first), max(whole.confidence, surest))


@dataclass(frozen=True, slots=True)
class Found:
    """Everything known before the answer is written."""

    question: str
    query: str
    asked: Question
    filters: Filters
    timing: Timing
    provenance: Provenance
    archive: Store
    hits: tuple[Hit, ...] = ()
    widened: tuple[str, ...] = ()

    @property
    def searched(self) -> str:
        """What was looked through, in words."""
        return describe_coverage(self.archive.coverage(self.filters))

    def answer(self, said: Composition, statements: tuple[Statement, ...], citations: tuple[Citation, ...]) -> Answer:
        """The Answer to which `said` came."""
        numbered = {d: s.markers for d, s in zip(said.drafts, statements, strict=True)}
        parts = [_part(p, tuple(dict.fromkeys(m for n in p.drafts for m in numbered[said.drafts[n]])))
                 for p in said.parts]  # fmt: skip
        notes = (*self._notes(), *order_notes(self.timing, citations), *age_notes(citations, self.provenance.as_of))
        return Answer(
            self.question, self.query, said.short, (*said.counted, *statements), citations, self.hits, self.filters,
            said.confidence, None, self.provenance, said.layout, tuple(parts), (*said.notes, *notes), self.timing,
            self.searched,
        )  # fmt: skip

    def abstain(self, confidence: float, abstention: Abstention) -> Answer:
        """The Answer that declines."""
        notes = self._notes()
        return Answer(
            self.question, self.query, None, (), (), self.hits, self.filters, confidence, abstention, self.provenance,
            notes=notes, timing=self.timing, searched=self.searched,
        )  # fmt: skip

    def _notes(self) -> tuple[str, ...]:
        """What a reader has to know of the filters, and of what was looked through instead."""
        return (*self.widened, *notes_on(self.timing, self.archive, self.filters, self.provenance.as_of))


def _part(part: DraftPart, markers: tuple[int, ...]) -> Part:
    return Part(
        part.text, markers, part.label, part.day, part.basis, part.outlets, part.n_sources, part.newest
    )  # fmt: skip


def _answer(found: Found, said: Composition, threshold: float) -> Iterator[Statement | Answer]:
    copies = {h.article.article_id: h.copies for h in found.hits}
    kept = said
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    if said.confidence >= threshold:
        statements, citations, dropped = cite(said.drafts, found.archive.text_of, copies)
        kept = _without(said, dropped)
    if not statements and not kept.counted:
        yield found.abstain(said.confidence, _abstain(found, said.confidence, threshold))
        return
    yield from (*kept.counted, *statements)
    yield found.answer(kept, statements, citations)


def _whole(found: Found, said: Composition, threshold: float) -> Answer:
    """The Answer to which `said` comes, without the statements on the way there."""
    *_, answer = _answer(found, said, threshold)
    assert isinstance(answer, Answer)
    return answer


def _short_of(confidence: float, threshold: float) -> str:
    digits = 0 if round(100 * confidence) < round(100 * threshold) else 1  # "24%, where 24% is needed" says nothing
    if f"{confidence:.{digits}%}" == f"{threshold:.{digits}%}":
        return f"just below the {threshold:.{digits}%} that is needed"
    return f"{confidence:.{digits}%}, where {threshold:.{digits}%} is needed"


def _without(said: Composition, dropped: Sequence[Draft]) -> Composition:
    """`said` less the drafts whose quotes do not stand where they should, and what rested on them alone."""
    if not dropped:
        return said
    left = [n for n, d in enumerate(said.drafts) if d not in dropped]
    number = {n: i for i, n in enumerate(left)}
    parts = [replace(p, drafts=tuple(number[n] for n in p.drafts if n in number)) for p in said.parts]
    drafts = tuple(said.drafts[n] for n in left)
    short = said.short if not said.short or any(said.short == d.short for d in drafts) else None
    return replace(said, drafts=drafts, parts=tuple(p for p in parts if p.drafts), short=short)


def _abstain(found: Found, confidence: float, threshold: float) -> Abstention:
    coverage = found.archive.coverage(found.filters)
    searched = f"{describe_coverage(coverage)}; looked for: {found.query}"
    if found.timing.bounded and coverage.n_articles == 0:
        reason = nothing_published(found.asked.text, found.archive, found.filters, found.provenance.as_of)
        return Abstention(reason, searched)
    if coverage.n_articles == 0:
        return Abstention("No article lies within what was asked for, so there is nothing to answer from.", searched)
    nearest = tuple(
        NearPassage(h.article.source, h.passage.start, h.passage.end, h.passage.text, h.article.headline)
        for h in found.hits[:_NEAREST_SHOWN]
    )
    if not found.hits:
        return Abstention("The articles do not say: no passage shares anything with the question.", searched)
    where = f"The articles published {span_in_words(found.filters)}" if found.timing.bounded else "The articles"
    reason = f"{where} do not say: no sentence answers this with enough certainty ({_short_of(confidence, threshold)})."
    return Abstention(reason, searched, nearest)


# --- input ----------------------------------------------------------------------------------------------------------


def check_question(question: str) -> str:
    """The question trimmed and without control characters.

    Raises:
        QuestionError: it is empty, over 4,000 characters, or holds no letter or digit.
    """
    if not isinstance(question, str):
        raise QuestionError(f"a question is text, not {type(question).__name__}")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read: ask for one thing"
        )
    cleaned = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in question).strip()
    if not cleaned:
        raise QuestionError("the question is empty: type what you want to know")
    if not re.search(r"\w", re.sub(r"<[^<>]*>", "", cleaned)):
        raise QuestionError("the question holds no words, only markup or punctuation: ask in words")
    return cleaned


def _day(as_of: dt.date | str | None) -> dt.date:
    if as_of is None:
        return dt.date.today()
    if isinstance(as_of, dt.datetime):
        return as_of.date()
    if isinstance(as_of, dt.date):
        return as_of
    try:
        return dt.datetime.fromisoformat(str(as_of).strip()).date()
    except ValueError as error:
        raise UsageError(f"as_of is a day such as 2020-01-28, not {as_of!r}") from error


def _scope(options: AskOptions, archive: Store, day: dt.date) -> Filters:
    """The filters in force: what was asked for, and nothing later than `day` unless that was asked for."""
    filters = options.filters or Filters()
    if options.sources:
        sources = tuple(s.rstrip("/") for s in options.sources)
        for source in archive.nothing_at(sources):
            raise UsageError(f"no ingested article lies at {source!r}: `dateline sources` lists them all")
        filters = replace(filters, sources=sources)
    later = filters.published_from is not None and filters.published_from > day
    return filters if filters.published_to is not None or later else replace(filters, published_to=day)


def _answered(history: Sequence[Turn | str], archive: Store, day: dt.date, options: AskOptions) -> tuple[Turn, ...]:
    """Earlier questions that came without their answers are asked again, in order and within the same scope."""
    if isinstance(history, str):
        raise UsageError("history is a list of earlier turns or questions, not one string: put it in a list")
    turns: list[Turn] = []
    for item in history:
        if isinstance(item, str):
            # a follow-up needs what was found, not its words
            plain = replace(options, query=None, composer="extractive")
            item = Turn(item, ask(item, history=turns, store=archive, as_of=day, options=plain))
        if not isinstance(item, Turn):
            raise UsageError(f"history holds Turns or questions, not {type(item).__name__}")
        turns.append(item)
    return tuple(turns)


def _past(turn: Turn) -> Past:
    said = " ".join(statement.text for statement in turn.answer.statements)
    cited = {c.source for c in turn.answer.citations[:1]}
    near = " ".join(h.passage.text for h in turn.answer.hits if h.article.source in cited)
    return Past(turn.answer.query, turn.answer.short, turn.question, said, near)


def _talk(last: Turn, question: str, query: str, timing: Timing) -> Talk:
    """What the last turn has to do with a question: what it cited, or, where it found nothing, looked at first."""
    cited = [c.source for c in last.answer.citations] or [h.article.source for h in last.answer.hits[:_LOOKED_AT]]
    core = read_question(without_topic(timing.text, question))
    return Talk(
        tuple(dict.fromkeys(cited)),
        read_question(question),
        core,
        leans_on_talk(question, query),
        not last.answer.abstained,
    )


# --- what is opened once a process ----------------------------------------------------------------------------------

_lock = Lock()
_models: dict[tuple[str, str | None, str | None, float], LanguageModel] = {}
_stores: dict[tuple[Path, str, Servers], Store] = {}
_readers: WeakKeyDictionary[Store, CrossReader] = WeakKeyDictionary()


def open_archive(store: Store | Path | str, settings: Settings | None = None) -> Store:
    """The store at a path, opened once a process; an opened store is returned as it is."""
    if isinstance(store, Store):
        return store
    if not isinstance(store, str | Path):
        raise UsageError(f"store is a path or an opened Store, not {type(store).__name__}")
    settings = settings or load_settings()
    key = (Path(store).expanduser().resolve(), settings.encoder, settings.servers)
    if settings.vectors:
        spare_the_proxy("localhost")  # a server on this machine is asked as what it is
    with _lock:
        if key not in _stores:
            _stores[key] = open_store(key[0], encoder_name=settings.encoder, servers=settings.servers)
        return _stores[key]


def model_of(settings: Settings) -> LanguageModel | None:
    """The language model of the settings, the same one for all questions; None where none is set.

    Raises:
        SettingsError: the address is none. UsageError: packages are missing, or there is no such file.
    """
    from app.llm.connect import connect, read_address

    if settings.llm is None:
        return None
    key = (settings.llm, settings.llm_model, settings.llm_key, settings.llm_timeout)
    with _lock:
        if key not in _models:
            _models[key] = connect(read_address(key[0]), key[1], key[2], timeout_s=key[3])
        return _models[key]


def reader_of(archive: Store) -> CrossReader:
    """The reader of an archive, built once: it weighs words by how rare they are there."""
    with _lock:
        if archive not in _readers:
            held = ref(archive)  # a reader that held its archive would keep it from ever being freed

            def frequency(term: str) -> int:
                store = held()
                return 0 if store is None else store.document_frequency(term)

            def size() -> int:
                store = held()
                return 0 if store is None else store.n_passages

            _readers[archive] = CrossReader(frequency=frequency, size=size)
        return _readers[archive]
