"""Questions made of unlabelled news: what the reader learns before anybody tells it an answer.

Two kinds. *Recurring spans* (after Ram et al. 2021): a sentence of one article tells something that a passage of
another article, or another part of the same one, tells too; words that both hold are taken out of the sentence, and
the passage is where to find them again. What is left becomes a cloze question in one of several forms (after Lewis et
al. 2019 and Fabbri et al. 2020), so that neither word order nor copied words give the answer away. *Drafted
questions*: grammatical ones, made from a sentence by the rules that draft evaluation questions, asked of the passage
that holds the sentence or of another article's that tells the same.

Each comes, about as often as not, with a passage that shares the question's words and does not hold its answer.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from app.mentions import FUNCTION_WORDS, find_mentions
from app.reader.examples import Example, NewsArticle, cut_passages, occurrences, swap_mention

__all__ = ["Archive", "Draft", "pretraining_examples"]

Draft = Callable[[Sequence[str], str], Callable[[str], Sequence[tuple[str, tuple[str, ...]]]]]
"""Of an article's sentences and headline: what drafts (question, answers) of one of them, the likeliest good first."""

_TOKEN = re.compile(r"\w+(?:[’'.,-]\w+)*")
_RARE = 400  # passages; a word of more tells too little to find a passage by
_CANDIDATES = 12
_COVERED = 0.30  # share of what the question asks, weighed by rarity, that the passage must tell
_TELLING = 4.5  # weight of a common noun that is worth asking for: in fewer than one passage in ninety
_BATCH = 512
_NEGATIVE_SHARE = 0.45
_SPEECH = re.compile(r"^\W*(?:said|says|told|added|who|wrote|tweeted|announced|argued|was born|plays|scored)\b")
_PLACE = re.compile(r"\b(?:in|at|from|near|across|outside|toward|towards|to)\s*(?:the\s*)?$", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:—–]|,\s+(?=(?:and|but|which|who|while|as|after|when|according)\b)|[“”\"]")


@dataclass(frozen=True, slots=True)
class _Passage:
    article: int
    text: str
    sentences: tuple[str, ...]


class Archive:
    """The passages of news articles, found by their rare words."""

    def __init__(self, articles: Sequence[NewsArticle]) -> None:
        self.articles = articles
        self.passages: list[_Passage] = []
        for number, article in enumerate(articles):
            self.passages.extend(_Passage(number, text, inner) for text, inner in cut_passages(article.text))
        self.vocabulary: dict[str, int] = {}
        frequency: Counter[int] = Counter()
        rows: list[list[int]] = []
        for passage in self.passages:
            row = sorted({self.vocabulary.setdefault(w, len(self.vocabulary)) for w in words_of(passage.text)})
            frequency.update(row)
            rows.append(row)
        size = len(self.passages)
        self.idf = np.zeros(len(self.vocabulary), dtype=np.float32)
        kept = np.zeros(len(self.vocabulary), dtype=bool)
        for word, n in frequency.items():
            self.idf[word] = math.log(1 + size / n)
            kept[word] = 1 < n <= _RARE
        self._kept = kept
        narrowed = [[w for w in row if kept[w]] for row in rows]
        ends = np.cumsum([0, *map(len, narrowed)])
        columns = np.array([w for row in narrowed for w in row], dtype=np.int32)
        matrix = csr_matrix((np.ones(len(columns), np.float32), columns, ends), (size, len(self.vocabulary)))
        self._by_word = matrix.T.tocsr()

    def weight(self, words: Sequence[str]) -> float:
        """How much `words` tell: the sum of their inverse document frequencies."""
        return float(sum(self.idf[self.vocabulary[w]] for w in set(words) if w in self.vocabulary))

    def alike(self, texts: Sequence[str]) -> list[list[int]]:
        """For each text the numbers of the passages that share most of its rare words, best first."""
        known = ((self.vocabulary.get(w) for w in sorted(set(words_of(t)))) for t in texts)
        ids = [[w for w in row if w is not None and self._kept[w]] for row in known]
        columns = np.array([w for row in ids for w in row], dtype=np.int32)
        ends = np.cumsum([0, *map(len, ids)])
        queries = csr_matrix((self.idf[columns], columns, ends), (len(texts), len(self.vocabulary)))
        scores = (queries @ self._by_word).tocsr()
        found = []
        for i in range(len(texts)):
            row = slice(scores.indptr[i], scores.indptr[i + 1])
            data, at = scores.data[row], scores.indices[row]
            best = np.argsort(-data, kind="stable")[:_CANDIDATES]
            found.append([int(at[b]) for b in best])
        return found


def words_of(text: str) -> list[str]:
    """The words of `text` that carry content, in lower case."""
    return [w for w in (m.group().lower() for m in _TOKEN.finditer(text)) if w not in FUNCTION_WORDS]


