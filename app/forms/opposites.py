"""Words that mean the same or the opposite in the mouth of a headline, and the words that take a claim back."""

from __future__ import annotations

import re
from functools import lru_cache

from store.lexical import terms

__all__ = [
    "DENIALS",
    "NARROW",
    "OPEN_WORDS",
    "REPORTED_DENIALS",
    "alike",
    "is_alike",
    "is_opposite",
    "is_strong_past",
    "opposites",
    "stem",
]

# Each line: words that say a thing | words that say it is not so. Both sides of a line are each alike.
_PAIRS = """
accept agree agreed approve consent yes endorse grant host sign ratify allow permit
  | refuse refusal reject rejection veto decline oppose spurn
allow permit legalise legalize authorise authorize | ban forbid prohibit outlaw block bar
rise rose increase grow grew climb jump soar surge gain higher up intensify
  escalate | fall fell drop decrease decline shrink
  plunge slump lower sink down
expand widen raise | cut reduce shrink narrow lower
win won gain gained victory victorious triumph | lose lost defeat beaten
open opened reopen | close closed closure shut
begin began start launch | end ended stop halt finish cease cancel suspend
alive survive survived survivor living rescue rescued unhurt | dead die died dying death kill killed perish
  drown drowned
convict convicted conviction guilty | acquit acquitted acquittal innocent exonerate cleared
stay remain keep kept | leave left resign quit depart resignation
appoint hire hired | sack sacked fire fired dismiss dismissed oust
safe | unsafe dangerous
legal lawful | illegal unlawful
true correct accurate | false untrue incorrect wrong
possible | impossible
attend attended | boycott skip absent
succeed success successful successfully effective | fail failure unsuccessful ineffective
uphold upheld | overturn overturned quash quashed annul
include | exclude
buy bought | sell sold
hold held | postpone postponed cancel cancelled
free freed release released | jail jailed detain detained imprison
arrive arrived | depart departed
advance advanced | retreat retreated withdraw withdrew
find found | missing
hurt injure injured injury wound wounded harm casualty casualties victim | unhurt unharmed uninjured unscathed
pass passed adopt adopted approve | fail defeated reject rejected
apply cover covered | exempt exempted exemption
jail jailed imprison imprisoned prison | acquit acquitted acquittal
arm armed armament weapon | unarmed disarmed
prove proved proven | disprove disproved
confirm | deny denied
improve improved better | worsen worsened worse deteriorate
"""
# What each word takes in, but not the other way round: a cousin is related, and who is related need be no cousin.
_TAKES_IN = """
related relative relation: cousin brother sister son daughter father mother uncle aunt nephew niece wife husband
"""
NARROW = frozenset(("sign", "ratify", "drown"))
"""Words that another on their side denies but does not bear out: who agreed need not have signed."""
DENIALS = re.compile(
    r"\b(?:not|cannot|never|no longer|nor|neither|none of|none|no one|nobody|nothing|without|not one"
    r"|not a single|not any|no"
    r"|refus(?:e|es|ed|ing) to|declin(?:e|es|ed|ing) to|fail(?:s|ed|ing)? to|unable to|yet to|ruled out"
    r"|rules out|rule out"
    r"|den(?:y|ies|ied|ying)|far from|stopped short of|avoid(?:s|ed)?|prevent(?:s|ed)?|abandon(?:s|ed)?|scrap(?:s|ped)?"
    r"|call(?:s|ed) off|dispute[sd]?|rejected claims)\b|n't\b",
    re.IGNORECASE,
)
OPEN_WORDS = frozenset(
    """may might could would should can if whether unless plan plans planned planning want wants wanted hope hopes
    hoped seek seeks seeking sought urge urged urges propose proposed proposes proposal consider considers
    considering considered threaten threatened threatens threat threats expect expected expects fear fears
    feared risk risks possible possibly perhaps likely unlikely potential potentially ask asked asks demand
    demanded demands call called calls try tried tries trying attempt attempted attempts aim aims aimed intend
    intends intended offer offered offers promise promised promises vow vowed vows pledge pledged accuse accused
    accuses suspect suspected suspects suspicion charged allege alleged alleges allegation allegations allegedly
    reportedly rumour rumours rumor rumors rumoured doubt doubts pretend pretended warn warned warns warning
    wish wished probably almost nearly request requested require required requires must discuss discussed claim
    claims claimed claiming accusation accusations suggestion suggested suggests rumored negotiate negotiating
    negotiations talks bid unclear unknown question about""".split()
)
"""Words under which a claim is neither made nor denied: what is planned, feared, asked for."""
_LEAST_UNDONE = 5  # letters of a stem with "un-" before it: "unit" is no opposite
REPORTED_DENIALS = re.compile(r"den(?:y|ies|ied|ying)|disput(?:e[sd]?|ing)", re.IGNORECASE)
"""Words of a speaker who takes back what another said: the whole of the clause behind them is denied."""


