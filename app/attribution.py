"""Who says it: what a sentence reports, as against what the article says on its own account.

Read by form alone, within the sentence and the few around it. `said` are the reported parts; what lies outside of them
("X, who said he was tired, won the race") is the article's own. Quotation marks that are open run on over sentences.
Every pattern is bounded, so that the time is in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.attribution_words import (
    BARE_CLAUSE,
    HEDGE,
    INVERTED,
    NO_PERSON,
    NO_SPEECH,
    PRONOUNS,
    REPORTING,
    STUDIED,
    STUDIES,
    TOLD_OBJECTS,
    finite,
    lowered_at_start,
)
from app.draft import Composition, Draft, Quote
from app.mentions import find_mentions
from ingest.article import Article, Span, normalise_space
from ingest.split import sentences

__all__ = [
    "Attribution",
    "attribute",
    "attributed",
    "attribution_at",
    "attribution_of",
    "plain_marks",
    "quotations",
    "subject_before",
]

_LONGEST_SENTENCE = 4_000  # characters; what is longer is a table or a list, and read no further
_LONGEST_SUBJECT = 400
_LONGEST_QUOTATION = 3_000
_MOST_WORDS = 12  # of a speaker: what follows "according to" has to be taken in at a glance
_FARTHEST = 3  # sentences between a quotation and who is named as its speaker
_REACH_BACK, _REACH_ON = 2_000, 1_200  # characters that hold these sentences
_LEAD_IN = 60  # characters: a dateline, "In a statement on Monday, "
_MAIN = 0.5  # share of a sentence that is reported where the sentence as a whole is a report


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is said to have said it. `speaker` reads well after "according to"; `span` is where the words stand.

    `verb` is the reporting word as it stands; `said` the reported spans of the sentence; `is_quoted` whether these are
    within quotation marks; `is_hedge` whether nobody is named ("reportedly"); `is_aside` whether the sentence reports
    in passing (", who said …, "). All spans count in the text given.
    """

    speaker: str
    span: Span
    verb: str
    said: tuple[Span, ...]
    is_quoted: bool = False
    is_hedge: bool = False
    is_aside: bool = False


def attribution_of(sentence: str, before: str = "", after: str = "", *, answer: str = "") -> Attribution | None:
    """To whom `sentence`, between `before` and `after`, attributes what it says, or `answer`, some words of it.

    Spans count in the three joined by single spaces, what is empty left out.
    """
    text = " ".join(p for p in (before, sentence, after) if p)
    start = len(before) + 1 if before else 0
    found = sentence.find(answer) if answer else -1
    at = Span(start + found, start + found + len(answer)) if found >= 0 else None
    return attribution_at(text, Span(start, start + len(sentence)), at) if sentence.strip() else None


def attribution_at(text: str, sentence: Span, answer: Span | None = None) -> Attribution | None:
    """To whom the sentence at that span of `text` attributes `answer`, or, without one, its main claim."""
    end = min(sentence.end, sentence.start + _LONGEST_SENTENCE)
    start = max(0, sentence.start - _REACH_BACK)
    around = text[start : end + _REACH_ON]
    own = Span(sentence.start - start, end - start)
    at = None if answer is None or answer.start >= end else Span(answer.start - start, answer.end - start)
    if answer is not None and at is None:
        return None
    plain = plain_marks(around)
    marked = quotations(plain)
    found = _within(plain, own, marked, at) or _of_quotation(plain, own, marked, at)
    if found is None:
        return None
    spoken = _spoken(around, plain, own, marked, found)
    said = tuple(Span(s.start + start, s.end + start) for s in spoken.said)
    return replace(spoken, span=Span(spoken.span.start + start, spoken.span.end + start), said=said)


def _within(plain: str, sentence: Span, marked: Sequence[Span], answer: Span | None) -> Attribution | None:
    """The report that covers `answer`: of several the outermost, a named speaker before a hedge."""
    reports = [r for r in _reports(plain, sentence, marked) if _covers(r, sentence, answer)]
    if not reports:
        return None
    named = [r for r in reports if not r.is_hedge]
    return max(named or reports, key=lambda r: sum(map(len, r.said)))


def _covers(report: Attribution, sentence: Span, answer: Span | None) -> bool:
    if answer is not None:
        return any(s.start <= answer.start < s.end and answer.end <= s.end + 1 for s in report.said)
    begins = min(report.span.start, *(s.start for s in report.said)) - sentence.start
    if not report.is_aside and begins <= _LEAD_IN:
        return True
    return sum(map(len, report.said)) >= _MAIN * (len(sentence) - len(report.span))


