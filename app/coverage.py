"""What was searched, in words: how many articles, and from when as far as that is known."""

from __future__ import annotations

from store import Coverage

__all__ = ["describe_coverage", "things"]


def describe_coverage(coverage: Coverage) -> str:
    """What was searched: "5 articles: 1 dated 2020-01-28, 4 undated"."""
    days = dict.fromkeys(d.isoformat() for d in (coverage.first_day, coverage.last_day) if d is not None)
    dated = f"{coverage.n_dated:,} dated {' to '.join(days)}" if coverage.n_dated else ""
    undated = coverage.n_articles - coverage.n_dated
    parts = [p for p in (dated, f"{undated:,} undated" if undated else "") if p]
    return things(coverage.n_articles, "article") + (f": {', '.join(parts)}" if parts else "")


def things(number: int, noun: str) -> str:
    """`number` and the noun, in the plural where it takes one: "1 story", "2 stories"."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"
