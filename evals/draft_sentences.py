"""Which sentences of an article stand alone, and which of its names are people and places: by form, without a model.

A sentence stands alone when a reader who sees nothing else knows whom and what it is about; whoever doubts, leaves out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.mentions import Mention, content_words, find_mentions
from ingest.article import Span, normalise_space
from ingest.split import sentences as split_sentences

__all__ = [
    "LEANING_NOUN",
    "PRONOUN",
    "TITLE",
    "Corpus",
    "DraftArticle",
    "Names",
    "Sentence",
    "is_self_contained",
    "read_names",
    "stems",
]

TITLE = re.compile(
    r"^(?:.*\b)?(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|Prof|Rev)\.|(?:President|Senator|Captain|Judge|Justice"
    r"|Governor|Mayor|Minister|Secretary|Professor|Chief|King|Queen|Prince|Princess|Pope|Chancellor|Detective|Officer"
    r"|Coach|Sheriff|Chairman|Chairwoman|Superintendent|Founder|Commissioner|Manager|Leader|Analyst|Executive"
    r"|Representative|General|Speaker|Lady|Lord|Sir|Dame|CEO|Director|Sergeant|Congressman|Congresswoman)\b)\s+"
    r"(?=[A-Z])"
)
_GROUP_WORDS = frozenset(
    """inc corp co company ltd llc department ministry university college court council police force army navy party
    group agency bank association union league club united fc committee congress senate house office center
    centre institute school times post news journal tv studios pictures entertainment records airlines air
    motors service bureau commission foundation museum hospital church team nations administration board
    authority act bill cup bowl awards award festival games game championship series day week street avenue
    river lake mount county city state island islands district north south east west america american states
    kingdom europe africa asia war treaty press society democrats republicans giants kings warriors tigers new
    san los las saint united st el fort port mount lake great big president minister secretary athletics command
    force task joint network investigators officials authorities
    boulevard road drive desk""".split()
)


@dataclass(frozen=True, slots=True)
class DraftArticle:
    """What questions are drafted from: `body` holds the spans of `source_text` that are the article."""

    source: str
    headline: str | None
    source_text: str
    body: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the article with that number: `quote` as it stands, `text` with white space normalised."""

    article: int
    quote: str
    text: str
    words: frozenset[str]


class Corpus:
    """The sentences of all articles, found by their words."""

    def __init__(self, articles: Sequence[DraftArticle]) -> None:
        self.articles = articles
        self.sentences = tuple(s for i, article in enumerate(articles) for s in _read(i, article))
        self.of_article: dict[int, list[Sentence]] = defaultdict(list)
        self._with_word: dict[str, list[int]] = defaultdict(list)
        for number, sentence in enumerate(self.sentences):
            self.of_article[sentence.article].append(sentence)
            for word in sentence.words:
                self._with_word[word].append(number)

    def sharing(self, words: frozenset[str]) -> Iterator[tuple[Sentence, int]]:
        """Each sentence that holds one of `words`, with how many of them it holds."""
        counts = Counter(number for word in sorted(words) for number in self._with_word.get(word, ()))
        for number, count in counts.items():
            yield self.sentences[number], count


class Names(NamedTuple):
    """What the articles show of names: who is a person, what is a place, and those that one article mentions.

    `proper` are names seen within a sentence: a capital at its start proves nothing. Those mentioned
    are only the ones that are surely what they seem. `full` maps a surname to the one full name of the article that
    ends with it.
    """

    people: frozenset[str]
    places: frozenset[str]
    mentioned_people: frozenset[str]
    mentioned_places: frozenset[str]
    proper: frozenset[str]
    full: Mapping[str, str]


_LEANING_START = re.compile(
    r"[“\"‘']?(?:he|she|it|they|we|you|i|his|her|their|its|our|my|your|this"
    r"|that|these|those|there(?! (?:was|were|are|is)\b)|here|but|and|or|so"
    r"|yet|however|then|also|meanwhile|instead|such|another|others?|both|either|neither|same|still|moreover"
    r"|furthermore|additionally|besides|thus|therefore|hence|nor|again|later|earlier|afterwards?|now|once|yes|no|some"
    r"|many|most|all|each|for example|in addition|as a result|one|two|what|why|how|if|only|even|like|because"
    r"|that[’']s|it[’']s|he[’']s|she[’']s|they[’']re|according to (?:him|her|them|the))\b",
    re.IGNORECASE,
)
LEANING_NOUN = re.compile(
    r"\b(?:this|these|those|that (?:day|time|year|night|moment|point)"
    r"|the (?:company|group|team|couple|pair|man|woman|suspect|agency|firm|report|study|bill|film|movie|show|decision"
    r"|incident|statement|attack|letter|two|three|latter|former|same|duo|singer|actor|event|game|plan|deal|move"
    r"|project|survey|poll|vehicle|victims?|victory|loss|committee|festival|center|league|department|organization"
    r"|post|country|state|city|town|office|court|hospital|law|order|tournament|series|season|store|camp|site|building"
    r"|school|accident|shooting|crash|storm|mansion|home|house|ruling|measure|agreement|afternoon|morning|evening"
    r"|wildfire|board|president)"
    r"(?![’']s \w+ of)(?! (?:of|in|that|who|for|from|at|on)\b))\b",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"\b(?:he|she|it|they|his|her|hers|him|their|them|its)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]urs?|[Uu]s|me|[Yy]ou|[Yy]ours?)\b(?!\.)")