# --- quotation marks --------------------------------------------------------------------------------------------------

_SPACES = dict.fromkeys(map(ord, "\t\r\n\x0c\x0b\xa0\u2007\u2009\u202f"), " ")
_DOUBLE = dict.fromkeys(map(ord, "“”„«»‟〝〞"), '"')
_SINGLE_CURLY = re.compile(r"‘((?:[^‘’]|’(?=\w)){2,400})’")
_SINGLE = re.compile(r"(?<![\w'])'(?=\w)((?:[^'\n]|'(?=\w)){2,400})(?<=[\w,.!?…])'(?!\w)")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")


def plain_marks(text: str) -> str:
    """`text`, as long as it was, with plain quotation marks; a blank line stays, other white space is spaces."""
    if "‘" in text:
        text = _SINGLE_CURLY.sub(r'"\1"', text)
    text = text.replace("’", "'").replace("‘", "'").translate(_DOUBLE)
    if "'" in text and '"' not in text:
        text = _SINGLE.sub(r'"\1"', text)
    text = _PARAGRAPH.sub(lambda m: "\x1e" * 2 + " " * (len(m.group()) - 2), text)
    return text.translate(_SPACES).replace("\x1e", "\n")


def quotations(plain: str) -> tuple[Span, ...]:
    """What stands within quotation marks, without these. One left open ends with its paragraph."""
    found: list[Span] = []
    opened: int | None = None
    for mark in re.finditer(r'["\n]', plain):
        at = mark.start()
        if mark.group() == "\n":
            if opened is not None and at > opened:
                found.append(Span(opened, at))
            opened = None
            continue
        before, after = plain[at - 1 : at] if at else " ", plain[at + 1 : at + 2]
        if opened is None:
            if (not before.isalnum() and before not in ".,!?") and not after.isspace() and after:
                opened = at + 1
        elif at - opened > _LONGEST_QUOTATION:
            opened = at + 1 if before.isspace() else None
        elif not (before.isspace() and not after.isspace() and after):
            if at > opened:
                found.append(Span(opened, at))
            opened = None
    if opened is not None and opened < len(plain):
        found.append(Span(opened, len(plain)))
    return tuple(found)


# --- reports within a sentence ----------------------------------------------------------------------------------------

_DATELINE = re.compile(
    r"\s*(?:[A-Z][\w .,'/-]{1,60}?\s?\([^()]{1,40}\)(?:, [A-Z][\w.'-]*(?: [A-Z][\w.'-]*){1,3})?\s*(?:[-—–]{1,3}"
    r"|:)|[A-Z][A-Z .,'-]{2,40} (?:—|–|--?))\s*"
)
_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_WHEN = re.compile(
    rf" +(?:(?:late|early|earlier|later) )?(?:(?:on|last|this) )?{_DAYS}(?: (?:morning|afternoon|evening|night))?\b"
    r"| +(?:earlier|later|yesterday|today|tonight|again|then|also|separately|afterwards|\w{3,}ly)\b"
    r"| +(?:earlier |later )?(?:last|this|that|in the) (?:week|month|year|day|morning|afternoon|evening|night)\b"
)
_WHERE = re.compile(
    r" +(?:in|at|on|during|via|to|from|by|with|under|through|of|after|before|following) +[^ ,.;:\"]+"
    r"(?: +(?!that\b|it\b|he\b|she\b|they\b|there\b|the\b|its\b|his\b|her\b|their\b|no\b|none\b|\d)[^ ,.;:\"]+){0,8}"
)
_TOLD = re.compile(
    r" +(?:(?:(?:the|this|a|an|his|her|its|their|our|state|local|national|public|several|other"
    r"|both) +)+[^ ,.;:\"]+(?: +(?!that\b"
    r"|on\b|in\b|he\b|she\b|it\b|they\b|the\b|there\b|to\b|at\b|how\b|about\b)[^ ,.;:\"]+){0,4}"
    r"|[A-Z0-9][^ ,.;:\"]*(?: +(?:[A-Z][^ ,.;:\"]*|of|and|the(?= [A-Z]))){0,5}|[a-z]+)"
)
_ENDS = re.compile(
    r" *(?:$|[.!?;,)\]—–]|- )| +(?:without|when|after|before|as|while|during|adding|citing|quoting|referring|about|amid"
    r"|following|because|and|but|to|in|on|at|of|from|under)\b"
)
_CLAUSE_BEGINS = re.compile(
    r" +(?!(?:so|no|yes|goodbye|hello|sorry|nothing|little|much|more|it all|the word)\b(?! \w))"
)
_ACCORDING = re.compile(
    r"\baccording to +(?!plan\b|schedule\b|size\b|age\b|height\b|need\b|custom\b|taste\b|rank\b)", re.I
)
_CITING = re.compile(r",? +(?:citing|quoting) +")
_NOUN_END = re.compile(
    r"[,;:.!?](?=[ \"\n]|$)|[\"()—–\n]| - | (?:who|which|that|whose|when|where|while|after|and then|but)\b"
)
_TITLE_DOT = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Lt|Col|Gen|Sgt|Capt|Cpl|Maj|Prof|Rev|Sen|Rep|Gov|St|Jr|Sr|U\.S|U\.N))$"
)
_LEAD = re.compile(
    r"(?:(?:but|and|so|yet|however|meanwhile|also|then|still|later|earlier|yesterday|today|moreover|in addition|instead"
    r"|while|as|although|though|because|since|when|after|before|whereas|if|or|that|for his part|for her part"
    rf"|on {_DAYS}|{_DAYS})\b,? +)+",
    re.I,
)
_TRAIL = re.compile(
    rf"(?: +(?:also|later|earlier|then|still|have|has|had|would|will|now|once|again|previously|repeatedly"
    rf"|recently|further"
    rf"|reportedly|(?:on +)?{_DAYS}|\w{{3,}}ly|who|which|that))+$"
)
_WHO = re.compile(r",? +(?:who|which|whose|whom|that)\b")
_CONJUNCTION = re.compile(
    r" (?:and|but|while|as|because|after|when|although|though|since|whereas|that|before|if|or)(?= )|[;:—–]|\n"
)
_RELATIVE = re.compile(r", +(?:who|which)(?: +(?:also|has|had|have|later|earlier))* *$")


