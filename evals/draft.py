"""Gold questions are drafted from a user's own articles, for that user to check: `dateline eval init`.

Rules make the questions, no model does, and nobody has checked them: so what is written is called a draft. Guarantees:
the same articles and seed give the same bytes; every quote is an exact slice of its article; no question holds its
answer or has another one in a sentence nearly the same; no file is overwritten.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import shlex
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.mentions import find_mentions
from evals.draft_sentences import Corpus, DraftArticle, Names, Sentence, is_self_contained, read_names, stems
from evals.draft_templates import CLOZE, WEAK, Proposal, propose
from evals.gold import Kind
from evals.metrics import contains
from evals.run import open_corpus
from ingest.article import normalise_space
from ingest.errors import UsageError

__all__ = ["Draft", "DraftArticle", "draft", "main_init"]

_FEWEST_DRAWN = 100  # articles that questions are made of, at least; a large folder is drawn from
_LONGEST = 1000  # characters of a sentence that names are read from: what is longer is no prose
_MOST_EVIDENCE = 5
_NEARLY_SAME = 0.75  # share of a question's telling words in a sentence that then answers it too, or else
_STOCK = frozenset({"How old", "Who is"})  # every article has some: a few are enough
_FRAMING = frozenset("missing number date place percentage old name".split())
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A line of a gold file, not checked by anyone. `evidence` holds (source, verbatim sentence) pairs."""

    id: str
    kind: Kind
    question: str
    answers: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    sentence: Sentence
    proposal: Proposal


