"""The commands that look after an archive: what is in it, where words stand, what is put right or taken out.

Like `app.__main__`, which dispatches to it, this file builds objects and prints; it decides nothing else.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.related import describe_related
from app.settings import Settings, spare_the_proxy
from app.terminal import count, shown
from ingest.errors import UsageError

if TYPE_CHECKING:
    from ingest.article import Article
    from store import Filters, Hit, Store, StoreSink
    from store.status import StoreStatus

__all__ = ["add_commands"]

_CONTEXT = 90  # characters shown on each side of words that were found


def add_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Tell the command line of the commands here."""
    one = commands.add_parser("search", parents=[common], help="find words in the articles, without an answer")
    one.add_argument("words", nargs="+", metavar="WORDS", help="an exact phrase; if it stands nowhere, the nearest")
    one.add_argument("--limit", type=int, default=20, metavar="N", help="passages to list (default 20)")
    one.add_argument("--from", dest="published_from", metavar="DAY", help="published on that day or later")
    one.add_argument("--to", dest="published_to", metavar="DAY", help="published on that day or earlier")
    one.add_argument("--source", action="append", default=[], help="only this file, folder or container; repeat")
    one.add_argument("--json", action="store_true", help="print what was found as JSON")
    one.set_defaults(command=_search)

    one = commands.add_parser("sources", parents=[common], help="list the articles, and what was set aside")
    one.add_argument("--failed", action="store_true", help="only what was set aside, with reason and fingerprint")
    one.add_argument("--json", action="store_true")
    one.set_defaults(command=_sources)

    one = commands.add_parser("status", parents=[common], help="what state the index is in")
    one.add_argument("--json", action="store_true")
    one.set_defaults(command=_status)

    one = commands.add_parser("edit", parents=[common], help="put right what was found out about an article")
    one.add_argument("source", help="as `dateline sources` names it")
    one.add_argument("--headline", metavar="TEXT")
    one.add_argument("--outlet", metavar="NAME")
    one.add_argument("--author", action="append", metavar="NAME", help="repeat for more than one")
    one.add_argument("--published", metavar="DAY", help="such as 2021-03-01")
    one.add_argument("--undo", action="store_true", help="go back to what was found")
    one.set_defaults(command=_edit)

    one = commands.add_parser("remove", parents=[common], help="take articles out of the index, for good")
    one.add_argument("source", nargs="+", help="files, folders or containers, as `dateline sources` names them")
    one.add_argument("--retract", action="store_true", help="say that they were retracted, not merely removed")
    one.set_defaults(command=_remove)

    one = commands.add_parser("compact", parents=[common], help="rewrite the index without a byte of what was removed")
    one.set_defaults(command=_compact)


# --- looking --------------------------------------------------------------------------------------------------------


def _search(arguments: argparse.Namespace, settings: Settings) -> int:
    from app.ask import open_archive

    phrase = " ".join(arguments.words)
    if arguments.limit < 1:
        raise UsageError(f"--limit is a number of passages from 1 on, not {arguments.limit}")
    filters = _filters(arguments)
    archive = open_archive(settings.store, settings)
    found = archive.find(phrase.strip("\"'"), k=arguments.limit, filters=filters)
    places = [(f.hit, f.start, f.end) for f in found]
    exact = bool(places)
    if not exact:
        hits = archive.search(phrase, k=arguments.limit, filters=filters)
        places = [(h, h.passage.start, h.passage.end) for h in hits]
    rows = [_place(archive, hit, start, end) for hit, start, end in places]
    if arguments.json:
        print(json.dumps({"phrase": phrase, "exact": exact, "hits": rows}, ensure_ascii=False, indent=2))
        return 0
    if not rows:
        print("nothing like it was found")
    elif not exact:
        print("nothing holds these words in a row; the nearest passages:")
    for row in rows:
        told = " · ".join(str(row[name]) for name in ("headline", "outlet", "published") if row[name])
        print(f"{shown(str(row['source']))} {row['start']}:{row['end']}" + (f"  {shown(told)}" if told else ""))
        print(f"    {shown(str(row['before']))}{_marked(str(row['quote']))}{shown(str(row['after']))}")
    return 0