def _reports(plain: str, sentence: Span, marked: Sequence[Span]) -> Iterator[Attribution]:
    """Every report whose reporting words stand in the sentence, outside of quotation marks."""
    end = min(sentence.end, sentence.start + _LONGEST_SENTENCE)
    text = plain[sentence.start : end]
    inside = [(max(q.start, sentence.start), min(q.end, end)) for q in marked if q.overlaps(Span(sentence.start, end))]
    for first, last in inside:
        first, last = first - sentence.start, last - sentence.start
        text = text[:first] + "\0" * (last - first) + text[last:]
    dateline = _DATELINE.match(text)
    begins = dateline.end() if dateline else 0
    for report in _found_in(text, begins):
        said = tuple(Span(s.start + sentence.start, s.end + sentence.start) for s in report.said)
        quoted = any(q[0] < s.end and s.start < q[1] for s in said for q in inside)
        span = Span(report.span.start + sentence.start, report.span.end + sentence.start)
        yield replace(report, span=span, said=said, is_quoted=quoted)


_ESTIMATES = re.compile(
    r"\b(?P<verb>expects?|reckons?|estimates?|forecasts?|predicts?)\b(?: that\b|[^,;.\"\0]{0,50}? (?=[$€£]?\d))"
    r"|\b(?P<verb2>puts?)\b [^,;.\"\0]{1,60} at (?:(?:about|around|some|nearly|over) )?(?=[$€£]?\d)"
)


def _found_in(text: str, begins: int) -> Iterator[Attribution]:
    for found in REPORTING.finditer(text, begins):
        yield from _by_verb(text, begins, found)
    for found in _ACCORDING.finditer(text, begins):
        yield from _by_source(text, begins, found)
    for found in _ESTIMATES.finditer(text, begins):
        speaker = None if NO_SPEECH.search(text[: found.start()][-40:]) else subject_before(text, begins, found.start())
        if speaker is not None:
            verb = "verb" if found["verb"] else "verb2"
            yield Attribution("", speaker, found[verb], (Span(found.end(verb), _clause_end(text, found.end())),))
    for found in HEDGE.finditer(text, begins):
        words = " ".join(found.group().split())
        span = Span(found.start(), found.end())
        said = _hedged(text, begins, span)
        yield Attribution(
            f"an unattributed report (“{words}”)", span, words, (said,), is_hedge=True, is_aside=said.start > begins
        )