def pretraining_examples(archive: Archive, draft: Draft, *, n: int, seed: int) -> Iterator[Example]:
    """About `n` examples, half of recurring spans and half of drafted questions, mixed."""
    rng = random.Random(seed)
    order = list(range(len(archive.articles)))
    rng.shuffle(order)
    of_article: dict[int, list[int]] = {}
    for number, passage in enumerate(archive.passages):
        of_article.setdefault(passage.article, []).append(number)
    pool = [m for i in order[:2000] for m in find_mentions(archive.articles[i].title)]
    made, group = 0, 0
    tasks: list[tuple[int, str, str, tuple[str, ...]]] = []  # passage, sentence, question ("": to be made), answers
    rounds = 0
    while made < n and rounds < 40:
        for number in order:
            tasks.extend(_tasks(archive, draft, of_article.get(number, []), rng))
            while len(tasks) >= min(_BATCH, len(order)):
                batch, tasks = tasks[:_BATCH], tasks[_BATCH:]
                for examples in _answered(archive, batch, pool, rng):
                    group += 1
                    for example in examples:
                        made += 1
                        yield replace(example, group=2 * group + (example.group > 0))
                if made >= n:
                    return
        rounds += 1


def _tasks(
    archive: Archive, draft: Draft, numbers: Sequence[int], rng: random.Random
) -> Iterator[tuple[int, str, str, tuple[str, ...]]]:
    """Of one article, in one round: two sentences to blank and up to three drafted questions."""
    if not numbers:
        return
    sentences = [(n, s) for n in numbers for s in archive.passages[n].sentences if 8 <= len(s.split()) <= 45]
    if not sentences:
        return
    for n, sentence in rng.sample(sentences, min(2, len(sentences))):
        yield n, sentence, "", ()
    drawn = rng.sample(sentences, min(5, len(sentences)))
    drafts = draft([s for _, s in sentences], archive.articles[archive.passages[numbers[0]].article].title)
    left = 3
    for n, sentence in drawn:
        proposals = drafts(sentence)
        if proposals and left:
            left -= 1
            question, answers = proposals[0] if rng.random() < 0.6 else rng.choice(proposals)
            yield n, sentence, question, answers


def _answered(
    archive: Archive, batch: Sequence[tuple[int, str, str, tuple[str, ...]]], pool: Sequence[object], rng: random.Random
) -> Iterator[list[Example]]:
    alike = archive.alike([f"{sentence} {question}" for _, sentence, question, _ in batch])
    for (number, sentence, question, answers), near in zip(batch, alike, strict=True):
        if question:
            found = _of_draft(archive, number, question, answers, near, rng)
        else:
            found = _of_recurrence(archive, number, sentence, near, rng)
        if found is None:
            continue
        asked, told, held, right = found
        home = archive.passages[number].article
        group = [_example(archive, asked, told, held, rng, always=told == number)]
        if rng.random() < _NEGATIVE_SHARE:
            wrong = [i for i in near if i not in (told, number) and not occurrences(archive.passages[i].text, right)]
            # A passage of the same article that does not answer is the hardest to tell apart.
            wrong.sort(key=lambda i: archive.passages[i].article not in (home, archive.passages[told].article))
            if wrong:
                group.append(_example(archive, asked, rng.choice(wrong[:3]), (), rng))
        elif rng.random() < 0.2 and (swapped := swap_mention(asked, pool, rng)):  # type: ignore[arg-type]
            group.append(replace(_example(archive, swapped, told, (), rng), group=1))
        yield group


def _example(
    archive: Archive,
    question: str,
    number: int,
    answers: tuple[tuple[int, int], ...],
    rng: random.Random,
    *,
    always: bool = False,
) -> Example:
    passage = archive.passages[number]
    headline = archive.articles[passage.article].title if always or rng.random() < 0.8 else ""
    return Example(0, question, headline, passage.text, answers)


def _of_draft(
    archive: Archive,
    number: int,
    question: str,
    answers: tuple[str, ...],
    near: Sequence[int],
    rng: random.Random,
) -> tuple[str, int, tuple[tuple[int, int], ...], tuple[str, ...]] | None:
    """Ask it of another passage that tells enough of it, or else of its own."""
    wanted = words_of(question)
    whole = archive.weight(wanted) or 1.0
    for other in near:
        if other == number:
            continue
        text = archive.passages[other].text
        spans = occurrences(text, answers)
        if not spans:
            continue
        there = set(words_of(text))
        if archive.weight([w for w in wanted if w in there]) >= 0.5 * whole and not _copied(question, text):
            return question, other, spans, answers
    # A sentence with a blank in it, asked of the passage it stands in, teaches to look for copied words.
    spans = occurrences(archive.passages[number].text, answers)
    if not spans or "____" in question or rng.random() < 0.2:
        return None
    return question, number, spans, answers