def _place(archive: Store, hit: Hit, start: int, end: int) -> dict[str, object]:
    """Where something stands, with the words around it inside its passage."""
    passage, article = hit.passage, hit.article
    text = archive.text_of(article.article_id)
    left, right = max(passage.start, start - _CONTEXT), min(passage.end, end + _CONTEXT)
    return {
        "source": article.source,
        "start": start,
        "end": end,
        "quote": text[start:end],
        "before": ("…" if left > passage.start else "") + " ".join(text[left:start].split()) + " " * (left < start),
        "after": " " * (end < right) + " ".join(text[end:right].split()) + ("…" if right < passage.end else ""),
        "headline": article.headline,
        "outlet": article.outlet,
        "published": _iso(article.published.day),
        "score": hit.score,
        "rank": hit.rank,
    }


def _marked(quote: str) -> str:
    words = shown(" ".join(quote.split()))
    return f"\033[1m{words}\033[0m" if sys.stdout.isatty() else words


def _filters(arguments: argparse.Namespace) -> Filters:
    from store import Filters

    first, last = (_day(arguments, name) for name in ("published_from", "published_to"))
    undated = first is None and last is None
    try:
        return Filters(first, last, undated=undated, sources=tuple(arguments.source))
    except ValueError as error:
        raise UsageError(str(error)) from error


def _day(arguments: argparse.Namespace, name: str) -> dt.date | None:
    written = getattr(arguments, name)
    if written is None:
        return None
    try:
        return dt.date.fromisoformat(written)
    except ValueError as error:
        flag = "--" + name.removeprefix("published_")
        raise UsageError(f"{flag} is a day such as 2021-03-01, not {written!r}") from error


