"""What the reader is trained on: questions, passages, and where in them the answer stands.

Three sources, all read from a folder that is named: annotated questions in SQuAD 1.1 form, weekly news questions with
the articles a search gave for them, and questions made of news articles without labels (`app.reader.pretraining`).
What is held out is decided here, by article and by week, and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import random
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.mentions import Mention, find_mentions
from ingest.article import Span, normalise_space
from ingest.errors import UsageError
from ingest.split import sentences

__all__ = [
    "HELD_OUT_WEEKS",
    "YEARS",
    "Example",
    "NewsArticle",
    "NewsQuestion",
    "Paragraph",
    "bag",
    "cut_passages",
    "is_held_out_article",
    "is_held_out_day",
    "is_held_out_paragraph",
    "is_test_day",
    "load_news",
    "load_paragraphs",
    "load_questions",
    "occurrences",
    "squad_examples",
    "swap_mention",
    "without_answer",
]

HELD_OUT_WEEKS: tuple[tuple[str, dt.date, dt.date], ...] = (
    ("test-2022", dt.date(2022, 11, 1), dt.date(2022, 12, 31)),
    ("calibration-2023", dt.date(2023, 10, 1), dt.date(2023, 12, 31)),
    ("test-2024", dt.date(2024, 1, 1), dt.date(2024, 3, 31)),
)
"""News that no weights are fitted on: two spans to measure with, one to calibrate with."""

YEARS = (2022, 2023, 2024)
"""Of the weekly questions and their articles."""

_HELD_OUT_SHARE = 12  # one annotated article in so many
_SWAPPED, _UNSAID = 0.25, 0.35  # shares of the annotated questions that have near-misses
_IN = re.compile(r"\b(in|on|at|from|near|since|until|by|during|before|after) (?:the )?$", re.IGNORECASE)
_VAGUE = {
    "name": ("someone", "a local man", "an official", "a company", "a woman", "one of them", "a group"),
    "number": ("several", "some", "many", "a few", "a number of"),
    "date": ("recently", "lately", "at some point"),
}
_PASSAGE_WORDS = 120
_LONGEST_ARTICLE = 14_000  # characters; what follows is comments and other stories more often than not
_OPEN_ENDED = re.compile(r"which (?:one )?of (?:the following|these)|following", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """One question against one passage.

    `answers` are the character spans of `passage` that answer, all equally right; none when the passage does not
    answer. Examples of one `group` ask the same question, and are ranked against each other.
    """

    group: int
    question: str
    headline: str
    passage: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with its questions; `answers` are (start, text) of each annotator."""

    article: str
    text: str
    questions: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class NewsArticle:
    """A scraped article; `published` is None where nobody knows."""

    url: str
    title: str
    text: str
    published: dt.date | None


@dataclass(frozen=True, slots=True)
class NewsQuestion:
    """A weekly quiz question, its right answers, and the addresses of the articles that a search gave."""

    id: str
    day: dt.date
    question: str
    answers: tuple[str, ...]
    choices: tuple[str, ...]
    urls: tuple[str, ...]

    @property
    def stands_alone(self) -> bool:
        """Whether it can be answered without its choices."""
        return not _OPEN_ENDED.search(self.question)


def is_held_out_article(name: str) -> bool:
    """Whether an annotated article is kept for measuring: one in twelve, by the digest of its name."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % _HELD_OUT_SHARE == 0


def is_held_out_day(day: dt.date | None) -> bool:
    """Whether a day lies in one of `HELD_OUT_WEEKS`."""
    return day is not None and any(first <= day <= last for _, first, last in HELD_OUT_WEEKS)


def is_test_day(day: dt.date) -> bool:
    """Whether nothing of the reader, the judge's weights included, was fitted on questions of that day."""
    return any(first <= day <= last for name, first, last in HELD_OUT_WEEKS if name.startswith("test"))


# --- annotated questions ----------------------------------------------------------------------------------------------


def load_paragraphs(path: Path) -> tuple[Paragraph, ...]:
    """The paragraphs of a SQuAD 1.1 file, plain or `.gz`.

    Raises:
        UsageError: the file cannot be read or is not of that form.
    """
    try:
        data = path.read_bytes()
        articles = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)["data"]
        return tuple(
            Paragraph(
                f"{article.get('title') or number}",
                _text_of(paragraph, "context"),
                tuple(
                    (
                        _text_of(qa, "question"),
                        tuple((int(a["answer_start"]), _text_of(a, "text")) for a in qa["answers"]),
                    )
                    for qa in paragraph["qas"]
                ),
            )
            for number, article in enumerate(articles)
            for paragraph in article["paragraphs"]
        )
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zlib.error, RecursionError) as error:
        raise UsageError(f"{path} is not a SQuAD 1.1 file ({type(error).__name__}: {error})") from error