def draft(articles: Sequence[DraftArticle], *, n: int, seed: int) -> tuple[Draft, ...]:
    """At most `n` questions, about one in five of them without an answer; fewer where the articles hold no more.

    Neither the order of `articles` nor anything but their content and `seed` changes the outcome.
    """
    corpus = Corpus(sorted(articles, key=lambda article: article.source))
    rng = random.Random(seed)
    drawn = list(range(len(corpus.articles)))
    rng.shuffle(drawn)
    drawn = drawn[: max(4 * n, _FEWEST_DRAWN)]
    names = read_names([[s.text for s in corpus.of_article[i] if len(s.text) <= _LONGEST] for i in drawn])
    pools = [_candidates(corpus, i, own) for i, own in zip(drawn, names, strict=True)]
    for pool in pools:
        rng.shuffle(pool)
    chosen = _choose(corpus, pools, n - n // 5)
    spare = [c for pool in pools for c in pool if c not in set(chosen) and c.proposal.rank <= WEAK]
    misses = _near_misses(corpus, [*chosen, *spare], dict(zip(drawn, names, strict=True)), n // 5, rng)
    answered = [
        Draft("", c.proposal.kind, c.proposal.question, c.proposal.answers, _evidence(corpus, c)) for c in chosen
    ]
    missed = [Draft("", "unanswerable", question, (), ()) for question in misses]
    counts: Counter[str] = Counter()
    numbered: list[Draft] = []
    for one in [*answered, *missed]:
        counts[one.kind] += 1
        numbered.append(replace(one, id=f"{one.kind}-{counts[one.kind]:03}"))
    return tuple(numbered)


def _seen(text: str) -> str:
    """`text` on one line, without characters that nobody sees and that turn or hide others."""
    shown = "".join(" " if c.isspace() else c for c in text)
    return normalise_space("".join(c for c in shown if unicodedata.category(c) not in _UNSEEN))


def _candidates(corpus: Corpus, article: int, names: Names) -> list[_Candidate]:
    found: list[_Candidate] = []
    headline = _seen(corpus.articles[article].headline or "")
    for sentence in corpus.of_article[article]:
        if _seen(sentence.text) != sentence.text or not is_self_contained(sentence.text):
            continue
        for proposal in propose(sentence.text, names, headline=headline):
            found.append(_Candidate(sentence, proposal))
    return found


# --- choosing -------------------------------------------------------------------------------------------------------


def _choose(corpus: Corpus, pools: Sequence[Sequence[_Candidate]], n: int) -> list[_Candidate]:
    """One candidate an article and round: templates first, the kind that is rarest so far, no sentence twice."""
    chosen: list[_Candidate] = []
    kinds: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    used: set[str] = set()
    left = [list(pool) for pool in pools]
    for rank, most in [(0, math.ceil(0.23 * n)), (WEAK, math.ceil(0.23 * n)), (CLOZE, math.ceil(0.35 * n)), (CLOZE, n)]:
        picked = True
        while picked:
            picked = False
            for pool in left:
                fitting = [c for c in pool if c.proposal.rank <= rank and kinds[c.proposal.kind] < most]
                rarest = sorted(fitting, key=lambda c: kinds[c.proposal.kind])
                for candidate in rarest if rank == CLOZE else sorted(rarest, key=lambda c: c.proposal.rank):
                    if len(chosen) == n:
                        return chosen
                    pool.remove(candidate)
                    answer = candidate.proposal.answers[0].casefold()
                    form = " ".join(candidate.proposal.question.split()[:2])
                    if candidate.sentence.text in used or candidate.proposal.question in used or answers[answer] >= 2:
                        continue
                    if (form in _STOCK and answers[form] >= n / 12) or _is_ambiguous(corpus, candidate):
                        continue
                    answers[form] += form in _STOCK
                    chosen.append(candidate)
                    used.update((candidate.sentence.text, candidate.proposal.question))
                    kinds[candidate.proposal.kind] += 1
                    answers[answer] += 1
                    picked = True
                    break
    return chosen


def _telling(proposal: Proposal) -> frozenset[str]:
    return stems(proposal.question) - _FRAMING - stems(" ".join(proposal.answers))


def _is_ambiguous(corpus: Corpus, candidate: _Candidate) -> bool:
    """Whether another sentence, nearly the same, holds another answer; or, of an age, names another one."""
    proposal, words = candidate.proposal, _telling(candidate.proposal)
    aged = proposal.question.startswith("How old is ")
    for sentence, count in corpus.sharing(words):
        if sentence.text == candidate.sentence.text or contains(sentence.text, proposal.answers):
            continue
        if count >= max(3, _NEARLY_SAME * len(words)):
            return True
        if aged and count == len(words) and re.search(r"\b\d{1,2}\b", sentence.text):
            return True
    return False


def _evidence(corpus: Corpus, candidate: _Candidate) -> tuple[tuple[str, str], ...]:
    """The sentence, and those of other articles with the same words: wire copies."""
    own = candidate.sentence
    copies = [s for s, count in corpus.sharing(own.words) if count == len(own.words) and s.words == own.words]
    found = {own.article: own.quote}
    for copy in sorted(copies, key=lambda s: s.article):
        if contains(copy.text, candidate.proposal.answers) and copy.text.casefold() == own.text.casefold():
            found.setdefault(copy.article, copy.quote)
    return tuple((corpus.articles[i].source, quote) for i, quote in list(found.items())[:_MOST_EVIDENCE])


# --- near misses ----------------------------------------------------------------------------------------------------


def _near_misses(
    corpus: Corpus, candidates: Sequence[_Candidate], names: dict[int, Names], n: int, rng: random.Random
) -> list[str]:
    """Questions of which one name, place or year was exchanged for another article's: no sentence answers them."""
    people = sorted({p for own in names.values() for p in own.mentioned_people if len(p.split()) > 1})
    places = sorted({p for own in names.values() for p in own.mentioned_places})
    misses: list[str] = []
    taken: Counter[int] = Counter()
    for candidate, most in [(c, most) for most in (1, 4) for c in candidates]:
        if len(misses) == n:
            break
        question, article = candidate.proposal.question, candidate.sentence.article
        if not candidate.proposal.swappable or taken[article] >= most:
            continue
        for mention in find_mentions(question):
            known = names[article]
            if question[mention.end : mention.end + 2] == ". ":  # cut short after a title
                continue
            pool = places if mention.text in known.places else people if mention.text in known.people else []
            swapped = next(
                (
                    f"{question[: mention.start]}{other}{question[mention.end :]}"
                    for other in rng.sample(pool, min(len(pool), 20))
                    if _is_unheard(corpus, candidate, mention.text, other)
                ),
                None,
            )
            if swapped is not None and swapped not in misses:
                misses.append(swapped)
                taken[article] += 1
                break
    return misses


def _is_unheard(corpus: Corpus, candidate: _Candidate, name: str, other: str) -> bool:
    """Whether the article never names `other`, and no sentence holds it with two telling words of the question."""
    theirs = stems(other)
    if not theirs or theirs & stems(f"{candidate.proposal.question} {' '.join(candidate.proposal.answers)}"):
        return False
    words = _telling(candidate.proposal) - stems(name) - theirs
    if len(words) < 2:
        return False
    told_by = stems(other.split()[-1])  # a surname may stand for the whole name
    return not any(
        sentence.article == candidate.sentence.article
        or (told_by <= sentence.words and len(sentence.words & words) > 1)
        for sentence, _ in corpus.sharing(theirs)
    )


# --- the command ----------------------------------------------------------------------------------------------------


def read_articles(folder: Path) -> tuple[DraftArticle, ...]:
    """The articles of `folder`, indexed below the working folder as the eval itself does; says what was set aside.

    Raises:
        UsageError: there is no such folder. DatelineError: it cannot be indexed.
    """
    from app.settings import load_settings
    from store import open_store

    corpus = open_corpus(folder)
    try:
        for source, reason in corpus.set_aside:
            sys.stderr.write(f"set aside {source}: {reason}\n")
        with open_store(corpus.index, encoder_name=load_settings().encoder) as store:
            return tuple(
                DraftArticle(a.source, a.headline, store.text_of(a.article_id), a.body) for a in store.articles()
            )
    finally:
        corpus.close()


def main_init(argv: Sequence[str], *, read: Callable[[Path], Sequence[DraftArticle]] = read_articles) -> int:
    """Run `dateline eval init` with the arguments after `init`; `read` stands in for the index in tests.

    Raises:
        UsageError: the file is there, the folder is not, or its articles make no question.
        SystemExit: wrong usage, from argparse.
    """
    parser = argparse.ArgumentParser(prog="dateline eval init", description="Draft gold questions from your articles.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of articles")
    parser.add_argument("--out", type=Path, default=Path("gold.jsonl"), metavar="FILE", help="default: gold.jsonl")
    parser.add_argument("--n", type=int, default=40, metavar="N", help="how many questions (default: 40)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="another seed draws other questions")
    options = parser.parse_args(argv)
    folder, out = options.folder, options.out
    if options.n < 1:
        raise UsageError(f"drafting questions takes --n of 1 or more, not {options.n}")
    if out.exists() or not out.parent.is_dir():
        raise _unwritable(out)
    if not folder.is_dir():
        raise UsageError(f"no folder of articles at {folder}; name the folder that holds them")
    drafts = draft(articles := read(folder), n=options.n, seed=options.seed)
    if not articles:
        raise UsageError(f"{folder} holds no articles; dateline ingest --help says which files are read")
    if not drafts:
        raise UsageError(f"none of the {len(articles)} articles in {folder} has a sentence that makes a question")
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{_line(one)}\n" for one in drafts)
    except FileExistsError as error:
        raise _unwritable(out) from error
    except OSError as error:
        raise UsageError(f"writing {out}: {error.strerror or error}; choose another --out") from error
    sys.stdout.write(_said(drafts, options.n, out, folder))
    return 0


def _unwritable(out: Path) -> UsageError:
    if out.exists():
        return UsageError(f"{out} is there already and may hold your edits; choose another --out, or delete it first")
    return UsageError(f"no folder {out.parent} to write {out.name} in; make it, or choose another --out")


def _line(one: Draft) -> str:
    row = {"id": one.id, "kind": one.kind, "question": one.question, "history": [], "answers": one.answers}
    line = json.dumps({**row, "evidence": one.evidence, "need": "any"}, ensure_ascii=False)
    return "".join(json.dumps(c)[1:-1] if unicodedata.category(c) in _UNSEEN else c for c in line)


def _said(drafts: Sequence[Draft], n: int, out: Path, folder: Path) -> str:
    kinds = Counter(one.kind for one in drafts)
    short = (
        f"drafted {len(drafts)} of the {n} asked for: "
        "the articles hold no more sentences that make a self-contained question\n"
    )
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    command = f"dateline eval --gold {shlex.quote(str(out))} --articles {shlex.quote(str(folder))}"
    return (
        f"{short if len(drafts) < n else ''}wrote {out}: {len(drafts)} questions ({counts})\n\n"
        "Each line was drafted by rule and checked by nobody. Open the file, then delete or mend the lines that are\n"
        "wrong. Then measure:\n\n"
        f"  {command}\n\n"
        "and pin the figures, so that a later run fails where they fall:\n\n"
        f"  {command} --baseline mine.json --update-baseline\n"
    )