def _sources(arguments: argparse.Namespace, settings: Settings) -> int:
    from app.ask import open_archive

    archive = open_archive(settings.store, settings)
    failed = [state for state in archive.files() if state.reason is not None]
    articles = () if arguments.failed else archive.articles()
    counts = archive.passage_counts()
    if arguments.json:
        rows: list[Mapping[str, object]] = [
            {
                **_as_dict(a, counts.get(a.article_id, 0)),
                "copies": list(archive.copies(a.article_id)),
                "versions": [v.source for v in archive.versions(a.article_id)],
            }
            for a in articles
        ]
        if arguments.failed:
            rows = [{"source": f.source, "path": f.path, "reason": f.reason, "fingerprint": f.digest} for f in failed]
        print(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return 0
    for article in articles:
        _print_article(article, counts.get(article.article_id, 0))
        related = describe_related(archive.copies(article.article_id), archive.versions(article.article_id), article)
        for name, words in related:
            print(f"  {name.lower():9} {shown(words)}")
    for state in failed:
        print(f"{shown(state.source)}\n  set aside {shown(state.reason or '')}")
        if arguments.failed:
            print(f"  {'as it was' if state.digest else 'not read'}  {state.digest[:16] or 'tried again next time'}")
    if arguments.failed and not failed:
        print("nothing was set aside")
    return 0


def _as_dict(article: Article, passages: int) -> Mapping[str, object]:
    bases = {"headline": article.headline_basis, "outlet": article.outlet_basis, "authors": article.authors_basis}
    known = {name: {"words": b.words, "confidence": b.confidence} for name, b in bases.items() if b is not None}
    return {
        "sources": list(article.sources),
        "headline": article.headline,
        "outlet": article.outlet,
        "authors": list(article.authors),
        "published": _iso(article.published.day),
        "published_basis": article.published.basis,
        "published_confidence": article.published.confidence,
        "bases": known,
        "label": article.label,
        "language": article.language,
        "notes": list(article.notes),
        "passages": passages,
        "article_id": article.article_id,
    }


def _print_article(article: Article, passages: int) -> None:
    print(shown(", ".join(article.sources)))
    print(f"  headline  {shown(article.headline or '(none found)')}")
    print(f"  outlet    {shown(article.outlet or '(unknown)')}")
    if article.authors:
        print(f"  by        {shown(', '.join(article.authors))}")
    print(f"  published {article.published.day or 'day unknown'}: {shown(article.published.basis)}")
    if article.label:
        print(f"  label     {shown(article.label)}")
    print(f"  passages  {passages}")
    for note in article.notes:
        print(f"  note      {shown(note)}")


def _status(arguments: argparse.Namespace, settings: Settings) -> int:
    from ingest.encode import load_encoder
    from store import current_build
    from store.status import store_status

    status = store_status(settings.store, current_build(load_encoder(settings.encoder).spec), settings.servers)
    if arguments.json:
        told = dataclasses.asdict(status)
        print(json.dumps(told, ensure_ascii=False, indent=2, default=lambda v: v.isoformat() if _is_day(v) else str(v)))
    else:
        _print_status(status)
    return 0


def _is_day(value: object) -> bool:
    return isinstance(value, dt.date)


def _print_status(status: StoreStatus) -> None:
    total = sum(status.part_bytes.values())
    each = f", {total // status.n_passages:,} bytes a passage" if status.n_passages else ""
    parts = ", ".join(f"{name} {_megabytes(size)}" for name, size in status.part_bytes.items())
    days = f"{status.first_day} to {status.last_day}" if status.first_day else "no day is known"
    built = ", ".join(f"{name} {value[:16]}" for name, value in sorted(status.built_with.items()))
    named = ", ".join(f"{code or 'unknown'} {n}" for code, n in status.languages.items())
    print(f"index      {status.path}")
    print(f"holds      {count(status.n_articles, 'article')} at {count(status.n_sources, 'source')}, "
          f"{count(status.n_passages, 'passage')}")  # fmt: skip
    print(f"published  {days}; {status.n_undated:,} undated")
    print(f"languages  {named or 'none'}")
    print(f"set aside  {count(status.n_failed, 'file')}" + (" (dateline sources --failed)" if status.n_failed else ""))
    print(f"by hand    {status.n_corrected} corrected, {status.n_removed} removed")
    print(f"size       {_megabytes(total)}{each} ({parts})")
    if status.servers:
        print("servers    " + ", ".join(f"{name} {address}" for name, address in status.servers.items()))
    print(f"changed    {status.changed:%Y-%m-%d %H:%M}, generation {status.generation}")
    print(f"built with {built}")
    print(f"writing    {status.writer or 'nobody'}")
    if status.mismatch:
        print(f"outdated   {status.mismatch}")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


# --- changing -------------------------------------------------------------------------------------------------------


def _edit(arguments: argparse.Namespace, settings: Settings) -> int:
    from store.corrections import Correction

    given = (arguments.headline, arguments.outlet, arguments.author, arguments.published)
    if arguments.undo == any(value is not None for value in given):
        raise UsageError("say what is right (--headline, --outlet, --author, --published), or --undo, and not both")
    for flag, value in (("--headline", arguments.headline), ("--outlet", arguments.outlet)):
        if value is not None and not value.strip():
            raise UsageError(f"{flag} is a text that is not empty")
    correction = None
    if not arguments.undo:
        authors = None if arguments.author is None else tuple(name for name in arguments.author if name.strip())
        published = _day(arguments, "published")
        correction = Correction(arguments.headline, arguments.outlet, authors, published)
    with _writing(settings) as sink:
        article = sink.correct(arguments.source, correction)
        passages = len(sink.passage_ids(article.article_id))
    _print_article(article, passages)
    return 0


def _remove(arguments: argparse.Namespace, settings: Settings) -> int:
    with _writing(settings) as sink:
        alike = sink.alike(arguments.source)
        removed = sink.remove(arguments.source, dt.datetime.now().date(), retracted=arguments.retract)
    what = "retracted" if arguments.retract else "removed"
    for article in removed:
        print(f"{what} {shown(', '.join(article.sources))}")
    gone = {source for article in removed for source in article.sources}
    for source in alike:
        if source not in gone:
            print(f"nearly the same text stays at {shown(source)}")
    print(f"{count(len(removed), 'article')} {what}; they stay out as long as their content is the same, wherever it "
          "lies. `dateline compact` takes their last bytes off the disk")  # fmt: skip
    return 0


def _compact(arguments: argparse.Namespace, settings: Settings) -> int:
    before = _size(settings.store)
    with _writing(settings) as sink:
        sink.compact()
    print(f"{_megabytes(before)} before, {_megabytes(_size(settings.store))} now: {settings.store}")
    return 0


def _size(path: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in path.rglob("*") if file.is_file())


def _writing(settings: Settings) -> StoreSink:
    from ingest.encode import load_encoder
    from store import open_sink
    from store.catalog import Catalog

    Catalog.open(settings.store, settings.servers).close()  # where there is none, none is made
    if settings.vectors:
        spare_the_proxy("localhost")
    return open_sink(settings.store, encoder_spec=load_encoder(settings.encoder).spec, servers=settings.servers)


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
