"""One sentence of an article becomes the questions that it answers: by transparent patterns, without a parser.

The idea: where a sentence opens with a name and a verb that we know, taking one part out and putting its question
word in leaves English: "Aurora carried 212 passengers" asks "How many passengers did Aurora carry?". Where no pattern
fits, a blank is left. Guarantee: the answer stands in the sentence, word for word, and not in the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.mentions import FUNCTION_WORDS, Mention, find_mentions
from evals.draft_clause import (
    AUXILIARY,
    SAYING,
    Clause,
    counted_noun,
    lemmas,
    places_well,
    read_clause,
    shorten,
    without,
)
from evals.draft_sentences import LEANING_NOUN, PRONOUN, TITLE, Names
from evals.gold import Kind
from evals.metrics import contains

__all__ = ["BLANK", "CLOZE", "WEAK", "Proposal", "propose"]

BLANK = "____"
STRONG, WEAK, CLOZE = range(3)
_LONGEST = 24  # words of a question that a person reads in one go

_DOING = frozenset("announced confirmed denied reported".split())
_OPENING = (
    r"(?:(?:at least|more than|about|around|nearly|almost|some|roughly|over|up to|an estimated|approximately|as many as"
    r"|only) )"
)
_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty"
_WORD_NUMBER = "|".join([*_UNITS.split()[1:], "fifty", "sixty", "seventy", "eighty", "ninety"])
NUMBER = re.compile(
    rf"(?<![\w.,$€£¥-])[$€£¥]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:[ -](?:thousand|million|billion|trillion)\b)?"
    rf"(?:\s?%| percent\b| per cent\b)?(?![\w/:-]|[.,]\d)"
    rf"|\b(?:{_WORD_NUMBER})(?: (?:hundred|thousand|million|billion))?\b(?!-)",
    re.IGNORECASE,
)
_MONEY = re.compile(r"[$€£¥]")
_SHARE = re.compile(r"%|per ?cent")
_DEFINITE = re.compile(  # "When was the program proposed": which program, only the article says
    rf"(?:When|Where|How m\w+(?: [\w-]+){{0,3}}) (?:did|does|{'|'.join(sorted(AUXILIARY))}) the [a-z\d]"
)
_OF_A_PERSON = re.compile(r"\b(?:he|she|his|her|him)\b")
_ATTRIBUTED = re.compile(
    r",\s(?:according to [^,]+|(?:[^,“”\"]{2,60}) (?:said|says|told|reported|announced|tweeted)\b[^,“”\"]*)\.$"
)
_DATELINE = re.compile(r"^[A-Z][A-Z]{2,}[^a-z—–-]*(?:\([^)]*\))?[^—–.]{0,40}(?:—|–|--) (?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question that a sentence answers. `rank` is low for good; `swappable`: a name in it may be exchanged."""

    kind: Kind
    question: str
    answers: tuple[str, ...]
    rank: int
    swappable: bool = True


def propose(sentence: str, names: Names, *, headline: str) -> tuple[Proposal, ...]:
    """Questions that `sentence`, with its white space normalised, answers; the best first, ties in reading order.

    `headline` says what a question is about that names nothing.
    """
    sentence = _DATELINE.sub("", sentence)
    stripped = _ATTRIBUTED.sub(".", sentence)
    found = [*_from_clause(stripped, names), *_counted(stripped), *_said(sentence, names), *_asides(sentence, names)]
    found.extend(_cloze(sentence, names))
    tidy = (_tidied(_anchored(proposal, names, headline)) for proposal in found)
    return tuple(sorted((p for p in tidy if p is not None), key=lambda p: p.rank))


