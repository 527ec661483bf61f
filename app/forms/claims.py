"""How a sentence stands to what a question says: it tells the same, takes it back, or leaves it open.

By words alone: stems and a table of opposites, and what is negated is the next telling word after the negation. Where
that does not decide, the stance is open; nothing is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.attribution_words import finite
from app.draft import Research
from app.forms.opposites import DENIALS, OPEN_WORDS, REPORTED_DENIALS, alike, is_alike, is_opposite, opposites, stem
from app.forms.sentence import Sentence, sentences_of
from app.mentions import FUNCTION_WORDS, find_mentions
from app.question import Question
from store import Hit

__all__ = ["FROM_NOBODY", "POINTS_BACK", "Claim", "Stance", "Told", "asked_nouns", "claim_of", "told_by"]

Stance = Literal["asserts", "denies", "open"]
_LONGEST = 1_200
_TOO_LITTLE = 0.4  # share of a claim below which a sentence neither makes nor denies it
_NEAR = 3  # sentences before one that may name what it speaks of
_SUBJECT = 25  # characters that hold the beginning of a subject
_PRONOUN = re.compile(r"[\"“'‘]?(?:he|she|it|they|this|these|those|that)\b", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:how (?:many|much)(?: of)?|which(?: of)?|what)\b((?: [^ ?]+){1,6})", re.IGNORECASE)
_ONE_DOES = re.compile(r"[ \n](?:has|is|was|says)\b")
POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|his|her|its|their|this|these|those|both|such|no one|nobody|none|neither)\b", re.IGNORECASE
)
_REACH = 4  # words between a denial and what it denies
_MAIN_CLAUSE = re.compile(r"; |, (?:and|but|while|whereas) ")
_VERBAL = re.compile(r"not|never|cannot|n't|no longer", re.IGNORECASE)
_LOWER = re.compile(r"\b(?:[a-z']+|If|Whether|Unless)\b")  # not May
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
_BREAK = re.compile(
    r"[,;:()—–](?!\d)|\b(?:but|because|although|though|while|after|before|when|since|which|who)\b", re.I
)
_WITHOUT = re.compile(r"\bwithout\b", re.IGNORECASE)
_SKIPPED = frozenset(
    "been being be have has had very yet so much really any a an the of to ever even it they he she that its their his"
    " her there single one more been of in on for by at with was were is are did does do also immediately fully".split()
)
_NO_CLAIM = frozenset(
    "anybody anyone somebody someone anything something"
    " true happen happened take took place know known much many kind sort type today yesterday now currently article"
    " say said says mention still already really actually ever get got member members".split()
)
FROM_NOBODY = re.compile(r"no one|nobody|none|none of|no|nothing|without|not one|not a single|neither", re.I)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a question takes for granted or asks for, as stems: `names` who and what, `words` the rest, in order.

    `weights` are by how rare each is, summing to 1. `asked` are the stems of the noun whose value is asked for.
    `text` is the question in lower case. `lead` are the stems of the name that it opens with: who is said to do it.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    weights: dict[str, float]
    asked: tuple[str, ...] = ()
    text: str = ""
    lead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence tells of a claim: `own` its share in the sentence, `near` with the few before and the headline.

    `stems` are those of the claim that stand in the sentence itself, `near_stems` those in `near`. `words` is the share
    of the claim's words that the sentence and the headline tell, `near_words` the same with the sentences before. `cue`
    are the words that deny, `denied` is the stem of the claim that they deny; `negates_asked` says whether there is
    none of what is asked for.
    """

    sentence: Sentence
    own: float
    near: float
    words: float
    near_words: float
    stems: frozenset[str]
    near_stems: frozenset[str]
    stance: Stance
    cue: str = ""
    denied: str = ""
    negates_asked: bool = False


