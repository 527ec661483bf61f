"""Rivals of Dateline: what they are given, and the one that is BM25 alone.

A rival gets the bodies and the passages that Dateline selected, so what is compared is finding and answering, never
the reading of files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from pathlib import Path

from evals.apart import Built, Opened, digest_of, ensure_built, write_whole
from evals.reply import Reply
from ingest.article import Span

__all__ = [
    "BM25",
    "N_PASSAGES",
    "STARTER_RAG",
    "Bm25",
    "RivalArticle",
    "build_bm25",
    "open_bm25",
    "read_articles",
    "write_articles",
]

# What `run_apart` runs, by name: the process that runs it imports it, and this one never does.
BM25, STARTER_RAG = "evals.rivals:open_bm25", "evals.starter_rag:open_starter_rag"
N_PASSAGES = 20  # that a reply shows as retrieved

_CHECKOUT = Path(__file__).resolve().parent.parent
_BM25_UPSTREAM = ("ingest/split.py", "store/lexical.py")  # an edit to these builds another index


# --- what a rival is given ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RivalArticle:
    """An article as Dateline read it: `text` is the body it selected, `passages` the passages it cut that into."""

    source: str
    headline: str | None
    published: dt.date | None
    text: str
    passages: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.passages:
            raise ValueError(f"{self.source}: an article has a body and passages of it")


def write_articles(articles: Sequence[RivalArticle], cache: Path) -> Path:
    """Write `articles` below `cache`, under a name that changes with them, for a rival to open; the file's path.

    The rivals keep their indexes beside it.
    """
    lines = "".join(json.dumps(asdict(article), default=dt.date.isoformat) + "\n" for article in articles).encode()
    path = cache.absolute() / f"articles-{hashlib.sha256(lines).hexdigest()[:12]}.jsonl"
    if not path.is_file():
        write_whole(path, lines)
    return path


def read_articles(path: Path) -> Iterator[RivalArticle]:
    """The articles of a file that `write_articles` wrote, in order."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            day = row["published"] and dt.date.fromisoformat(row["published"])
            yield RivalArticle(row["source"], row["headline"], day, row["text"], tuple(row["passages"]))


# --- BM25 with its top sentence -----------------------------------------------------------------------------


class Bm25:
    """The passages by BM25, and as the answer the best sentence of all by BM25: no model, no confidence.

    Sentences and passages are indexed as Dateline's full-text index has them, with the headline of their article.
    Articles published after the day of asking are left out; undated ones are used, as by Dateline. It declines only
    when no word of the question is in any article.
    """

    def __init__(self, folder: Path) -> None:
        from store.lexical import LexicalIndex

        self._passages: list[tuple[str, int]] = []  # text, and day as an ordinal, 0 where it is not known
        self._sentences: list[tuple[int, int, int]] = []  # passage, and the span within it
        with (folder / "passages.jsonl").open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                text, day, spans = json.loads(line)
                self._passages.append((text, day))
                self._sentences.extend((number, start, end) for start, end in spans)
        self._by_passage = LexicalIndex(folder / "passages")
        self._by_sentence = LexicalIndex(folder / "sentences")

    def ask(self, question: str, *, as_of: dt.date) -> Reply:
        last = as_of.toordinal()

        def passage_of(passage_id: int) -> str | None:
            text, day = self._passages[passage_id - 1]
            return text if day <= last else None

        def sentence_of(sentence_id: int) -> str | None:
            number, start, end = self._sentences[sentence_id - 1]
            text = passage_of(number + 1)
            return None if text is None else text[start:end]

        best = _distinct(partial(self._by_sentence.search, question), sentence_of, n=1)
        passages = _distinct(partial(self._by_passage.search, question), passage_of, n=N_PASSAGES)
        said = best[0] if best else ""
        return Reply(None, said, said, not best, None, passages, best)

    def close(self) -> None:
        """Let go of the indexes."""
        self._by_passage.close()
        self._by_sentence.close()


def build_bm25(articles: Iterator[RivalArticle], folder: Path) -> None:
    """Index the passages of `articles`, and each sentence of them, in `folder`."""
    from ingest.split import sentences
    from store.lexical import LexicalEntry, LexicalIndex

    by_passage: list[LexicalEntry] = []
    by_sentence: list[LexicalEntry] = []
    with (folder / "passages.jsonl").open("w", encoding="utf-8") as lines:
        for article in articles:
            day = article.published.toordinal() if article.published else 0
            for text in article.passages:
                spans = sentences(text, Span(0, len(text)))
                lines.write(json.dumps([text, day, [(s.start, s.end) for s in spans]]) + "\n")
                by_passage.append(LexicalEntry(len(by_passage) + 1, text, article.headline))
                for span in spans:
                    by_sentence.append(LexicalEntry(len(by_sentence) + 1, span.of(text), article.headline))
    for name, entries in (("passages", by_passage), ("sentences", by_sentence)):
        index = LexicalIndex(folder / name, writing=True)
        index.add(entries)
        index.close()


def open_bm25(payload: Path) -> Opened | Built:
    """BM25 over the articles that `write_articles` wrote to `payload`."""
    code = [(_CHECKOUT / name).read_text(encoding="utf-8") for name in _BM25_UPSTREAM]
    folder = payload.parent / f"bm25-{digest_of(payload, 'v1', metadata.version('tantivy'), *code)}"
    built, now = ensure_built(folder, lambda new: build_bm25(read_articles(payload), new))
    if now:
        return built
    system = Bm25(folder)
    return Opened(system, built=built, close=system.close)


def _distinct(
    search: Callable[[int], list[tuple[int, float]]], text_of: Callable[[int], str | None], *, n: int
) -> tuple[str, ...]:
    """The first `n` different texts that `search` ranks; asked for more until there are enough, or no more."""
    k = 2 * n + 30
    while True:
        found = search(k)
        texts = dict.fromkeys(text for i, _ in found if (text := text_of(i)) is not None)
        if len(texts) >= n or len(found) < k:
            return tuple(texts)[:n]
        k *= 4