def _anchored(proposal: Proposal, names: Names, headline: str) -> Proposal:
    """The proposal with surnames made full, and the headline where it names nothing else to find it by."""
    if (proposal.kind == "quote" and not proposal.swappable) or proposal.rank == CLOZE:
        return proposal
    question = proposal.question
    found = [m for m in find_mentions(question) if m.kind == "name" and m.text not in ("Who", "How", "When", "Where")]
    for mention in reversed(found):
        full = names.full.get(mention.text)
        if full is not None and full not in question and not contains(full, proposal.answers):
            question = f"{question[: mention.start]}{full}{question[mention.end :]}"
    if found and not LEANING_NOUN.search(question) and not _DEFINITE.match(question):
        return replace(proposal, question=question)
    words = headline.removesuffix("...").removesuffix("…").split()
    anchor = f"In “{' '.join(words[:12])}”, " if len(words) >= 4 and not re.search(r"[“”\"]", headline) else ""
    if not anchor:
        return replace(proposal, question="")
    return replace(
        proposal,
        question=f"{anchor}{question[0].lower()}{question[1:]}",
        rank=min(CLOZE, proposal.rank + 1),
        swappable=False,  # a name of the headline says nothing of what is asked
    )


def _tidied(proposal: Proposal) -> Proposal | None:
    """The proposal with its question tidied; None where it is too long, broken, or gives its answer away."""
    question = re.sub(r"\s+([,.?;:])", r"\1", " ".join(proposal.question.split()))
    question = re.sub(r"[\s,.;:—–-]+\?$", "?", question)
    question = re.sub(r"[,.](?=[”\"]\?$)", "", question) if proposal.rank < CLOZE else question
    for pair in ("()", "“”", "[]"):
        if question.count(pair[0]) != question.count(pair[1]):
            return None
    longest = _LONGEST if proposal.rank < CLOZE and proposal.kind != "quote" else 45
    shortest = 4 if re.match(r"(?:Who is|How old is) ", question) else 6
    if question.count('"') % 2 or not shortest <= len(question.split()) <= longest:
        return None
    if contains(question, proposal.answers):
        return None
    named = next((m.start for m in find_mentions(question) if m.start and m.kind == "name"), len(question))
    if not re.search(r"\b[Ww]ho (?!or)|“", question) and _OF_A_PERSON.search(question[:named]):
        return None
    return Proposal(proposal.kind, question, proposal.answers, proposal.rank, proposal.swappable)


# --- a subject and its verb -------------------------------------------------------------------------------------------


def _from_clause(sentence: str, names: Names) -> Iterator[Proposal]:
    clause = read_clause(sentence, names)
    if clause is None:
        return
    yield from _who(clause, names)
    if clause.verb in SAYING:
        return
    if clause.lead and clause.rest:
        rank = STRONG if re.search(r"\d", clause.lead) else WEAK
        yield Proposal("date", f"{clause.ask('When', shorten(clause.rest))}?", (clause.lead,), rank)
    yield from _when(clause)
    yield from _where(clause, names)
    yield from _how_many(clause)


def _who(clause: Clause, names: Names) -> Iterator[Proposal]:
    rest = shorten(clause.rest)
    if not clause.name or re.match(r"the \w+s$", clause.subject):  # "The Reeds" are more than one
        return
    if (clause.verb in ("has", "had", "is", "are") and len(rest.split()) < 5) or not _tells_something(rest):
        return
    person = clause.name in names.people or clause.verb in SAYING
    if re.search(r"\b(?:were|are)\b", clause.verb) and not person:
        return
    word = "Who" if person else "Who or what"
    bare = TITLE.sub("", clause.name)
    full = names.full.get(bare, bare)
    named = (full, clause.name, bare, bare.split()[-1]) if clause.name in names.people else (clause.name,)
    answers = tuple(dict.fromkeys(named))
    kind: Kind = "quote" if clause.verb in SAYING - _DOING else "fact"
    if clause.verb in SAYING and len(rest) < len(clause.rest.rstrip(".")) and not AUXILIARY & set(rest.split()):
        return
    yield Proposal(kind, f"{word} {clause.verb} {rest}?", answers, STRONG if person else WEAK)


def _tells_something(rest: str) -> bool:
    """Whether a question made of `rest` can be found again: it has a name or number, or enough words of its own."""
    words = [w for w in re.findall(r"[\w’'-]+", rest) if w.lower() not in FUNCTION_WORDS]
    return len(words) >= 3


