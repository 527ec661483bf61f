"""The words by which English reports what somebody said, and those that only look like it."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "BARE_CLAUSE",
    "HEDGE",
    "INVERTED",
    "NO_PERSON",
    "NO_SPEECH",
    "PRONOUNS",
    "REPORTING",
    "STUDIED",
    "STUDIES",
    "TOLD_OBJECTS",
    "finite",
    "lowered_at_start",
]

_SAY = "said says say saying"
_WITH_CLAUSE = """added adds adding announced announces argued argues argue arguing asserted asserts believed believes
believe claimed claims claim claiming conceded concluded concludes confirmed confirms contended contends contend
declared declares
denied denies deny disclosed estimated estimates estimate explained explains fear feared fears indicated indicates
insisted
insists insist insisting maintained maintains noted notes noting predicted predicts predict recalled recalls
remarked replied
replies reported reports responded revealed reveals stated states stressed stresses suggested suggests testified thinks
thought think tweeted tweets warned warns warn warning wrote writes acknowledged acknowledges admitted admits
alleged alleges
allege emphasised emphasized posted reckons reckon complained commented concedes told tells telling quipped exclaimed
shouted joked countered read reads"""
STUDIED = frozenset("found finds find shows show showed read reads".split())
"""Verbs of reports and studies alone: police find a body."""
_WORDS = (_SAY + " " + _WITH_CLAUSE + " " + " ".join(STUDIED)).split()
REPORTING = re.compile(r"\b(?:" + "|".join(sorted(set(_WORDS), key=len, reverse=True)) + r")\b")
BARE_CLAUSE = re.compile(
    r"(?:said|says|say|saying|believes?|believed|estimates?|estimated|fears?|feared|thinks?|insist(?:s|ed|ing)?|claim(?:s|ed|ing)?"
    r"|argue[sd]?|contend(?:s|ed)?|warn(?:s|ed|ing)?|added|adds|noted|notes|admitted|reckons?|predicts?|predicted|confirmed|announced"
    r"|suggests?|suggested|acknowledged|maintains|maintained|conceded|denied|denies|explained|shows?|showed|found|alleges?"
    r"|alleged|reported|tweeted|wrote|concluded|recalled|replied|revealed|declared|stated)"
)
"""Verbs whose reported clause may stand without "that"."""
INVERTED = re.compile(
    r"(?:said|says|added|adds|announced|argued|argues|asserted|claimed|complained|commented|conceded|concluded|confirmed"
    r"|countered|declared|exclaimed|explained|insisted|joked|noted|predicted|quipped|recalled|remarked|replied|reported"
    r"|reports|responded|shouted|stated|stressed|testified|tweeted|warned|warns|wrote|writes|admitted|acknowledged)"
)
NO_SPEECH = re.compile(
    r"(?:\b(?:the|a|an|this|these|those|its|their|his|her|my|our|your|aforesaid|to|not|never|cannot|without"
    r"|nobody|no one|none"
    r"|was|were|is|are|been|be|being|get|got|if|United|under|which he|having|of|for|more|so)|n't)"
    r"(?: (?:ever|even|yet|just|fully|immediately|also|publicly|officially))? *$",
    re.IGNORECASE,
)
"""What stands before a word that is no report: "the said", "did not say", "was told", "to say", "United States"."""
TOLD_OBJECTS = frozenset("lie lies story stories truth joke jokes tale tales off apart away fortune time".split())
PRONOUNS = frozenset("he she it they i we".split())
STUDIES = re.compile(
    r"\b(?:stud(?:y|ies)|reports?|surveys?|polls?|research(?:ers)?|inquir(?:y|ies)|investigations?|investigators|audits?"
    r"|auditors?|analys[ei]s|analysts|reviews?|commissions?|committees?|panels?|scientists|inspectors|inspections?|courts?"
    r"|judges?|jury|data|figures|statistics|estimates|census|documents?|papers?|letters?|statements?|files|records|index"
    r"|tests|results|watchdog|ombudsman|tribunal|messages?|memos?|emails?)\b"
)
HEDGE = re.compile(
    r"\b(?:reportedly|allegedly|purportedly|supposedly|(?:is|are|was|were|been) (?:widely |generally "
    r"|also )?(?:said|believed"
    r"|thought|alleged|rumou?red|reported|understood|feared|estimated|presumed|suspected) to\b|(?:it|It) (?:is"
    r"|was|has been)"
    r" (?:widely |generally |also )?(?:said|believed|thought|alleged|rumou?red|reported|understood|feared"
    r"|estimated)(?: that)?"
    r"(?! to\b)|rumou?r has it|said to (?:be|have))\b"
)
NO_PERSON = re.compile(
    r"\b(?:Times|Post|Journal|News|Guardian|Reuters|AP|AFP|BBC|CNN|Agency|Ministry|Department|Command|Council|Committee|Company"
    r"|Corp|Inc|Ltd|Bank|University|Party|Union|Office|Police|Army|Navy|Force|Forces|Group|States|Nations|Court|Commission"
    r"|Association|Institute|Organi[sz]ation|Authority|Board|Parliament|Congress|Senate|House|Street|Road|River|Island|Islands"
    r"|County|City|Town|Airport|North|South|East|West|Sea|Bay|Valley|Republic|Kingdom|Federation|League|Club|FC|United"
    r"|Hospital|School|College|Museum|Airlines|Network|Radio|Television|TV|Centre|Center|Foundation|Fund|Service|Services|Cross|Crescent"
    r"|report|study|survey|poll|statement|ministry|government|company|newspaper|agency|police|council|court|union|group|party"
    r"|army|military|paper|board|bank|website|department|firm|university|organi[sz]ation|team|authorities|officials)\b"
)
"""What is no "he" or "she"."""

_FINITE = """is are was were has have had do does did will would can could may might shall should must rose fell
won lost began
took came went made left ran gave held kept broke grew led met paid sold stood struck became brought built bought caught
chose drew drove fought flew forgot froze got knew lay meant sank sent shook shot spent spoke stole swept threw
wore said
says remain remains continues needs wants plans hit cut quit put shut stay seems appears sees shows faces lies
aims""".split()
_FINITE_WORD = re.compile(
    r"(?<![\w'-])(?:"
    + "|".join(_FINITE)
    + r"|isn't|aren't|wasn't|weren't|won't|didn't|doesn't|hasn't|haven't|hadn't|can't"
    r"|couldn't|wouldn't|(?<!the )(?<!an )(?<!a )(?!united\b|embed|shed\b|hundred|un\w+ed\b|armed\b|red\b|bed\b"
    r"|indeed\b|need\b"
    r"|speed\b|seed\b|feed\b|breed\b)[a-z]{2,}ed(?= (?:a|an|the|in|on|at|by|to|from|with|over|for|its|his|her"
    r"|their|after|as"
    r"|against|into|off|down|up|out|that|and|it|he|she|they|under|across|two|three|more|about|some|\d)\b|[.,;]|$)"
    r"|(?:it|he|she|they|there|we|I|you|who|that)'(?:s|re|ve|ll|d|m))(?![\w'-])"
)
_DETERMINERS = frozenset(
    "the a an this that these those his her its their our some many several most both two three".split()
)
_LOWERED = _DETERMINERS | frozenset(
    """few four five six seven
    eight nine ten one another other no all police officials experts residents witnesses authorities critics activists
    scientists researchers doctors prosecutors investigators lawyers ministers analysts economists observers survivors
    neighbours neighbors relatives organisers organizers campaigners unions union government local state senior military
    medics firefighters rescuers supporters opponents sources diplomats aides parents teachers nurses workers farmers
    engineers detectives court hospital company state-run federal regional provincial former current unnamed undisclosed
    anonymous""".split()
)


@lru_cache(maxsize=4096)
def finite(words: str) -> bool:
    """Whether a finite verb stands in `words`, as far as its form tells."""
    return _FINITE_WORD.search(words) is not None


def lowered_at_start(phrase: str, text: str) -> str:
    """`phrase` with a small first letter, where the capital is only that of a sentence."""
    first = phrase.split(" ", 1)[0]
    lower = first.lower()
    if not first[:1].isupper() or first[1:] != lower[1:]:
        return phrase
    if lower not in _LOWERED and not re.search(rf"(?<![\w-]){re.escape(lower)}(?![\w-])", text):
        return phrase
    following = phrase.split(" ")[1:2]
    if following and following[0][:1].isupper() and lower not in _DETERMINERS:
        return phrase  # "President Ana Berg"
    within = re.search(r"[a-z,] +" + re.escape(phrase), text) if lower == "the" else None
    return phrase if within else lower + phrase[len(first) :]