def claim_of(question: Question, research: Research) -> Claim:
    """The claim within a question."""
    named = [(m.start, m.end) for m in question.mentions if m.kind == "name"]
    names: list[str] = []
    words: list[str] = []
    weights: dict[str, float] = {}
    for found in _WORD.finditer(question.text):
        word = found.group()
        lower = re.sub(r"[’']s$", "", word).lower()
        root = stem(lower)
        is_acronym = len(word) > 1 and word.isupper()
        if not root or root in weights or (lower in FUNCTION_WORDS and not is_acronym) or lower in _NO_CLAIM:
            continue
        if any(m.kind != "name" and m.start <= found.start() < m.end for m in question.mentions):
            continue
        (names if any(s <= found.start() < e for s, e in named) else words).append(root)
        weights[root] = 1.0 / (1.0 + research.frequency(lower)) ** 0.25
    whole = sum(weights.values()) or 1.0
    asked = asked_nouns(question.text)
    lead = _lead(question, named, words)
    shares = {s: w / whole for s, w in weights.items()}
    return Claim(tuple(names), tuple(words), shares, asked, question.text.lower(), lead)


def _lead(question: Question, named: Sequence[tuple[int, int]], words: Sequence[str]) -> frozenset[str]:
    """The stems of the first name, where no word of the claim stands before it."""
    start, end = next(iter(named), (0, 0))
    before = _stems(question.text[:start])
    if not end or any(w in before for w in words):
        return frozenset()
    return frozenset(filter(None, _stems(question.text[start:end])))


def asked_nouns(text: str) -> tuple[str, ...]:
    """The stems of the noun whose value is asked for, its head last: "how many *homes* lost power"."""
    found = _ASKED.search(text)
    if found is None:
        return ()
    nouns: list[str] = []
    for word in _WORD.findall(found.group(1))[:5]:
        lower = re.sub(r"[’']s$", "", word).lower()
        if finite(word.lower()) or (nouns and lower in FUNCTION_WORDS):
            break
        if lower not in FUNCTION_WORDS and (root := stem(lower)):
            nouns.append(root)
    return tuple(nouns)


def told_by(claim: Claim, hits: Sequence[Hit], text_of: Callable[[str], str]) -> list[Told]:
    """Every sentence of `hits` that tells anything of the claim, with its stance."""
    told = []
    for hit in hits:
        inner = sentences_of((hit,))
        stems = [_stems(s.quoted) for s in inner]
        headline = _stems(hit.article.headline or "")
        names = frozenset(claim.names)
        for n, sentence in enumerate(inner):
            own = frozenset(s for s in claim.weights if _is_told(s, frozenset(stems[n])))
            if not own:
                continue
            before = frozenset(headline).union(*stems[max(0, n - _NEAR) : n])
            others: frozenset[str] = frozenset()  # of whom it does not speak: it speaks of somebody else
            if (not names & own or not claim.lead & own) and _names_others(claim, sentence, text_of):
                others = names if not names & own else claim.lead
            near = {s for s in claim.weights if s in own or s in before - others}
            if names & own or own >= set(claim.words):
                near |= _named_in(claim, sentence, own, text_of) - (claim.lead - own if others else frozenset())
            told.append(_told(claim, sentence, own | (frozenset(headline) & frozenset(claim.words)), own, near))
    return told


def _named_in(claim: Claim, sentence: Sentence, own: frozenset[str], text_of: Callable[[str], str]) -> frozenset[str]:
    """The other names of the claim that the article holds: "Assad" is Ribal Assad where it names him in full."""
    missing = [s for s in claim.names if s not in own]
    if not missing:
        return frozenset()
    whole = text_of(sentence.hit.article.article_id).lower()
    return frozenset(s for s in missing if re.search(rf"\b{re.escape(s)}", whole))


def _names_others(claim: Claim, sentence: Sentence, text_of: Callable[[str], str]) -> bool:
    """Whether the sentence opens with a name, or with somebody who is then named: it is about that one."""
    text = sentence.quoted
    if _PRONOUN.match(text):
        return False
    named = [m for m in find_mentions(text[:_LONGEST]) if m.kind == "name" and m.start < _SUBJECT]
    named = [m for m in named if not set(_stems(m.text)) & set(claim.names)]
    if any(m.start > 0 or " " in m.text for m in named):
        return True
    # The first word has its capital from the sentence; it is a name where it is one thing that does something, or
    # where the article has it so within a sentence.
    first = next((m for m in named), None)
    if first is None or _ONE_DOES.match(text, first.end):
        return first is not None
    whole = text_of(sentence.hit.article.article_id)
    return re.search(rf"[a-z,] {re.escape(first.text)}\b", whole) is not None


