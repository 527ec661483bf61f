"""What the entailment network is trained on: statements, the words that are to carry them, and whether they do.

Three sources. *News* without labels: a sentence shortened or put a little otherwise is carried; one with a name, a
number or a role exchanged, denied, hollow, or run together out of two is not. *Annotated questions*: with their answer
they make a statement, with another of its passage a false one. *Written statements* (`written.jsonl.gz`): in other
words than the news they are about, true ones and ones with one thing wrong, and with them what a small model really
said of its quotes, judged. That file holds places in the articles of the training data and no text of theirs.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.llm.packing import read_packed, unpack
from app.llm.support import is_statement
from app.mentions import Mention, find_mentions
from app.reader.examples import NewsArticle, Paragraph
from ingest.article import Span, normalise_space
from ingest.errors import UsageError
from ingest.split import sentences

__all__ = ["WRITTEN_PATH", "Example", "examples_of_news", "examples_of_questions", "load_written"]

WRITTEN_PATH = Path(__file__).with_name("written.jsonl.gz")
_WEIGHTS = {"news": 0.6, "question": 0.7, "written": 1.5, "recorded": 2.0}
_SHORTEST, _LONGEST = 12, 400  # characters of a statement
_MOST_SOURCE = 900
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|has|have|had|will|would|can|could|did|does|do)\b(?! not|n['’]t)")
_HEDGED = re.compile(r"n['’]t\b|\bnot\b|\bif\b|[“”\"]|\bsaid\b|\bcould\b|\bmay\b|\bmight\b|\?")
_OPENING = re.compile(r"^(?:On|In|After|During|By|At)\b[^,]{3,40}, (.{30,})$")
_ADDED = re.compile(r"(?:which|who|where|when|while|as|after|including|according|\w+ing)\b|[A-Z]")
_BETWEEN = re.compile(r", [^,]{3,60},(?= (?:is|was|were|are|has|have|had|will|said|told|[a-z]+ed)\b)")
_LAST_PHRASE = re.compile(r",? (?:in|on|at|after|during|near|before|since|for|while) [^,.]{4,50}\.$")
_QUOTED = re.compile(r"^[“\"](?P<what>[^“”\"]{15,}),[”\"] (?:said|says) (?P<who>[A-Z][\w.]+(?: [A-Z][\w.]+){0,2})\b")
_SAID_LAST = re.compile(
    r"^(?P<what>(?:The|A|An|It|They|He|She) [^“”\"]{15,}), "
    r"(?P<who>[A-Z][\w.]+(?: [A-Z][\w.]+){0,2}) said\b[^,]{0,30}\.$"
)
_SAME_WORDS = {
    "told reporters": "said", "U.S.": "United States", "per cent": "percent", "two": "2", "three": "3", "four": "4",
    "started": "began", "began": "started", "took place": "happened", "several": "a number of",
    "more than": "over", "purchased": "bought",
    "including": "among them", "However, ": "", "Meanwhile, ": "", "also ": "", "but": "yet", "because": "as",
    "big": "large", "United States": "US", "has been": "was", "have been": "were",
}  # fmt: skip
_SAME = re.compile("|".join(rf"(?<!\w){re.escape(w)}(?!\w)" if w[-1].isalnum() else re.escape(w) for w in _SAME_WORDS))
_FRAMES = (
    "The answer is {}.", "The answer is: {}.", "The title was {}.", "The name of the person is {}.", "It was {}.",
    "The question is about {}.", "The quote says {}.", "{} is the answer to the question.", "{} was the reason.",
    "{} is the name of the man.", "The first one was {}.", "The place is called {}.", "{} said so.",
)  # fmt: skip
_ASKS_FOR_SUBJECT = re.compile(
    r"^(?:Who|What|Which(?: [\w’'-]+){1,4}?|What (?:[\w’'-]+ ){1,3}?)\s+(?=(?:is|was|were|are|has|have|had|will"
    r"|[a-z]+ed|won|made|took|became|said|led|held|got|gave|began|went|came|wrote|found|lost|saw|left|built|plays|says|wants)\b)"
)
_INVERTED = re.compile(
    r"(?:is|was|were|are|has|have|had|will) (?:the|a|an|he|she|it|they|his|her|their|this|that|there|[A-Z])\b"
)
_EQUATED = re.compile(r"(?:is|was) (?:the|a|an|his|her|their) ")


@dataclass(frozen=True, slots=True)
class Example:
    """Whether `source` carries `statement`; `kind` is where it comes from, `group` what it is about."""

    statement: str
    source: str
    carried: bool
    kind: Literal["news", "question", "written", "recorded"]
    group: str

    @property
    def weight(self) -> float:
        """How much it counts: what was judged by reading, and what was really said, more than what was made."""
        return _WEIGHTS[self.kind]


def load_written(articles: Sequence[NewsArticle], path: Path = WRITTEN_PATH) -> tuple[Example, ...]:
    """The statements of the file that are about `articles`.

    Raises:
        UsageError: the file cannot be read or is not of its form.
    """
    texts = {article.url: normalise_space(article.text) for article in articles}
    found = []
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        for line in gzip.decompress(data).splitlines():
            row = json.loads(line)
            if (text := texts.get(row["url"])) is None:
                continue
            source = text[row["at"][0] : row["at"][1]]
            if zlib.crc32(source.encode()) != row["crc"]:
                continue  # the article is another than it was
            for told in row["statements"]:
                kind: Literal["written", "recorded"] = "recorded" if told["recorded"] else "written"
                found.append(
                    Example(
                        unpack(read_packed(told["said"]), (source,)), source, bool(told["carried"]), kind, row["url"]
                    )
                )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} holds no written statements ({type(error).__name__}: {error})") from error
    return tuple(found)


def examples_of_news(articles: Sequence[NewsArticle], *, n: int, seed: int) -> Iterator[Example]:
    """At most `n` examples, two sentences of each article, with their neighbours to be carried by."""
    rng = random.Random(seed)
    drawn = rng.sample(list(articles), len(articles))
    pool = [m for article in drawn[:300] for m in find_mentions(article.text[:1500])]
    made = 0
    for article in drawn:
        told = [s for s in _sentences(article.text[:6000]) if 40 < len(s) < 320 and s[-1] in '.”"!']
        if len(told) < 8:
            continue
        for at in rng.sample(range(1, len(told) - 2), 2):
            source = " ".join(told[at - rng.randint(0, 1) : at + 1 + rng.randint(0, 1)])
            for statement, carried in _variants(told, at, source, pool, rng):
                if _is_usable(statement, source):
                    yield Example(statement, source, carried, "news", article.url)
                    made += 1
                    if made == n:
                        return


def _variants(
    told: Sequence[str], at: int, source: str, pool: Sequence[Mention], rng: random.Random
) -> Iterator[tuple[str, bool]]:
    """As many true ones as false ones, and both near the words of the source: neither copying nor changing tells."""
    sentence = told[at]
    right = [sentence, *_shortened(sentence), *_reworded(sentence)]
    right = [r for r in dict.fromkeys(right) if is_statement(r)]
    own = find_mentions(source)
    wrong = [w for w in (_swapped(sentence, own, pool, rng), _roles_swapped(sentence), _denied(sentence)) if w]
    words, rest = sentence.split(), rng.choice([s for k, s in enumerate(told) if k != at]).split()
    cut = rng.randint(5, max(6, len(words) - 3))
    wrong.append(" ".join([*words[:cut], *rest[len(rest) // 2 :]]))  # small models run two sentences together
    wrong.append(" ".join([*words[:cut], *words[cut - 5 :]]))  # or say one thing twice
    wrong += _hollow(sentence, rng)
    far = [s for k, s in enumerate(told) if abs(k - at) > 2]
    wrong += [rng.choice(far)] if far else []
    many = min(len(right), len(wrong), 2)
    for statement in rng.sample(right, many):
        yield statement, True
    for statement in rng.sample(wrong, many):
        yield statement, False


def examples_of_questions(paragraphs: Sequence[Paragraph], *, n: int, seed: int) -> Iterator[Example]:
    """At most `n` examples of the annotated questions of `paragraphs` that ask for their subject."""
    rng = random.Random(seed)
    made = 0
    for paragraph in rng.sample(list(paragraphs), len(paragraphs)):
        told = _sentences(paragraph.text)
        for question, answers in paragraph.questions:
            if made >= n:
                return
            answer = answers[0][1].strip().rstrip(".") if answers else ""
            statement = _declared(question, answer)
            at = next((k for k, s in enumerate(told) if answer in s), None)
            if not answer or len(answer.split()) > 10 or statement is None or at is None:
                continue
            source = " ".join(told[max(0, at - 1) : at + 2])
            found = [(statement, source, True)]
            others = [m.text for m in find_mentions(source) if _is_another(m.text, answer, question)]
            if others and (wrong := _declared(question, rng.choice(others))):
                found.append((wrong, source, False))
            far = [k for k in range(len(told)) if abs(k - at) > 2]
            if far and rng.random() < 0.4:
                k = rng.choice(far)
                found.append((statement, " ".join(told[max(0, k - 1) : k + 2]), False))
            for said, words, carried in found:
                if _is_usable(said, words):
                    yield Example(said, words, carried, "question", paragraph.article)
                    made += 1


def _is_another(mention: str, answer: str, question: str) -> bool:
    said, right = mention.lower(), answer.lower()
    return said not in right and right not in said and said not in question.lower()


def _sentences(text: str) -> list[str]:
    text = normalise_space(text)
    return [s.of(text).strip() for s in sentences(text, Span(0, len(text)))] if text else []


def _is_usable(statement: str, source: str) -> bool:
    return _SHORTEST < len(statement) < _LONGEST and 30 < len(source) < _MOST_SOURCE


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _denied(sentence: str) -> str | None:
    if found := _AUXILIARY.search(sentence):
        return f"{sentence[: found.end()]} not{sentence[found.end() :]}"
    return sentence.replace(" not ", " ", 1) if " not " in sentence else None


def _swapped(sentence: str, own: Sequence[Mention], pool: Sequence[Mention], rng: random.Random) -> str | None:
    mentions = find_mentions(sentence)
    for old in rng.sample(mentions, len(mentions)):
        drawn = [*rng.sample(list(own), len(own)), *rng.sample(list(pool), min(200, len(pool)))]
        fitting = [
            new.text for new in drawn
            if new.kind == old.kind and new.text.lower() not in sentence.lower() and old.text not in new.text
        ]  # fmt: skip
        if fitting:
            new = rng.choice(fitting[:6] if rng.random() < 0.6 else fitting)  # mostly one of the same text
            return sentence[: old.start] + new + sentence[old.end :]
    return None


def _roles_swapped(sentence: str) -> str | None:
    names = [m for m in find_mentions(sentence) if m.kind == "name"]
    if len(names) < 2 or names[0].text == names[-1].text:
        return None
    a, b = names[0], names[-1]
    return sentence[: a.start] + b.text + sentence[a.end : b.start] + a.text + sentence[b.end :]


def _shortened(sentence: str) -> Iterator[str]:
    """The sentence less what opens it, what is put in between, or what comes last; what is left is still so."""
    if opening := _OPENING.match(sentence):
        yield _capitalised(opening[1])
    if _HEDGED.search(sentence):
        return  # what is left out may be what takes the rest back
    first = sentence.rstrip(".").split(", ")
    if len(first) >= 2 and len(first[0].split()) >= 5 and find_mentions(first[0]) and _ADDED.match(first[1]):
        yield f"{first[0]}."
    if between := _BETWEEN.search(sentence):
        yield sentence[: between.start()] + sentence[between.end() :]
    if last := _LAST_PHRASE.search(sentence):
        yield f"{sentence[: last.start()]}."


def _reworded(sentence: str) -> Iterator[str]:
    """The sentence in slightly other words that say the same."""
    if quoted := _QUOTED.match(sentence):
        yield f'{quoted["who"]} said: "{quoted["what"]}."'
        yield f'"{quoted["what"]}," {quoted["who"]} said.'
    if attributed := _SAID_LAST.match(sentence):
        yield f"{attributed['who']} said that {attributed['what'][0].lower()}{attributed['what'][1:]}."
    changed = _SAME.sub(lambda m: _SAME_WORDS[m.group()], sentence)
    if changed != sentence:
        yield changed


def _hollow(sentence: str, rng: random.Random) -> Iterator[str]:
    """Sentences around a name that say nothing, or nothing that was said of it, as small models write them."""
    names = [m.text for m in find_mentions(sentence) if m.kind == "name"]
    if names:
        yield rng.choice(_FRAMES).format(rng.choice(names))
    if quoted := _QUOTED.match(sentence):
        yield f"{_capitalised(quoted['who'])} said."


def _declared(question: str, answer: str) -> str | None:
    """What is said by answering so; None where the question does not ask for its subject."""
    asked = _ASKS_FOR_SUBJECT.match(question)
    if not asked:
        return None
    rest = question[asked.end() :].rstrip("? ")
    if _INVERTED.match(rest) and not (_EQUATED.match(rest) and asked.group().split()[0] in ("Who", "What")):
        return None
    return _capitalised(f"{answer} {rest}.")
