"""Dateline and its rivals asked the same questions over the same articles on the same machine, one after the other.

Each system runs in a process of its own, and what it says is measured by the one set of rules of `evals.realtimeqa`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.apart import Asked, Opened, Run, run_apart
from evals.metrics import Part, bootstrap_interval, percentile, pooled
from evals.newsquiz import QuizQuestion, digest_of
from evals.progress import progress_bar
from evals.realtimeqa import NO_REPLY, Sought, look_up, measure_reply, reply_of
from evals.reply import Reply
from evals.rivals import BM25, STARTER_RAG, RivalArticle, write_articles
from evals.run import digest_code, model_pins

if TYPE_CHECKING:
    from tqdm import tqdm

    from evals.at_size import News
    from store import Store

__all__ = ["DATELINE", "SYSTEMS", "DatelineSystem", "compare_systems", "format_table", "open_dateline", "system_row"]

DATELINE = "evals.side_by_side:open_dateline"
SYSTEMS: Mapping[str, str] = {
    "Dateline": DATELINE,
    "BM25, top sentence": BM25,
    "LlamaIndex starter RAG, SmolLM2-135M": STARTER_RAG,
}
HEAD = (
    "system", "right", "95% interval", "wrong", "declined", "absent declined", "cited holds answer", "answer in top 10",
    "p50 s", "p95 s", "memory MiB", "index s",
)  # fmt: skip


class DatelineSystem:
    """Dateline as one of the systems: what a person gets who asks on that day, with every default."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(self, question: str, *, as_of: dt.date) -> Reply:
        from app import ask

        return reply_of(ask(question, store=self._store, as_of=as_of))


def open_dateline(payload: Path) -> Opened:
    """Dateline over the index that `payload`, a JSON file, names."""
    from store import open_store

    told = json.loads(payload.read_text(encoding="utf-8"))
    store = open_store(Path(told["index"]), encoder_name=told["encoder"])
    return Opened(DatelineSystem(store), close=store.close)


def compare_systems(news: News, questions: Sequence[QuizQuestion], *, told: Callable[[str], None]) -> str:
    """Ask every system and give the table, in Markdown. What was asked before a stop is not asked again."""
    told("looking up where the answers stand")
    sought = look_up(questions, news.sources, news.store.source_text)
    asked = [Asked(question.question, question.day) for question in questions]
    folder = news.folder / "side-by-side"
    payloads = {DATELINE: _dateline_payload(news, folder)}
    articles = write_articles(_articles(news.store), folder)
    # What the rivals say does not depend on our code and settings, but on their payload.
    code = {DATELINE: digest_of([digest_code(), *model_pins(news.store).values()])}
    rows: list[list[str]] = []
    for name, factory in SYSTEMS.items():
        payload = payloads.get(factory, articles)
        key = digest_of([factory, payload.name, code.get(factory, ""), *(q.id for q in questions)])[:12]
        told(name)
        with progress_bar("questions", len(asked)) as bar:
            run = run_apart(
                factory,
                payload,
                questions=asked,
                results=folder / f"{key}.jsonl",
                progress=lambda _: _advance(bar),
            )
        rows.append(system_row(name, sought, run))
    return format_table(rows, f"{len(questions)} questions, {len(news.sources):,} articles")


def _advance(bar: tqdm[object]) -> None:
    bar.update(1)


def _dateline_payload(news: News, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    payload = folder / "dateline.json"
    row = {"index": str(news.store.path), "encoder": news.store.encoder.spec.name}
    payload.write_text(json.dumps(row), encoding="utf-8")
    return payload


def _articles(store: Store) -> list[RivalArticle]:
    """Every article as Dateline selected and cut it: what is compared is finding and answering."""
    found: list[RivalArticle] = []
    for article in store.articles():
        text = store.text_of(article.article_id)
        body = "\n\n".join(span.of(text) for span in article.body)
        passages = tuple(passage.text for passage in store.passages(article.article_id))
        if body.strip() and passages:
            found.append(RivalArticle(article.source, article.headline, article.published.day, body, passages))
    return found


def system_row(name: str, sought: Sequence[Sought], run: Run) -> list[str]:
    """One system's figures over the questions, under `HEAD`. A question that raised is answered wrongly."""
    replies = [timed.reply or NO_REPLY for timed in run.timed]
    parts = [measure_reply(item, reply) for item, reply in zip(sought, replies, strict=True)]
    answerable = [r for item, r in zip(sought, replies, strict=True) if item.group == "answerable"]
    right = [p["right"] for p in parts if "right" in p]
    interval = bootstrap_interval(right)
    declined = [Part(reply.declined, 1) for reply in answerable]
    wrong = [Part(1 - p.numerator - d.numerator, 1) for p, d in zip(right, declined, strict=True)]
    seconds = [timed.seconds for timed in run.timed]
    memory = run.peak_mib + (run.server_mib or 0.0)
    return [
        name,
        _share(right),
        "-" if interval is None else f"{interval.low:.2f}-{interval.high:.2f}",
        _share(wrong),
        _share(declined),
        _share([p["abstained"] for p in parts if "abstained" in p]),
        _share([p["citation_precision"] for p in parts if "citation_precision" in p]),
        _share([p["answer_at_10"] for p in parts if "answer_at_10" in p]),
        _seconds(percentile(seconds, 50)),
        _seconds(percentile(seconds, 95)),
        f"{memory:,.0f}",
        "-" if run.built is None else f"{run.built.seconds:.0f}",
    ]


def format_table(rows: Sequence[Sequence[str]], caption: str) -> str:
    """`rows` under `HEAD` as a Markdown table that reads well as text too."""
    widths = [max(len(row[i]) for row in (HEAD, *rows)) for i in range(len(HEAD))]
    lines = [
        " | ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in (HEAD, *rows)
    ]
    rule = "|".join("-" * (w + 1) + (":" if i else "-") for i, w in enumerate(widths))
    table = [f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])]
    return "\n".join([caption, "", *table])


def _share(parts: Sequence[Part]) -> str:
    value = pooled(parts)
    return "-" if value is None else f"{value:.2f}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