def _told(claim: Claim, sentence: Sentence, topic: frozenset[str], own: frozenset[str], near: set[str]) -> Told:
    words = claim.words
    told, told_near = (sum(s in found for s in words) / len(words) if words else 1.0 for found in (topic, near))
    weights = claim.weights
    shares = (sum(weights[s] for s in own), sum(weights[s] for s in near))
    unread: tuple[Stance, str, str, bool] = ("open", "", "", False)
    stance, cue, denied, negates = unread if shares[1] < _TOO_LITTLE else _stance(claim, sentence.quoted)
    return Told(sentence, *shares, told, told_near, own, frozenset(near), stance, cue, denied, negates)


@lru_cache(maxsize=2_000)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(re.sub(r"[’']s$", "", w.group()).lower()) for w in _WORD.finditer(text[:_LONGEST]))


def _is_told(asked: str, said: frozenset[str]) -> bool:
    return asked in said or not said.isdisjoint(alike(asked)) or not said.isdisjoint(opposites(asked))


def _stance(claim: Claim, text: str) -> tuple[Stance, str, str, bool]:
    """The stance, the words that deny, the word of the claim that they deny, and whether that is what is asked for."""
    text = text[:_LONGEST].replace("’", "'")
    tokens = [(m.group().lower(), stem(re.sub(r"'s$", "", m.group().lower())), m.start()) for m in _WORD.finditer(text)]
    for cue in DENIALS.finditer(text):
        if REPORTED_DENIALS.fullmatch(cue.group()):
            if (stance := _denied_by_speaker(claim, cue, text, tokens)) is not None:
                return stance
            continue
        if _is_doubled(cue, text):
            continue
        target = _target(cue, text, tokens)
        if target is None:
            if _VERBAL.fullmatch(cue.group()) and claim.words:  # of a verb without a telling word: "did not go off"
                verb = re.findall(r"[a-z]+", text[cue.end() : cue.end() + 30].lower())[:2]
                is_asked = len(verb) == 2 and " ".join(verb) in claim.text
                return ("denies" if is_asked else "open"), cue.group(), claim.words[0] if is_asked else "", False
            continue
        if FROM_NOBODY.fullmatch(cue.group()) and (of := _alike(target, claim.asked)):
            if _turned(claim, cue, text, tokens) or not _says_more(claim, tokens):
                continue
            return "denies", cue.group(), of, True
        if any(is_opposite(target, w) for w in claim.words):
            return "asserts", "", "", False  # not refused: accepted, or nearly
        if of := _alike(target, claim.words):
            return "denies", cue.group(), of, False
        if FROM_NOBODY.fullmatch(cue.group()) and (of := _denied_by_nobody(claim, cue, text, tokens)):
            return ("open" if cue.group().lower() == "no" else "denies"), cue.group(), of, False
    against = _opposed(claim, text, tokens)
    if against is not None:
        return "denies", *against, False
    heads = [t for t in tokens if _alike(t[1], claim.words)]
    for _, _, at in heads:
        opened = [w for w in _LOWER.findall(_clause_before(text, at)) if w.lower() in OPEN_WORDS]
        if any(stem(w.lower()) not in claim.weights for w in opened):
            return "open", "", "", False
    return ("asserts" if heads else "open"), "", "", False


def _is_doubled(cue: re.Match[str], text: str) -> bool:
    """Whether "without" stands behind the negation in its clause: "never a tunnel without a surprise"."""
    behind = _WITHOUT.search(text, cue.end())
    return (
        behind is not None and cue.group().lower() != "without" and not _BREAK.search(text, cue.end(), behind.start())
    )