_STRONG_TEXT = """
begin began begun|break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen
come came|cut cut
deal dealt|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|feel felt|fight fought|find found|flee fled
fly flew flown|forget forgot forgotten|freeze froze frozen|get got|give gave given|go went gone|grow grew grown
hang hung
hear heard|hide hid hidden|hold held|keep kept|know knew known|lay laid|lead led|leave left|lend lent|lose lost
make made
meet met|pay paid|ride rode ridden|rise rose risen|run ran|see saw seen|seek sought|sell sold|send sent
shake shook shaken
shoot shot|shrink shrank shrunk|sing sang sung|sink sank sunk|sleep slept|speak spoke spoken|spend spent|stand stood
steal stole stolen|strike struck|swear swore sworn|sweep swept|swim swam|take took taken|teach taught|tear tore torn
tell told|think thought|throw threw thrown|wear wore worn|win won|withdraw withdrew withdrawn|write wrote written
sue sued suing|die died dying|tie tied|lie lied lying|flee fleeing|tax taxed|dye dyed
overthrow overthrew overthrown|undergo underwent|overturn overturned
"""
_STRONG = {
    past: forms.split()[0]
    for forms in _STRONG_TEXT.replace("\n", "|").split("|")
    if forms
    for past in forms.split()[1:]
}


def is_strong_past(word: str) -> bool:
    """Whether `word` is the past of a verb that does not end in -ed."""
    return word in _STRONG


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The index term of one word, of the base form where it is the past of a strong verb; empty where it has none."""
    found = terms(_STRONG.get(word.lower(), word))
    return found[0] if found else ""


@lru_cache(maxsize=1)
def _sides() -> dict[str, tuple[tuple[int, int], ...]]:
    sides: dict[str, list[tuple[int, int]]] = {}
    for line, pair in enumerate(_PAIRS.strip().replace("\n  ", " ").splitlines()):
        for side, words in enumerate(pair.split("|")):
            for word in words.split():
                place = (line, side)
                known = sides.setdefault(stem(word), [])
                if place not in known:
                    known.append(place)
    return {s: tuple(p) for s, p in sides.items()}


@lru_cache(maxsize=20_000)
def _members(word: str, turned: int) -> frozenset[str]:
    """The stems that stand beside `word`, or, `turned`, across from it."""
    sides = _sides()
    places = {(line, side ^ turned) for line, side in sides.get(word, ())}
    return frozenset(s for s, its in sides.items() if not places.isdisjoint(its)) - ({word} if turned else set())


@lru_cache(maxsize=1)
def _taken_in() -> dict[str, frozenset[str]]:
    taken: dict[str, frozenset[str]] = {}
    for line in _TAKES_IN.strip().splitlines():
        wide, narrow = line.split(":")
        taken |= dict.fromkeys(map(stem, wide.split()), frozenset(map(stem, narrow.split())))
    return taken


def alike(word: str) -> frozenset[str]:
    """The stem, those on its side of a pair, and those that it takes in."""
    return _members(word, 0) | _taken_in().get(word, frozenset()) | {word}


def opposites(word: str) -> frozenset[str]:
    """The stems on the other side of a pair, and the word with "un-" before it, or without."""
    return _members(word, 1) | {_undone(word)}


def is_alike(one: str, other: str) -> bool:
    """Whether `one` is the same stem as `other`, stands on its side of a pair, or is taken in by it."""
    return one == other or other in _members(one, 0) or one in _taken_in().get(other, frozenset())


def is_opposite(one: str, other: str) -> bool:
    """Whether two stems stand on the two sides of a pair, or one is the other with "un-" before it."""
    return one != other and (other in _members(one, 1) or _undone(one) == other or _undone(other) == one)


def _undone(word: str) -> str:
    """The stem with "un-" before it, or without where it has that: "unlit", "lit"."""
    return word[2:] if word.startswith("un") and len(word) >= _LEAST_UNDONE else f"un{word}"