_LONGEST = 400  # characters
_QUOTED = re.compile(r"[“\"][^“”\"]*[”\"]")
_FURNITURE = re.compile(
    r"https?:|www\.|@|[|<>{}\[\]•►]|\b(?:subscribe|newsletter|click|copyright|photo|image|caption|contributed to"
    r"|follow us|sign up|read more|cookies?|reporting by|editing by|getty|watch:|here[’']s|editor[’']s note)\b",
    re.IGNORECASE,
)


def is_self_contained(sentence: str) -> bool:
    """Whether a reader who sees only `sentence`, its white space normalised, knows whom and what it is about."""
    if (
        len(sentence) > _LONGEST
        or not 8 <= len(sentence.split()) <= 45
        or not re.search(r"[.][”\"]?$", sentence)
        or sentence.endswith(("...", "…"))
    ):
        return False
    if not re.match(r"[“\"]?[A-Z\d$€£]", sentence) or _LEANING_START.match(sentence) or _FURNITURE.search(sentence):
        return False
    plain = _QUOTED.sub("“”", sentence)
    if _FIRST_PERSON.search(plain) or "?" in plain or ": " in plain:
        return False
    first = next((m.start for m in find_mentions(plain) if m.kind == "name"), len(plain))
    return not LEANING_NOUN.search(plain[:first]) and not PRONOUN.search(plain[:first])


def read_names(articles: Sequence[Sequence[str]]) -> list[Names]:
    """The names in the sentences of each article; what one article shows of a name counts for all."""
    found = [[(m, s) for s in sentences for m in find_mentions(s) if m.kind == "name"] for sentences in articles]
    flat = [pair for pairs in found for pair in pairs]
    people = {m.text for m, sentence in flat if _is_introduced(m, sentence)}
    given = {first for p in people if (first := TITLE.sub("", p).split()[0]).istitle() and len(first) > 2}
    in_front: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    for mention, sentence in flat:
        in_front[mention.text] += 1
        placed[mention.text] += bool(
            re.search(r"\b(?:[Ii]n|[Nn]ear|[Aa]cross|[Oo]utside) $", sentence[: mention.start])
        )
    known = frozenset(people)
    common = {word for sentences in articles for s in sentences for word in s.split() if word.islower()}
    proper = frozenset(m.text for m, _ in flat if m.start and m.text.lower() not in common)
    people |= {
        m.text for m, _ in flat if len(m.text.split()) in (2, 3) and m.text.split()[0] in given and _is_bare(m.text)
    }
    places = {
        n for n, times in placed.items() if times >= 2 and times * 3 >= in_front[n] and n not in people and _is_place(n)
    }
    people -= places
    return [_own(pairs, frozenset(people), frozenset(places), known - places, proper) for pairs in found]


def _own(
    pairs: Sequence[tuple[Mention, str]],
    people: frozenset[str],
    places: frozenset[str],
    known: frozenset[str],
    proper: frozenset[str],
) -> Names:
    mentioned = {m.text for m, _ in pairs}
    full: dict[str, set[str]] = {}
    for name in mentioned & people:
        bare = TITLE.sub("", name)
        if len(bare.split()) > 1:
            full.setdefault(bare.split()[-1], set()).add(bare)
    shortest = {last: min(names, key=lambda name: (len(name), name)) for last, names in full.items()}
    surnames = {last: short for last, short in shortest.items() if all(name.endswith(short) for name in full[last])}
    whole = re.compile(r"[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,}){0,2}")
    swappable = {bare for n in mentioned & known if " " in (bare := TITLE.sub("", n)) and whole.fullmatch(bare)}
    elsewhere = {n for n in mentioned & places if whole.fullmatch(n) and not n.endswith("ers")}
    return Names(people | surnames.keys(), places, frozenset(swappable), frozenset(elsewhere), proper, surnames)


def _is_bare(name: str) -> bool:
    return not _GROUP_WORDS & set(re.findall(r"[a-z]+", name.lower()))


def _is_place(name: str) -> bool:
    return not re.search(r"\d", name) and not _NOT_PLACES & set(name.split())


_NOT_PLACES = frozenset(
    "Congress Series Game Week League Cup Court House Senate Act War English Spanish Parliament Twitter".split()
)


def _is_introduced(mention: Mention, sentence: str) -> bool:
    """Whether the words around a name are those that come with a person."""
    if (
        not 2 <= len(mention.text.split()) <= 5
        or not _is_bare(mention.text)
        or re.search(r"\d| (?:of|the|for|and) |[’']s ", mention.text)
    ):
        return False
    if any(len(w) > 1 and w.isupper() for w in TITLE.sub("", mention.text).split()):
        return False
    after = sentence[mention.end :]
    if re.match(r"(?:, \d{1,2},|,? who\b|,? (?:said|says|told|wrote)\b)", after):
        return True
    return bool(
        re.search(r"[”\"],? (?:said|says) (?:[a-z]+ )?$", sentence[: mention.start]) or TITLE.match(mention.text)
    )


def _read(number: int, article: DraftArticle) -> Iterator[Sentence]:
    for part in article.body:
        for span in split_sentences(article.source_text, part):
            quote = span.of(article.source_text)
            yield Sentence(number, quote, normalise_space(quote), stems(quote))


def stems(text: str) -> frozenset[str]:
    """The content words of `text` without case and plural, so that near copies share them."""
    words = (re.sub(r"[’']s$", "", word.casefold()) for word in content_words(text))
    return frozenset(re.sub(r"(?<=[^s\d]{2})s$", "", word) for word in words)