def _when(clause: Clause) -> Iterator[Proposal]:
    dates = [m for m in find_mentions(clause.rest) if m.kind == "date"]
    if len(dates) != 1 or clause.lead or clause.verb in ("has", "had") or not places_well(clause):
        return
    date = dates[0]
    if not re.search(r"\d|day\b", date.text) or not (
        removed := without(clause.rest, date, r"on|in|since|on the morning of")
    ):
        return
    if re.match(r"since\b", clause.rest[: date.start].split()[-1] if clause.rest[: date.start].split() else ""):
        return
    rank = STRONG if re.search(r"\d", date.text) else WEAK
    yield Proposal("date", f"{clause.ask('When', removed)}?", (date.text,), rank)


def _where(clause: Clause, names: Names) -> Iterator[Proposal]:
    for mention in find_mentions(clause.rest) if places_well(clause) else ():
        if mention.kind != "name" or mention.text not in names.places:
            continue
        wider = re.match(r", [A-Z][\w.]+(?: [A-Z]\w+)?(?=,|$)", clause.rest[mention.end :])
        place = replace(mention, end=mention.end + wider.end()) if wider else mention
        removed = without(clause.rest, place, r"in|at|near|outside")
        if removed and clause.verb not in ("has", "had") and not re.match(r"an?\b|the\b", removed):
            yield Proposal("place", f"{clause.ask('Where', removed)}?", (mention.text,), STRONG)


def _how_many(clause: Clause) -> Iterator[Proposal]:
    """'Aurora carried 212 passengers to Kirkwall' asks 'How many passengers did Aurora carry to Kirkwall?'"""
    number = re.match(rf"{_OPENING}?(?P<n>{NUMBER.pattern})(?P<after>.*)$", clause.rest, re.IGNORECASE)
    if number is None or clause.helps:
        return
    after = number["after"].strip()
    if _MONEY.match(number["n"]):
        if not after or re.match(r"(?:" + "|".join(["to", "for", "in", "on", "from", "at"]) + r")\b", after):
            yield Proposal("number", f"{clause.ask('How much', shorten(after))}?", (number["n"],), STRONG)
        return
    if not _SHARE.search(number["n"]) and (counted := counted_noun(after)):
        tail = shorten(after[len(counted) :].strip())
        yield Proposal("number", f"{clause.ask(f'How many {counted}', tail)}?", (number["n"],), STRONG)


# --- other openings ---------------------------------------------------------------------------------------------------


def _counted(sentence: str) -> Iterator[Proposal]:
    """'At least 12 people died in Osh' asks 'How many people died in Osh?'"""
    opened = re.match(
        rf"(?:There (?P<there>were|are) )?{_OPENING}?(?P<n>{NUMBER.pattern}) (?P<of>of )?(?P<rest>.+)\.$",
        sentence,
        re.IGNORECASE,
    )
    if opened is None or _MONEY.match(opened["n"]):
        return
    rest = opened["rest"]
    if _SHARE.search(opened["n"]):
        if opened["of"] and not opened["there"] and _tells_something(rest):
            yield Proposal("number", f"What percentage of {shorten(rest)}?", (opened["n"],), STRONG)
        return
    counted = counted_noun(rest)
    following = rest[len(counted) :].split()
    if opened["of"] or not counted or len(following) < 3:
        return
    tail = shorten(" ".join(following))
    if opened["there"]:
        yield Proposal("number", f"How many {counted} {opened['there']} there {tail}?", (opened["n"],), STRONG)
    elif following[0] in AUXILIARY or following[0] in lemmas() or following[0] in ("have",):
        yield Proposal("number", f"How many {counted} {tail}?", (opened["n"],), STRONG)


def _said(sentence: str, names: Names) -> Iterator[Proposal]:
    """A whole quoted sentence with the name of who said it."""
    quoted = re.match(r"[“\"](?P<quote>[^“”\"]{30,220})[,.?!]?[”\"],? (?P<rest>.{4,160})\.(?: [“\"].*)?$", sentence)
    if quoted is None:
        return
    rest = quoted["rest"]
    found = [m for m in find_mentions(rest) if m.kind == "name"]
    before = re.match(r"(?:said|says|added|wrote)\b", rest)
    for mention in found:
        by = (
            bool(re.fullmatch(r"(?:said|says|added|wrote) (?:[a-z-]+ ){0,3}", rest[: mention.start]))
            if before
            else mention is found[0] and bool(re.match(r" (?:said|says|told|added|wrote)\b", rest[mention.end :]))
        )
        if by and (mention.text in names.people or len(mention.text.split()) > 1 or not before):
            full = names.full.get(mention.text, mention.text)
            answers = tuple(dict.fromkeys((full, mention.text, TITLE.sub("", full), full.split()[-1])))
            text = quoted["quote"].strip().rstrip(",.")
            yield Proposal("quote", f"Who said “{text}”?", answers, STRONG, swappable=False)
            return