def _hedged(text: str, begins: int, hedge: Span) -> Span:
    """What a hedge leaves open: its relative clause, or the sentence up to another main clause."""
    comma = text.rfind(", ", begins, hedge.start)
    if comma >= 0 and _RELATES.match(text, comma):
        end = text.find(",", hedge.end)
        return Span(comma, end if end > 0 else len(text))
    start = begins
    for other in _MAIN_CLAUSE.finditer(text, begins, hedge.start):
        start = other.end()
    following = _MAIN_CLAUSE.search(text, hedge.end)
    return Span(start, following.start() if following else len(text))


_RELATES = re.compile(r", (?:\w+ of )?(?:who|which|whom|whose|where|\w+ed|\w+ing)\b")
_MAIN_CLAUSE = re.compile(r"; |, (?:and|but|while|so) ")


_COORDINATED = re.compile(r"(?:\b(?:and|but|while|that)|[;:—–])\s*$", re.IGNORECASE)


def _by_source(text: str, begins: int, found: re.Match[str]) -> Iterator[Attribution]:
    """According to X."""
    end = _noun_end(text, found.end())
    speaker = _trimmed(text, found.end(), end)
    if speaker is None:
        return
    if not text[begins : found.start()].strip(' "') or _COORDINATED.search(text[begins : found.start()]):
        said: tuple[Span, ...] = (Span(end + 1, len(text)),) if end + 1 < len(text) else ()
    else:
        said = (Span(begins, found.start()),)
        if text.startswith(",", end) and not re.match(r", (?:and|but|while|who|which)\b", text[end : end + 8]):
            said = (*said, Span(end + 1, len(text)))
    if said:
        yield Attribution("", speaker, found.group().strip(), said)


_SAID_TO = re.compile(r" to (?:be|have)\b")


def _by_verb(text: str, begins: int, found: re.Match[str]) -> Iterator[Attribution]:
    """X said, X told Y, said X."""
    verb, start, end = found.group().lower(), found.start(), found.end()
    left = text[max(begins, start - _LONGEST_SUBJECT) : start]
    if NO_SPEECH.search(left) or text[end : end + 1] in ("-", "'") or _SAID_TO.match(text, end):
        return
    if (inverted := _inverted(text, begins, found)) is not None:
        yield inverted
        return
    if verb in ("told", "tells", "telling"):
        told = _TOLD.match(text, end)
        if told is None or told.group().split()[-1].lower() in TOLD_OBJECTS or told.group().strip().lower() == "to":
            return
        end = told.end()
        if text.startswith((" to ", " how ", " about "), end):
            return
    after = _after_adverbials(text, end)
    relative = _RELATIVE.search(left)
    speaker = subject_before(text, begins, start)
    if verb in ("saying", "adding", "telling", "claiming", "warning", "arguing", "insisting", "noting"):
        speaker = _opening(text, begins) if left.rstrip().endswith(",") else None
    if speaker is None:
        return
    is_pronoun = text[speaker.start : speaker.end].lower() in PRONOUNS
    if verb in STUDIED and not STUDIES.search(text[speaker.start : speaker.end].lower()):
        return
    said = _said_after(text, verb, after, end)
    if said is not None:
        stop = text.find(",", said) if relative else _clause_end(text, said)
        spans = [Span(said, stop if stop > said else len(text))]
        if text[begins : speaker.start].rstrip().endswith((',"', '?"', '!"', '."')):
            spans.insert(0, Span(begins, speaker.start))  # "…," X said, "…"
        aside = relative is not None or verb.endswith("ing")
        yield Attribution("", speaker, found.group(), tuple(spans), is_aside=aside)
    elif _ENDS.match(text, end) or _ENDS.match(text, after):
        cut = max(text.rfind(mark, begins, speaker.start) for mark in (",", '"', "—", "–", " - "))
        if cut > begins and not relative and not finite(text[cut : speaker.start]):
            spans = [Span(begins, cut + 1)]
            if '"' in text[end:]:
                spans.append(Span(text.index('"', end), len(text)))
            yield Attribution("", speaker, found.group(), tuple(spans))
        elif is_pronoun or verb in ("said", "says", "say"):
            at = text.find('"', end)
            if at >= 0:
                yield Attribution("", speaker, found.group(), (Span(at, len(text)),))


_VERB_WITHIN = 90  # characters from the beginning of a reported clause to its verb
_REFLEXIVE = re.compile(r" (?:him|her|it|them)sel(?:f|ves)\b")


