"""Events that bound a question's time: "before the strike", "since the election of Ada Berg", "during the World Cup".

An event is told by its noun, of which English news has a few hundred: before a court, after a singer or since a company
stopped paying bound nothing here. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.mentions import FUNCTION_WORDS

__all__ = ["EVENT_NOUNS", "Happening", "find_event", "names_event"]

EVENT_NOUNS = frozenset(
    """7/7 9/11 abdication abduction accession accident acquisition acquittal agreement airstrike airstrikes ambush
    annexation announcement apology appointment armistice arrest arrests assassination assault attack attacks
    auction avalanche award awards  bailout ballot ban bankruptcy battle beheading blackout blast
    blaze blizzard blockade bombardment bombing bombings boom bowl boycott breach breakdown breakthrough
    breakup brexit budget bushfire bushfires buyout by-election campaign capsizing capture ceasefire
    celebrations census ceremony champions championship championships clash clashes closure collapse collision
    concert conference conflict  conviction coronation coronavirus coup coups covid covid-19 crackdown
    crash crises crisis cup cup-final curfew cutbacks cutoff cyberattack cyclone cyclones deal death deaths
    debate decision declaration default defeat demonstration demonstrations deployment deportation derailment
    derby devaluation disappearance disaster disclosure discovery dismissal drought drowning earthquake
    earthquakes eclipse election elections embargo enlargement epidemic eruption escape evacuation evictions
    execution executions exhibition expedition explosion explosions expo expulsion fallout famine famines
    festival fight fighting final fire fires flight flood flooding floods flotation funeral game games
    genocide hack hailstorm handover hearing heat-wave heatwave hijacking holocaust hostage-taking hostilities
    hunger-strike hurricane hurricanes inauguration incident independence indictment inquest inquiry
    insurrection intervention invasion investiture ipo jubilee kidnapping kidnappings killing killings landing
    landslide launch layoffs  leaks liberation lockdown lockdowns lockout looting marathon march massacre
    match meeting meltdown merger migration mission monsoon mudslide mudslides murder murders mutiny
    negotiations nomination occupation offensive olympics opening operation oscars ouster outage outbreak
     overthrow pandemic parade partition peace-talks plague play-offs playoffs pogrom premiere primaries
    primary protest protests purge quake quarantine quarter-final quarterfinal race raid raids rally rebellion
    recall recalls recession referendum reform reforms relaunch release removal reopening repeal rescue resignation
    retirement reunification revolt revolution riot riots rollout roundup ruling run-off runoff sacking sale
    sanctions sandstorm scandal  seizure sell-off selloff semi-final semifinal sentencing shake-up
    shakeup shelling shipwreck shooting shootings shutdown siege signing sinking sit-in slump snowstorm speech
    spill  stabbing stabbings stampede standoff stoppage storm storms strike strikes suicide summit
    superbowl  surrender swearing-in takeover talks tariff tariffs  tornado tornadoes tour
    tournament tragedy transfer treaty trial truce tsunami typhoon unrest upheaval uprising verdict vigil
    visit vote walkout war   wars wedding wildfire wildfires withdrawal wreck""".split()
)
_STARTED = (
    "began started ended finished broke happened hit struck occurred was were came erupted is are took opened passed"
).split()
_RELATION = re.compile(
    r"(?<![\w’'-])(?P<rel>before|prior\s+to|ahead\s+of|in\s+the\s+run-?up\s+to|until|till"
    r"|(?:ever\s+)?since|after|following|in\s+the\s+(?:wake|aftermath)\s+of"
    r"|during|amid|throughout|at\s+the\s+time\s+of|in\s+the\s+course\s+of)\s+",
    re.IGNORECASE,
)
_BEFORE = ("before", "prior", "ahead", "in the run", "until", "till")
_DURING = ("during", "amid", "throughout", "at the time", "in the course")
_NOT_OF_TIME = re.compile(  # "named after the battle", "testified before the inquest", "two days after the vote"
    r"(?:\b(?:named?|called|looks?|looked|looking|goes|went|going|sought|seeks?|runs?|ran|takes?|comes?|appear\w*"
    r"|testif\w+|stands?|stood|brought|lay|laid|put|speaks?|spoke|long|soon|quickly|shortly|immediately|hours?|days?"
    r"|weeks?|months?|years?|decades?|minutes?|night|morning|evening|the\s+day|not\s+until)|^\W*)\s+$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\S\r\n]*([^\W_]+(?:[/’'.-][^\W_]+)*[’']?)")
_DETERMINERS = frozenset("the this that his her its their our last these those".split())  # "a vote" is any
_NEEDS_NONE = frozenset("lockdown brexit covid covid-19 independence".split())
_LINKS = frozenset("of on in at by against between over with for to into from near".split())
_CAUSAL = frozenset("is are has have will can cannot must does do may should would could".split())
_BEGAN = re.compile(r"\s+(?:began|started|ended|finished|broke\s+out|happened|hit|struck|occurred|took\s+place)\b")
_CLAUSE_GOES_ON = frozenset("was were is are had has have been would could".split())
_MOST_WORDS = 6  # before the noun, and behind it
_WINDOW = 32


@dataclass(frozen=True, slots=True)
class Happening:
    """`text`, an event as the question names it, and on which side of it the question asks.

    The question says so at `start` to `end`; `apart` when it is still a sentence without these words.
    """

    start: int
    end: int
    text: str
    side: Literal["before", "after", "during"]
    apart: bool = True


def names_event(text: str, end: int) -> bool:
    """Whether the words behind `text[:end]` go on to name an event: the date before them is a part of its name."""
    for count in range(4):
        word = _WORD.match(text, end)
        if word is None or (word.group(1).lower() in FUNCTION_WORDS and count < 4):
            return False
        if word.group(1).lower().removesuffix("'s").removesuffix("’s") in EVENT_NOUNS:
            return count > 0 or not _is_verb_form(text, word)
        end = word.end()
    return False


def find_event(text: str) -> Happening | None:
    """The first event that bounds the time of what `text` asks; None where none does."""
    for match in _RELATION.finditer(text):
        relation = " ".join(match["rel"].lower().split())
        ahead = text[max(0, match.start() - _WINDOW) : match.start()]
        if relation in ("before", "after", "since", "following") and ahead and _NOT_OF_TIME.search(ahead):
            continue
        end = _event_end(text, match.end(), causal=relation.endswith("since"))
        if end is None:
            continue
        side: Literal["before", "after", "during"] = "after"
        if relation.startswith(_BEFORE):
            side = "before"
        elif relation.startswith(_DURING):
            side = "during"
        began = _BEGAN.match(text, end)
        following = _WORD.match(text, end if began is None else began.end())
        apart = following is None or following.group(1).lower() not in _CLAUSE_GOES_ON or not ahead.strip()
        return Happening(match.start(), end if began is None else began.end(), text[match.end() : end], side, apart)
    return None


def _event_end(text: str, start: int, *, causal: bool) -> int | None:
    """Where the event that is named from `start` on ends; None when the words there name none, or any of its kind."""
    at, head, definite, named = start, None, False, False
    for count in range(_MOST_WORDS):
        word = _WORD.match(text, at)
        if word is None:
            break
        lower, written = word.group(1).lower(), word.group(1)
        if lower in FUNCTION_WORDS and not (count == 0 and lower in _DETERMINERS):
            if head is None:
                return None
            break
        if head is not None and lower not in EVENT_NOUNS and not (named and written[0].isupper()):
            break
        at = word.end()
        definite |= lower in _DETERMINERS or lower in _NEEDS_NONE or written[0].isupper() or written[0].isdigit()
        definite |= lower.endswith(("'s", "’s"))
        if lower in EVENT_NOUNS:
            head, named = at, written[0].isupper()
        elif head is not None:
            head = at  # "Hurricane Ida"
        if lower.endswith(("'s", "’s")) and lower[:-2] in EVENT_NOUNS:
            return None
    if head is None or not definite:
        return None
    following = _WORD.match(text, head)
    lower = "" if following is None else following.group(1)
    if causal and lower in _CAUSAL:
        return None
    if lower in _LINKS:
        return _complement_end(text, head)
    free = not lower or lower in FUNCTION_WORDS or lower in _STARTED or not lower[0].islower()
    return head if free or lower.endswith(("ed", "ly")) else None  # "the ballot box", "its opening week"


def _complement_end(text: str, end: int) -> int:
    """Where "of Ada Berg in Port Hallow" ends, behind the noun of an event."""
    at, last = end, end
    for _ in range(_MOST_WORDS):
        word = _WORD.match(text, at)
        if word is None:
            break
        lower = word.group(1).lower()
        if lower in FUNCTION_WORDS and lower not in _LINKS and lower not in _DETERMINERS:
            break
        if lower in _STARTED:
            break
        at = word.end()
        if lower not in _LINKS and lower not in _DETERMINERS:
            last = at
    return last


def _is_verb_form(text: str, word: re.Match[str]) -> bool:
    """Whether a word that could be an event is a verb here: "in 2010 strike the deal" has an object behind it."""
    behind = _WORD.match(text, word.end())
    return behind is not None and behind.group(1).lower() in ("the", "a", "an", "him", "her", "them", "it")