def _denied_by_speaker(
    claim: Claim, cue: re.Match[str], text: str, tokens: Sequence[tuple[str, str, int]]
) -> tuple[Stance, str, str, bool] | None:
    """The stance of who denies what stands behind `cue`; None where none of the claim does.

    "Officials deny seeing any increase" takes the increase back, "the owner denied that it was unlit" says it was lit.
    """
    taken: list[tuple[str, int]] = []  # the words of the claim in the clause, and where
    for _, root, at in tokens:
        if at < cue.end():
            continue
        if _BREAK.search(text, cue.end(), at):
            break
        is_turned = any(is_opposite(root, w) for w in claim.words) and not _alike(root, claim.words)
        if not is_turned and not (of := _alike(root, claim.words)):
            continue
        again = DENIALS.search(text, cue.end(), at)
        if is_turned or again:
            return "open" if again else "asserts", "", "", False
        taken.append((of, at))
    return ("denies", cue.group(), taken[0][0], False) if taken else None


def _opposed(claim: Claim, text: str, tokens: Sequence[tuple[str, str, int]]) -> tuple[str, str] | None:
    """The word that says the opposite of one of the claim, in the main clause that tells most of it."""
    ends = [m.start() for m in _MAIN_CLAUSE.finditer(text)]
    clauses: dict[int, list[tuple[str, str]]] = {}
    for word, root, at in tokens:
        clauses.setdefault(sum(e < at for e in ends), []).append((word, root))
    told = [sum(_is_told(s, frozenset(root for _, root in c)) for s in claim.weights) for c in clauses.values()]
    for clause, n in zip(clauses.values(), told, strict=True):
        if n < max(told):
            continue  # another clause is about it
        roots = frozenset(root for _, root in clause)
        for asked in claim.words:
            against = next(
                (w for w, root in clause if is_opposite(asked, root) and not _alike(root, claim.words)), None
            )
            if against is not None and not _alike(asked, roots):
                return against, asked
    return None


def _denied_by_nobody(claim: Claim, cue: re.Match[str], text: str, tokens: Sequence[tuple[str, str, int]]) -> str:
    """The word of the claim in the clause whose subject is nobody: "neither country signed"."""
    for _, root, at in tokens:
        if at >= cue.end() and (of := _alike(root, claim.words)):
            return "" if _BREAK.search(text, cue.end(), at) else of
    return ""


def _turned(claim: Claim, cue: re.Match[str], text: str, tokens: Sequence[tuple[str, str, int]]) -> bool:
    """Whether what nobody did is the opposite of the claim: "no party won" says nothing of which party lost."""
    clause = [root for _, root, at in tokens if at >= cue.end() and not _BREAK.search(text, cue.end(), at)]
    return any(is_opposite(root, w) and not _alike(root, claim.words) for root in clause for w in claim.words)


def _says_more(claim: Claim, tokens: Sequence[tuple[str, str, int]]) -> bool:
    """Whether a word of the claim besides what is asked for is told: that none was moved is not that there is none."""
    others = [w for w in claim.words if w not in claim.asked]
    return any(_alike(root, others) for _, root, _ in tokens)


def _alike(word: str, others: Iterable[str]) -> str:
    return next((o for o in others if is_alike(word, o)), "")


def _clause_before(text: str, at: int) -> str:
    start = max(0, at - 80)
    breaks = [m.end() for m in re.finditer(r"[;:()—–]|, (?:and|but|which|who)\b", text[start:at])]
    return text[start + (breaks[-1] if breaks else 0) : at]


def _target(cue: re.Match[str], text: str, tokens: Sequence[tuple[str, str, int]]) -> str | None:
    """The telling word that a denial is about: the first one behind it in its clause."""
    skipped = 0
    for word, root, at in tokens:
        if at < cue.end():
            continue
        if word in _SKIPPED or word in FUNCTION_WORDS or word.endswith("ly") or word[0].isdigit() or not root:
            skipped += 1
            continue
        if skipped > _REACH or _BREAK.search(text, cue.end(), at):
            return None
        return root
    return None