def _said_after(text: str, verb: str, after: int, end: int) -> int | None:
    """Where the reported clause begins that follows the verb; None where none does."""
    for at in dict.fromkeys((after, end)):
        if that := re.compile(r",? +that\b").match(text, at):
            return that.end()
        if quote := re.compile(r' *[,:]? *(?=")').match(text, at):
            return quote.end()
    if verb in ("told", "tells", "telling") or BARE_CLAUSE.fullmatch(verb):
        for at in dict.fromkeys((after, end)):
            if not _ENDS.match(text, at) and _CLAUSE_BEGINS.match(text, at):
                rest = re.split(r",(?!\d)|\0", text[at : at + _VERB_WITHIN], maxsplit=1)[0]
                if _REFLEXIVE.match(text, at):
                    return None
                if verb in ("said", "says", "say", "saying") or finite(rest):
                    return at
    return None


def _after_adverbials(text: str, at: int) -> int:
    for _ in range(4):
        found = _WHEN.match(text, at) or _WHERE.match(text, at)
        if found is None:
            break
        at = found.end()
    return at


def _clause_end(text: str, start: int) -> int:
    found = re.compile(r"; |, but (?!also\b)").search(text, start)
    return found.start() if found else len(text)


def _inverted(text: str, begins: int, found: re.Match[str]) -> Attribution | None:
    """The speaker behind the verb: said X, a captain."""
    start = found.start()
    boundary = text[max(begins, start - _LONGEST_SUBJECT) : start].rstrip()
    if _WEEKDAY.match(text, found.end()):
        return None  # "the company, a ferry line, said Thursday that": the subject stands before
    if not INVERTED.fullmatch(found.group()) or not boundary.endswith((",", '"', "—")):
        return None
    before = boundary.rstrip(' ,"—')
    after = _after_word(text, found.end())
    is_clause = boundary.endswith('"') or before.endswith("\0") or finite(before)
    if not is_clause and not text[after : after + 1].isupper():
        return None  # "Berg, a captain, said the word"
    if not _NOUN_PHRASE.match(text, after):
        return None
    speaker = _trimmed(text, after, _noun_end(text, after, appositions=1))
    if speaker is None or finite(text[speaker.start : speaker.end].split(",")[0]):
        return None
    spans = [Span(begins, start)]
    if '"' in text[speaker.end :]:
        spans.append(Span(text.index('"', speaker.end), len(text)))
    return Attribution("", speaker, found.group(), tuple(spans))


_WEEKDAY = re.compile(rf" +{_DAYS}\b(?!')")
_NOUN_PHRASE = re.compile(r"[A-Z]|(?:the|a|an|one|his|her|its|their|\w+s)\b|(?:[a-z-]+ ){1,4}[A-Z]")