def _of_recurrence(
    archive: Archive, number: int, sentence: str, near: Sequence[int], rng: random.Random
) -> tuple[str, int, tuple[tuple[int, int], ...], tuple[str, ...]] | None:
    """The best other passage that tells some of `sentence` in other words, and a span that both hold."""
    whole = set(words_of(sentence))
    for other in near:
        passage = archive.passages[other]
        if other == number or (_copied(sentence, passage.text) and rng.random() < 0.9):
            continue
        there = set(words_of(passage.text))
        shared = _shared_spans(sentence, passage.text)
        rng.shuffle(shared)
        mentions = {m.text.lower() for m in find_mentions(sentence)}
        # Names, numbers and dates are what is asked for most, and not always.
        shared.sort(key=lambda s: -rng.random() * (3.0 if sentence[s[0] : s[1]].lower() in mentions else 1.0))
        for start, end in shared:
            taken = set(words_of(sentence[start:end]))
            left = whole - taken
            answer = sentence[start:end]
            if not taken or (answer.islower() and archive.weight(list(taken)) < _TELLING):
                continue
            if archive.weight(list(left & there)) < max(7.0, _COVERED * archive.weight(list(left))):
                continue
            spans = occurrences(passage.text, [answer])
            question = _cloze(sentence, start, end, rng)
            if spans and len(spans) <= 4 and question and not occurrences(question, [answer]):
                return question, other, spans, (answer,)
    return None


def _shared_spans(sentence: str, passage: str) -> list[tuple[int, int]]:
    """The longest runs of up to six words that both hold, from one content word to another."""
    tokens = [(m.start(), m.end(), m.group().lower()) for m in _TOKEN.finditer(sentence)]
    told = [m.group().lower() for m in _TOKEN.finditer(passage)]
    runs = {tuple(told[i : i + k]) for i in range(len(told)) for k in range(1, 7) if i + k <= len(told)}
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(tokens):
        if tokens[at][2] in FUNCTION_WORDS:
            at += 1
            continue
        length = 0
        for k in range(1, min(6, len(tokens) - at) + 1):
            run = tuple(t[2] for t in tokens[at : at + k])
            if run not in runs:
                break
            if run[-1] not in FUNCTION_WORDS:
                length = k
        if length and length < 6:
            found.append((tokens[at][0], tokens[at + length - 1][1]))
        at += max(1, length)
    return found


def _copied(text: str, passage: str) -> bool:
    """Whether more than four in ten of the runs of four words of `text` stand in `passage`."""
    a, b = ([m.group().lower() for m in _TOKEN.finditer(t)] for t in (text, passage))
    runs = [tuple(a[i : i + 4]) for i in range(len(a) - 3)]
    there = {tuple(b[i : i + 4]) for i in range(len(b) - 3)}
    return bool(runs) and sum(r in there for r in runs) > 0.4 * len(runs)


def _cloze(sentence: str, start: int, end: int, rng: random.Random) -> str:
    """A question for `sentence[start:end]`: its clause or all of the sentence, in one of four forms."""
    before, answer, after = sentence[:start], sentence[start:end], sentence[end:]
    wh = _wh(before, answer, after, rng)
    if rng.random() < 0.6:
        cuts = [m.end() for m in _CLAUSE.finditer(before)]
        first = cuts[-1] if cuts else 0
        close = _CLAUSE.search(after)
        last = close.start() if close else len(after)
        if len(words_of(before[first:] + after[:last])) >= 4:
            before, after = before[first:], after[:last]
    before, after = before.strip(' ,;:"“”'), after.strip(' .,;:"“”')
    form = rng.random()
    if form < 0.35:
        text = f"{wh} {after}, {before}" if before and after else f"{wh} {after}{before}"
    elif form < 0.65:
        text = f"{before} {wh} {after}"
    elif form < 0.8:
        words = [w for w in re.findall(r"\S+", f"{before} {after}") if rng.random() > 0.2]
        text = f"{wh} {' '.join(words)}"
    else:
        bare = [w for w in re.findall(r"[\w’'.-]+", f"{before} {after}") if w.lower() not in FUNCTION_WORDS]
        text = f"{wh} {' '.join(w for w in bare if rng.random() > 0.25)}"
    words = text.split()
    if not 4 <= len(words) <= 48:
        return ""
    question = " ".join(words).strip(" ,.;:") + "?"
    return question[0].upper() + question[1:]


def _wh(before: str, answer: str, after: str, rng: random.Random) -> str:
    """The question word that asks for `answer`, by its form and what stands around it."""
    mentions = [m for m in find_mentions(answer) if m.end - m.start > 0.5 * len(answer)]
    kind = mentions[0].kind if mentions else None
    if kind == "date":
        return rng.choice(("when", "when", "what date", "what year" if answer.isdigit() else "when"))
    if kind == "number":
        money = re.search(r"[$€£%]|percent", answer + after[:10])
        return rng.choice(("how much", "how many") if money else ("how many", "how many", "what number"))
    if kind == "name":
        if _SPEECH.search(after):
            return "who"
        if _PLACE.search(before):
            return rng.choice(("where", "which place", "what country or city", "where"))
        return rng.choice(("who", "what", "which", "who or what", "which person" if " " in answer else "what"))
    return rng.choice(("what", "what", "which", "what kind of thing"))