def _text_of(row: Mapping[str, object], key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text: {value!r:.40}")
    return value


def squad_examples(data: Path, *, held_out: bool, seed: int) -> Iterator[Example]:
    """Examples of `squadshifts/` in `data`: of the held-out articles the positives, of the others positives and more.

    Each training question stands against its own paragraph and against the one of other paragraphs of its site or
    article that shares most of its words. Near-misses come beside them: one time in four the question has a name, a
    number or a date exchanged, one time in three the paragraph no longer says the answer (`without_answer`).
    """
    rng = random.Random(seed)
    group = 0
    for path in _files(data / "squadshifts", "*.json.gz"):
        paragraphs = [p for p in load_paragraphs(path) if is_held_out_paragraph(path, p) == held_out]
        pool = [m for p in paragraphs for q, _ in p.questions for m in find_mentions(q)]
        bags = [bag(p.text) for p in paragraphs]
        for at, paragraph in enumerate(paragraphs):
            for question, answers in paragraph.questions:
                spans = tuple(dict.fromkeys(s for s in (_checked(paragraph.text, a) for a in answers) if s))
                if not spans or len(question.split()) < 3:
                    continue
                group += 1
                yield Example(group, question, "", paragraph.text, spans)
                if held_out:
                    continue
                texts = [normalise_space(text).lower() for _, text in answers]
                other = _likest(question, at, paragraphs, bags, texts, rng)
                if other is not None:
                    yield Example(group, question, "", other.text, ())
                if rng.random() < _SWAPPED and (swapped := swap_mention(question, pool, rng)):
                    group += 1
                    yield Example(group, swapped, "", paragraph.text, ())
                unsaid = without_answer(paragraph.text, texts, rng) if rng.random() < _UNSAID else None
                if unsaid is not None:
                    group += 1
                    yield Example(group, question, "", unsaid, ())


def without_answer(passage: str, answers: Sequence[str], rng: random.Random) -> str | None:
    """The passage with what answers left unsaid: the detail made vague, or its sentences gone.

    None where neither leaves a passage that could have answered.
    """
    spans = occurrences(passage, answers)
    if not spans or len(spans) > 3:
        return None
    if rng.random() < 0.5:
        vague = passage
        for start, end in reversed(spans):
            before, after = vague[:start], vague[end:]
            kind = next((m.kind for m in find_mentions(passage[start:end])), None)
            if kind is None:
                return None
            phrase = _IN.search(before)
            if kind == "date" and phrase:
                before, said = before[: phrase.start()] + " ", rng.choice(("recently", "some time ago", "lately"))
            elif kind == "name" and phrase and phrase.group(1).lower() != "by":
                said = rng.choice(("the region", "another town", "the area", "the country"))
            else:
                said = rng.choice(_VAGUE[kind])
            vague = f"{before}{said}{after}"
        return None if occurrences(vague, answers) else vague
    inner = sentences(passage, Span(0, len(passage)))
    kept = [s for s in inner if not any(s.start < b and a < s.end for a, b in spans)]
    left = " ".join(s.of(passage) for s in kept)
    return left if len(left.split()) >= 25 and not occurrences(left, answers) else None


def is_held_out_paragraph(path: Path, paragraph: Paragraph) -> bool:
    """Whether a paragraph of the annotated file at `path` is of a held-out article."""
    # Sites other than Wikipedia put all paragraphs under one title: there each paragraph is an article.
    name = paragraph.article if path.name.startswith("new_wiki") else paragraph.text
    return is_held_out_article(name)


def _likest(
    question: str,
    at: int,
    paragraphs: Sequence[Paragraph],
    bags: Sequence[frozenset[str]],
    answers: Sequence[str],
    rng: random.Random,
) -> Paragraph | None:
    """Of 300 other paragraphs drawn, the one that shares most with the question and holds none of its answers."""
    wanted = bag(question)
    drawn = rng.sample(range(len(paragraphs)), min(300, len(paragraphs)))
    near = range(max(0, at - 12), min(len(paragraphs), at + 12))
    others = sorted({*drawn, *near} - {at}, key=lambda i: (len(wanted & bags[i]), i))
    if not others:
        return None
    best: Paragraph = paragraphs[others[-1]]
    return None if occurrences(best.text, answers) else best


def bag(text: str) -> frozenset[str]:
    """The words of three letters and more, in lower case."""
    return frozenset(w for w in re.findall(r"\w{3,}", text.lower()))


def _checked(text: str, answer: tuple[int, str]) -> tuple[int, int] | None:
    start, words = answer
    if text[start : start + len(words)] == words and words.strip():
        return start, start + len(words)
    found = text.find(words) if words.strip() else -1
    return None if found < 0 else (found, found + len(words))


def swap_mention(question: str, pool: Sequence[Mention], rng: random.Random) -> str | None:
    """The question with one name, number or date exchanged for another of its kind; None where it has none."""
    mentions = find_mentions(question)
    if not mentions:
        return None
    old = rng.choice(mentions)
    for _ in range(20):
        new = rng.choice(pool) if pool else old
        said, asked = new.text.lower(), question.lower()
        if new.kind == old.kind and said not in asked and old.text.lower() not in said:
            return question[: old.start] + new.text + question[old.end :]
    return None


# --- news -------------------------------------------------------------------------------------------------------------


def load_questions(data: Path, years: Sequence[int]) -> tuple[NewsQuestion, ...]:
    """The weekly questions of `realtimeqa/` in `data`, in order."""
    found = []
    for year in years:
        for path in _files(data / "realtimeqa", f"questions-{year}.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                texts = {k: tuple(str(v) for v in row.get(k) or ()) for k in ("answers", "choices", "urls")}
                day = dt.date.fromisoformat(row["date"])
                found.append(NewsQuestion(str(row["id"]), day, normalise_space(row["question"]), **texts))
    return tuple(found)


def load_news(
    data: Path, years: Sequence[int], *, without: Callable[[NewsArticle], bool] = lambda _: False
) -> tuple[NewsArticle, ...]:
    """The articles of `realtimeqa/` in `data`; of those that open alike, as wire copies do, only the first.

    Articles that `without` names are left out, and so is everything that opens as one of them does.
    """
    found: dict[str, NewsArticle] = {}
    left_out: set[str] = set()
    for year in years:
        for path in _files(data / "realtimeqa", f"articles-{year}.jsonl.gz"):
            for line in gzip.decompress(path.read_bytes()).splitlines():
                row = json.loads(line)
                text = str(row["text"] or "")[:_LONGEST_ARTICLE]
                opening = normalise_space(text)[:160]
                if len(opening) < 160:
                    continue
                day = dt.date.fromisoformat(row["published"]) if row["published"] else None
                article = NewsArticle(str(row["url"]), normalise_space(str(row["title"] or "")), text, day)
                if without(article):
                    left_out.add(opening)
                found.setdefault(opening, article)
    return tuple(article for opening, article in found.items() if opening not in left_out)


def cut_passages(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Passages of about 120 words of whole sentences, white space normalised, each with its sentences."""
    found: list[tuple[str, tuple[str, ...]]] = []
    held: list[str] = []
    words = 0
    for span in sentences(text, Span(0, len(text))) if text.strip() else ():
        sentence = normalise_space(span.of(text))
        n = len(sentence.split())
        if held and words + n > _PASSAGE_WORDS * 1.25:
            found.append((" ".join(held), tuple(held)))
            held, words = [], 0
        held.append(sentence)
        words += n
        if words >= _PASSAGE_WORDS:
            found.append((" ".join(held), tuple(held)))
            held, words = [], 0
    if words >= _PASSAGE_WORDS // 3:
        found.append((" ".join(held), tuple(held)))
    return tuple(found)


def occurrences(passage: str, answers: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where one of `answers` stands in `passage` as whole words, whatever its case, at most eight times."""
    usable = sorted({normalise_space(a).strip(" .\"'“”") for a in answers if a.strip()}, key=lambda a: -len(a))
    usable = [a for a in usable if a]
    if not usable:
        return ()
    pattern = r"(?<!\w)(?:" + "|".join(re.escape(a) for a in usable) + r")(?!\w)"
    return tuple(m.span() for m in re.finditer(pattern, passage, re.IGNORECASE))[:8]


def _files(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise UsageError(f"no training data: {folder} holds no {pattern} (docs/reader.md says what belongs there)")
    return found