def _after_word(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _noun_end(text: str, start: int, appositions: int = 0) -> int:
    """Where the noun phrase that begins at `start` ends: at a mark that is no part of a title, or a clause."""
    end = min(len(text), start + _LONGEST_SUBJECT)
    for mark in _NOUN_END.finditer(text, start, end):
        at = mark.start()
        if mark.group() == "." and _TITLE_DOT.search(text, max(start, at - 8), at):
            continue
        if (
            mark.group() == ","
            and appositions
            and re.compile(r", (?:a|an|the|its|his|her|head|chief)\b").match(text, at)
        ):
            appositions -= 1
            continue
        return at
    return end


_PRONOUN_LAST = re.compile(r"(?<=[a-z,] )(?:he|she|they)$")


def subject_before(text: str, begins: int, verb: int) -> Span | None:
    """The noun phrase before the verb, with an apposition to it; None where none can be told."""
    start = max(begins, verb - _LONGEST_SUBJECT)
    left = text[start:verb].rstrip()
    quote = max(left.rfind('"'), left.rfind("\0"))
    offset = start + quote + 1
    left = left[quote + 1 :]
    if trail := _TRAIL.search(left):
        left = left[: trail.start()]
    if pronoun := _PRONOUN_LAST.search(left):
        return Span(offset + pronoun.start(), offset + pronoun.end())  # "in a letter she wrote"
    apposed = left.endswith(",")
    pieces = [(m.start(), m.end()) for m in re.finditer(r"(?:[^,\n]|(?<=\d),(?=\d))+", left)]
    if not pieces:
        return None
    at = len(pieces) - 1
    if apposed:  # "X, who …, said", "X, a captain, said", "…, X, a captain, said"
        while at > 0 and not _names(left[slice(*pieces[at])]):
            at -= 1
        while at > 0 and re.match(r" *(?:a|an|the|his|her|its|who|which|whose|head|chief)\b", left[slice(*pieces[at])]):
            at -= 1
    elif at > 0 and " and " in left[slice(*pieces[at])] and _is_name(left[slice(*pieces[at - 1])]):
        at -= 1
    first, last = pieces[at][0], len(left)
    who = _WHO.search(left, first)
    last = who.start() if who else last
    head = left[first : min(last, pieces[at][1])] if apposed else left[first:last]
    cut = 0
    while finite(head[cut:]):
        conjunction = next(
            (m for m in _CONJUNCTION.finditer(head, cut) if m.start() >= cut and not finite(head[m.end() :])), None
        )
        if conjunction is None:
            return None
        cut = conjunction.end()
    begin = offset + first + cut
    return _trimmed(text, begin, offset + last)


def _names(piece: str) -> bool:
    return bool(re.match(r" *(?:[A-Z]|(?:a|an|the|one|two)\b)", piece)) and not finite(piece)


def _is_name(piece: str) -> bool:
    words = piece.split()
    return bool(words) and len(words) < 5 and all(w[0].isupper() for w in words)


def _opening(text: str, begins: int) -> Span | None:
    """The noun phrase that the sentence opens with."""
    lead = _LEAD.match(text, begins)
    start = lead.end() if lead else begins
    words = list(re.finditer(r"[^ ,;:\"]+", text[start : start + 200]))[: _MOST_WORDS + 1]
    for n, word in enumerate(words):
        if (n and finite(word.group())) or word.group().lower() in ("who", "which"):
            return _trimmed(text, start, start + words[n - 1].end())
        if n and text[start + words[n - 1].end()] == ",":
            return _trimmed(text, start, start + words[n - 1].end())
    return None


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """The noun phrase at that span: at most twelve words, without what leads up to it; None where it is none."""
    while start < end and text[start] in ' ,"\n\0':
        start += 1
    if lead := _LEAD.match(text, start, end):
        start = lead.end()
    while end > start and text[end - 1] in ' ,"\n\0':
        end -= 1
    if trail := _TRAIL.search(text[start:end]):
        end = start + trail.start()
    words = list(re.finditer(r"[^ ]+", text[start:end]))
    if not words or "\0" in text[start:end]:
        return None
    if len(words) > _MOST_WORDS:
        comma = text.find(",", start, end)
        cut = start + words[_MOST_WORDS - 1].end()
        if comma < 0 and words[-1].group()[0].isupper():
            last = words[-_MOST_WORDS:]  # the name stands last, and what it begins with has a capital
            start += next((w for w in last if w.group()[0].isupper()), last[0]).start()
        else:
            end = comma if start < comma <= cut else cut
    if time := re.search(
        rf" (?:(?:late|early) )?(?:on |last |this )?(?:{_DAYS}|yesterday|in (?:a|an) \w+)\b.*$", text[start:end]
    ):
        end = start + time.start()
    phrase = text[start:end]
    if not phrase or not re.match(r"(?:[A-Z0-9]|[a-z]{1,3}-[A-Z]|[a-z])", phrase) or NO_SPEAKER.fullmatch(phrase):
        return None
    return Span(start, end) if end > start else None


NO_SPEAKER = re.compile(
    rf"(?:{_DAYS}(?!['’])\b.*|there|to|not|and|or|but|what|who|which|that|this|these|those|it is|as"
    r"|be|is|are|was|were|so"
    r"|(?:with|in|on|at|for|by|from|of|during|after|to|under|over) .*)",
    re.I,
)


# --- speakers outside of the sentence ---------------------------------------------------------------------------------


def _of_quotation(plain: str, sentence: Span, marked: Sequence[Span], answer: Span | None) -> Attribution | None:
    """The speaker of a quotation that the sentence, or `answer` in it, is part of, and that is named beside it."""
    part = answer or sentence
    quote = next((q for q in marked if q.start <= part.start + 1 and part.end <= q.end + 2), None)
    if quote is None or len(part.of(plain).split()) < 2:
        return None
    if answer is not None and sentence.start < quote.start - 1 and quote.end + 2 < sentence.end:
        return None  # words in quotation marks within a sentence of the article's own: a title, a nickname
    if len(quote) < 0.5 * len(sentence):
        return None
    window = _window(plain, sentence)
    own = next((n for n, s in enumerate(window) if s.overlaps(sentence)), None)
    if own is None:
        return None
    said = (Span(max(quote.start, sentence.start), min(quote.end, sentence.end)),)
    after = [s for s in window[own + 1 :] if s.start <= quote.end + 1][:_FARTHEST]
    before = window[:own][::-1][:_FARTHEST]
    same = [s for s in before if "\n" not in plain[s.end : sentence.start]]
    following = [s for s in window[own + 1 :][:1] if "\n" not in plain[sentence.end : s.start]]
    for others in (after, same, before[: 1 if not same else 0], following):
        for other in others:
            for report in _reports(plain, other, marked):
                if not report.is_hedge and (report.is_quoted or other in following):
                    return replace(report, said=said, is_quoted=True)
    return None


def _window(plain: str, sentence: Span) -> list[Span]:
    """The sentences around, whole ones, with that one among them."""
    start, end = max(0, sentence.start - _REACH_BACK), min(len(plain), sentence.end + _REACH_ON)
    spans = [*sentences(plain, Span(start, sentence.start))] if start < sentence.start else []
    if start and spans:
        spans = spans[1:]
    following = [*sentences(plain, Span(sentence.end, end))] if sentence.end < end else []
    return [*spans, sentence, *following]


def _spoken(text: str, plain: str, sentence: Span, marked: Sequence[Span], found: Attribution) -> Attribution:
    """`found` with the words for its speaker: a pronoun is named by the sentences before, where they do."""
    if found.is_hedge:
        return found
    words = normalise_space(plain[found.span.start : found.span.end])
    if words.lower() in PRONOUNS:
        named = _antecedent(plain, found.span, marked, person=words.lower() in ("he", "she"))
        if named is None:
            return replace(found, speaker=f"a speaker whom the article calls “{words.lower()}”")
        found = replace(found, span=named)
    speaker = lowered_at_start(normalise_space(text[found.span.start : found.span.end]), text)
    cited = _CITING.search(plain, found.span.end, sentence.end) if found.span.end < sentence.end else None
    if cited is not None:
        source = _trimmed(plain, cited.end(), min(sentence.end, _noun_end(plain, cited.end())))
        both = "" if source is None else f"{speaker}, citing {normalise_space(text[source.start : source.end])}"
        speaker = both if 0 < len(both.split()) <= _MOST_WORDS else speaker
    return replace(found, speaker=speaker)


_CLOSED = re.compile(r"[.!?][\"')]* *$|\n")


def _antecedent(plain: str, pronoun: Span, marked: Sequence[Span], *, person: bool) -> Span | None:
    """Whom "he", "she", "it" or "they" brings to mind: the speaker before, else the subject of a sentence before."""
    near = [s for s in _window(plain, Span(pronoun.start, pronoun.end)) if s.start < pronoun.start]
    own = near[-1:] if near and not _CLOSED.search(plain[near[-1].start : pronoun.start]) else []
    for sentence in (*own, *[s for s in reversed(near) if s not in own][:_FARTHEST]):
        limit = pronoun.start
        reports = [r for r in _reports(plain, sentence, marked) if not r.is_hedge and r.span.end < limit]
        for report in reversed(reports):
            words = plain[report.span.start : report.span.end]
            if words.lower() not in PRONOUNS and (not person or _may_be_person(words)):
                return report.span
        text = plain[sentence.start : min(sentence.end, limit)]
        if person:
            names = [m for m in find_mentions(text) if m.kind == "name" and _is_person(_in_full(m.text, plain[:limit]))]
            names = [m for m in names if not _NO_SUBJECT.search(text[: m.start][-8:])]
            names = [m for m in names if not any(q.start <= sentence.start + m.start < q.end for q in marked)]
            if names:
                return Span(sentence.start + names[0].start, sentence.start + names[0].end)
        elif sentence not in own:
            opening = _opening(plain[: sentence.end], sentence.start)
            if opening is not None and plain[opening.start : opening.end].lower() not in PRONOUNS:
                return opening
    return None


_NO_SUBJECT = re.compile(r"\b(?:the|in|at|near|across) $", re.IGNORECASE)
"""What stands before a name that "he" is not: the Red Cross, in San Marco."""


def _in_full(name: str, before: str) -> str:
    """A name of one word with the given name that it had before; the same where it had none."""
    if " " in name:
        return name
    found = re.search(rf"\b[A-Z][a-z][\w'-]* {re.escape(name)}\b", before)
    return found.group() if found else name


def _is_person(name: str) -> bool:
    words = name.split()
    return len(words) > 1 and not NO_PERSON.search(name) and not any(len(w) > 1 and w.isupper() for w in words)


def _may_be_person(words: str) -> bool:
    """Whether a speaker may be "he" or "she": not several, no body, no paper."""
    head = words.split(",")[0]
    if NO_PERSON.search(head) or (re.search(r"\b(?:\w+[^s]s|police|people)$", head) and not head[0].isupper()):
        return False
    return not re.match(r"(?:two|three|some|many|several)\b", head, re.I)


# --- drafts -----------------------------------------------------------------------------------------------------------


def attributed(composition: Composition, text_of: Callable[[str], str]) -> Composition:
    """`composition` with each draft's attribution, and with quotes that take in who is named as their speaker.

    What a form attributed itself stays; empty words say that it found nobody. A draft that another, widened, takes in
    is dropped where no part rests on it.
    """
    drafts = [attribute(draft, text_of) for draft in composition.drafts]
    if composition.parts:
        return replace(composition, drafts=tuple(drafts))
    kept: list[Draft] = []
    for old, draft in zip(composition.drafts, drafts, strict=True):
        if draft.quotes != old.quotes and any(_overlap(draft, k) for k in kept):
            draft = replace(old, attribution=draft.attribution)
        if not any(_overlap(draft, k) for k in kept if k not in composition.drafts):
            kept.append(draft)
    return replace(composition, drafts=tuple(kept))


def _overlap(draft: Draft, other: Draft) -> bool:
    quote, said = draft.quotes[0], other.quotes[0]
    return quote.article.article_id == said.article.article_id and quote.span.overlaps(said.span)


def attribute(draft: Draft, text_of: Callable[[str], str]) -> Draft:
    """The draft with its attribution, its quote widened to the sentence that names the speaker."""
    quote = draft.quotes[0]
    if draft.attribution == "":
        return replace(draft, attribution=None)
    if draft.attribution is not None or len(draft.quotes) > 1 or draft.support != "verbatim":
        return draft
    whole = text_of(quote.article.article_id)
    if quote.span.of(whole) != quote.text:
        return draft
    run = _run(quote.article, quote.span, whole)
    start, end = max(run.start, quote.span.start - _REACH_BACK), min(run.end, quote.span.end + _REACH_ON)
    text = whole[start:end]
    at = Span(quote.span.start - start, quote.span.end - start)
    own = sentences(text, at)
    if not own:
        return draft
    sentence, answer = own[-1], None
    if draft.short:
        pattern = re.compile(r"\s+".join(map(re.escape, draft.short.split())))
        for candidate in own:
            if found := pattern.search(text, candidate.start, candidate.end):
                sentence, answer = candidate, Span(found.start(), found.end())
    attribution = attribution_at(text, sentence, answer)
    if attribution is None:
        return draft
    draft = replace(draft, attribution=attribution.speaker)
    if at.start <= attribution.span.start and attribution.span.end <= at.end:
        return draft
    return _widened(draft, text, at, start, attribution.span)


def _widened(draft: Draft, text: str, at: Span, offset: int, speaker: Span) -> Draft:
    """The draft with the quote from or to the sentence that names the speaker; the same where that lies too far."""
    quote = draft.quotes[0]
    if draft.text != normalise_space(quote.text):
        return draft
    window = _window(text, at)
    own = window.index(at)
    naming = next((n for n, s in enumerate(window) if s.start <= speaker.start and speaker.end <= s.end), None)
    if naming is None or abs(naming - own) > _FARTHEST:
        return draft
    span = Span(min(window[naming].start, at.start), max(window[naming].end, at.end))
    words = span.of(text)
    widened = Quote(quote.article, Span(span.start + offset, span.end + offset), words)
    return replace(draft, text=normalise_space(words), quotes=(widened,))


def _run(article: Article, span: Span, whole: str) -> Span:
    """The part of the body around `span` with nothing but white space in it that was left out."""
    bodies = list(article.body)
    at = next((n for n, b in enumerate(bodies) if b.start <= span.start and span.start < b.end), None)
    if at is None:
        return span
    first = last = at
    while first > 0 and not whole[bodies[first - 1].end : bodies[first].start].strip():
        first -= 1
    while last + 1 < len(bodies) and not whole[bodies[last].end : bodies[last + 1].start].strip():
        last += 1
    return Span(min(bodies[first].start, span.start), max(bodies[last].end, span.end))