def _asides(sentence: str, names: Names) -> Iterator[Proposal]:
    """'Mira Lunde, 47, …' and 'Mira Lunde, the captain of the Aurora, …'."""
    for mention in find_mentions(sentence):
        if mention.kind != "name" or mention.text not in names.people or len(mention.text.split()) < 2:
            continue
        bare = TITLE.sub("", mention.text)
        after = sentence[mention.end :]
        if aged := re.match(r", (?:aged )?(\d{1,2}),", after):
            yield Proposal("number", f"How old is {bare}?", (aged[1],), STRONG, swappable=False)
        described = re.match(r", (?P<what>(?P<det>an?|the|\w+[’']s) [^,“”\"()—.]{8,90})(?:,|\.$)", after)
        if (
            described is None
            or len(described["what"].split()) < 4
            or LEANING_NOUN.search(described["what"])
            or re.search(
                r"\b(?:who|which|said|says|his|her|their|its|is|are|was|were|has|have|had|will|would|can)\b",
                described["what"],
            )
        ):
            continue
        named = [m for m in find_mentions(described["what"]) if m.kind == "name"]
        answers = tuple(dict.fromkeys((mention.text, bare, bare.split()[-1])))
        if described["det"] == "the" and named:
            yield Proposal("fact", f"Who is {described['what']}?", answers, STRONG)
        elif re.match(r"an? ", described["what"]):
            yield Proposal("fact", f"Who is {bare}?", (described["what"],), STRONG, swappable=False)


def _cloze(sentence: str, names: Names) -> Iterator[Proposal]:
    """The sentence with a number, date or name left out, where enough remains to find it by."""
    if len(sentence.split()) > 32 or re.search(r"[“”\"]|\balso\b", sentence):
        return
    mentions = find_mentions(sentence)
    for mention in mentions:
        word, kind, text, start, end = _blankable(sentence, mention, names)
        others = [m for m in mentions if m.start >= end or m.end <= start]
        named = [m for m in others if m.kind == "name"]
        needed = 1 if mention.kind in ("number", "date") else 2
        needed += [m.end for m in named] == [sentence.find(" ")]  # "Union members": a word, and perhaps no name
        needed += sentence.startswith("The ") and (not named or named[0].start > 4)
        if not text or not named or len(named) + (len(others) > len(named)) < needed or sentence.count(text) > 1:
            continue
        blanked = f"{sentence[:start]}{BLANK}{sentence[end:]}".rstrip(".")
        if sentence[end : end + 1] in ("'", "’", "-") or PRONOUN.search(sentence[: named[0].start]):
            continue
        yield Proposal(kind, f"Which {word} is missing: “{blanked}.”?", (text,), CLOZE)


def _blankable(sentence: str, mention: Mention, names: Names) -> tuple[str, Kind, str, int, int]:
    """What a mention is called when asked for, its kind, and the text to leave out with its place; empty text: none."""
    nothing = ("", mention.start, mention.end)
    if mention.kind == "number":
        whole = next((m for m in NUMBER.finditer(sentence) if m.start() <= mention.start < m.end()), None)
        if whole is None or not re.search(r"\d", whole.group()) or len(whole.group()) < 2:
            return ("number", "number", *nothing)
        return "number", "number", whole.group(), whole.start(), whole.end()
    if mention.kind == "date":
        found = mention.text if re.search(r"\d", mention.text) else ""
        return "date", "date", found, mention.start, mention.end
    if mention.text in names.places:
        return "place", "place", mention.text, mention.start, mention.end
    if len(mention.text.split()) < 2 or mention.text not in names.people:
        return ("name", "fact", *nothing)
    return "name", "fact", mention.text, mention.start, mention.end
