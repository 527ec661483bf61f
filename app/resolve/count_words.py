"""Count how English words are used in news, and write `words.txt` for `app.resolve.words`.

    python -m app.resolve.count_words --articles ARTICLES.jsonl.gz ...

Each line of the data is an article with its `text`. The opening of every fifth article is read.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["count_words"]

_KEPT = 9_000  # words
_EVERY, _OPENING = 5, 6_000  # articles, characters
_LONGEST = 18
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|[.!?\n:;,\"“”]")
_BEFORE_NOUN = frozenset("the a an this his her their its our my your these those some any no".split())
_BEFORE_VERB = frozenset(
    """to can could will would should may might must did does do don't didn't not i you we they he she it who""".split()
)


def count_words(texts: Iterator[str]) -> list[str]:
    """The lines of `words.txt`: a word, and tenths of its uses as a noun, as a verb and capitalised."""
    uses, nouns, verbs, inside, capitals = (
        Counter[str](),
        Counter[str](),
        Counter[str](),
        Counter[str](),
        Counter[str](),
    )
    seen: set[str] = set()
    for text in texts:
        if text[:200] in seen:  # wire copies
            continue
        seen.add(text[:200])
        before = "."
        for found in _WORD.findall(text[:_OPENING]):
            if not found[0].isalpha():
                before = "," if found in ",;" else "."
                continue
            word = found.lower().replace("’", "'").removesuffix("'s")
            if len(word) > 1:
                uses[word] += 1
                nouns[word] += before in _BEFORE_NOUN
                verbs[word] += before in _BEFORE_VERB
                if before != ".":
                    inside[word] += 1
                    capitals[word] += found[0].isupper()
            before = word
    lines = []
    for word, n in sorted(uses.items(), key=lambda item: (-item[1], item[0]))[:_KEPT]:
        if word.isascii() and len(word) < _LONGEST:
            shares = (nouns[word] / n, verbs[word] / n, capitals[word] / max(1, inside[word]))
            lines.append(f"{word.replace(chr(39), '')} " + "".join(str(min(9, int(s * 10 + 0.5))) for s in shares))
    return lines


def _texts(files: Sequence[Path]) -> Iterator[str]:
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if number % _EVERY == 0:
                    yield json.loads(line)["text"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and write; 1 when the data is missing."""
    parser = argparse.ArgumentParser(prog="python -m app.resolve.count_words", description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=Path, nargs="+", required=True, help="articles, one JSON object a line")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("words.txt"))
    options = parser.parse_args(arguments)
    if missing := [file for file in options.articles if not file.is_file()]:
        sys.stderr.write(f"cannot count: there are no articles at {missing[0]}: name files with --articles\n")
        return 1
    options.out.write_text("\n".join(count_words(_texts(options.articles))) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
