"""What the last question says, taken apart: who did what, and the event it is about, to be asked about anew.

"How many vans did Orrin Motors recall in 2022?" asks after the vans; "Why did Orrin Motors recall vans in 2022?" says
the same and asks why; "when Orrin Motors recalled vans in 2022" bounds what is asked next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.happenings import EVENT_NOUNS
from app.mentions import content_words
from app.resolve.words import UNKNOWN, usage

__all__ = ["Clause", "bare", "event_of", "opened", "read_clause"]

_OPENING = re.compile(r"^(?:(?:and|but|so|then|ok(?:ay)?|also|now|well|right|thanks|great)\b[, ]*){1,3}", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\s*\([^()]{0,300}\)")
_AUXILIARIES = frozenset("is are was were has have had can could will would should may might must".split())
_DO = frozenset(("do", "does", "did"))
_ASKS_THING = frozenset(("who", "whom", "what", "which", "whose"))
_PREPOSITIONS = frozenset(
    """about above across after against along among around as at before behind beside between by down during for from
    in into near of off on onto out over since through to toward towards under until up upon with within without
    when where while because that than besides""".split()
)
_DETERMINERS = frozenset("the a an this these those its his her their our your my some any no all".split())
_LONGEST_ASKED = 5  # words of "which two British ministers"
_MOST_WORDS = 60
_IRREGULAR = {
    "be": "was", "become": "became", "begin": "began", "bear": "bore", "beat": "beat", "bite": "bit", "blow": "blew",
    "break": "broke", "bring": "brought", "build": "built", "burn": "burned", "buy": "bought", "catch": "caught",
    "choose": "chose", "come": "came", "cost": "cost", "cut": "cut", "deal": "dealt", "do": "did", "draw": "drew",
    "drive": "drove", "fall": "fell", "feel": "felt", "fight": "fought", "find": "found", "flee": "fled",
    "fly": "flew", "forbid": "forbade", "get": "got", "give": "gave", "go": "went", "grow": "grew", "have": "had",
    "hear": "heard", "hide": "hid", "hit": "hit", "hold": "held", "hurt": "hurt", "keep": "kept", "know": "knew",
    "lay": "laid", "lead": "led", "leave": "left", "lend": "lent", "let": "let", "lose": "lost", "make": "made",
    "mean": "meant", "meet": "met", "pay": "paid", "put": "put", "quit": "quit", "read": "read", "ride": "rode",
    "rise": "rose", "run": "ran", "say": "said", "see": "saw", "seek": "sought", "sell": "sold", "send": "sent",
    "set": "set", "shake": "shook", "shoot": "shot", "shut": "shut", "sing": "sang", "sink": "sank", "sit": "sat",
    "speak": "spoke", "spend": "spent", "split": "split", "spread": "spread", "stand": "stood", "steal": "stole",
    "stick": "stuck", "strike": "struck", "swear": "swore", "swim": "swam", "take": "took", "teach": "taught",
    "tear": "tore", "tell": "told", "think": "thought", "throw": "threw", "win": "won", "withdraw": "withdrew",
    "write": "wrote",
}  # fmt: skip
_BASES = {past: base for base, past in _IRREGULAR.items() if past != "was"}


def opened(question: str) -> str:
    """`question` without the words that only tie it to the talk: "And", "But so"."""
    return _OPENING.sub("", question)


def bare(text: str) -> str:
    """`text` without the mark at its end."""
    return text.strip().rstrip("?!. ")


@dataclass(frozen=True, slots=True)
class Clause:
    """A question that asks for one of the things in what happened, as words.

    `asked` is the noun behind the question word ("vans" of "how many vans"), empty where there is none. Where
    `object_asked`, `subject` did something to it; else it is itself what did, or was done, something. `verb` is in
    its plain form after "did" and "does", and as it stands where `auxiliary` is of another kind or none.
    """

    question_word: str
    asked: str
    auxiliary: str
    subject: str
    verb: str
    rest: str
    object_asked: bool

    def asking(self, word: str, answer: str | None) -> str:
        """What the question says, asked about with `word`; `answer` is what it was answered with."""
        filler = self._filler(answer)
        words: tuple[str, ...]
        if self.verb == "happened":
            words = (word, "did this happen", self.rest)
        elif self.object_asked:
            words = (word, self.auxiliary, self.subject, self.verb, filler, self.rest)
        elif self.auxiliary:
            words = (word, self._agreeing(filler), filler or "they", self.verb, self.rest)
        else:
            helper, plain = ("did", base_of(self.verb)) if is_past(self.verb) else ("does", self.verb.removesuffix("s"))
            if helper == "does" and (filler or "they").split()[-1].endswith("s"):
                helper = "do"
            words = (word, helper, filler or "they", plain, self.rest)
        return " ".join(w for w in words if w)

    def told(self, answer: str | None) -> str | None:
        """What the question says, as a statement: "the ferry Aurora sank"; None where it is not of the past."""
        filler = self._filler(answer)
        words: tuple[str, ...]
        if self.verb == "happened":
            words = ("this", self.verb, self.rest)
        elif self.object_asked:
            if self.auxiliary != "did":
                return None
            words = (self.subject, past_of(self.verb), filler, self.rest)
        elif self.auxiliary in ("was", "were"):
            words = (filler or "they", self._agreeing(filler), self.verb, self.rest)
        elif is_past(self.verb) and not self.auxiliary:
            words = (filler or "someone", self.verb, self.rest)
        else:
            return None
        return " ".join(w for w in words if w)

    def _agreeing(self, filler: str) -> str:
        """The auxiliary, in the plural where what it goes with is: "two skiers were"."""
        several = not filler or (filler.endswith("s") and not filler[:1].isupper()) or filler.endswith("people")
        return (
            {"was": "were", "is": "are", "has": "have"}.get(self.auxiliary, self.auxiliary)
            if several
            else self.auxiliary
        )

    def _filler(self, answer: str | None) -> str:
        """What stands for what was asked: the noun that was counted, or the answer, with its noun before a name."""
        if self.question_word.startswith("how"):
            return self.asked
        if self.question_word in ("when", "where", "why"):
            return ""
        if answer is None and not self.asked and self.object_asked:
            return "this" if self.question_word == "what" else ""
        if answer is None:
            return f"the {self.asked}" if self.asked else ""
        if self.asked and answer[:1].isupper() and not self.asked.endswith("s"):
            return f"the {self.asked} {answer}"
        return answer


_ASKING = re.compile(
    r"(?P<word>who|whom|what|which|when|where|why|how (?:many|much|long|old|far|often)|how)(?: of)?\s+", re.IGNORECASE
)


def read_clause(query: str) -> Clause | None:
    """What `query` says; None where its form is another, or it is a question of what somebody or something is."""
    query = bare(opened(_PARENTHESIS.sub("", query)))
    found = _ASKING.match(query)
    words = query[found.end() :].split() if found else []
    if found is None or not 1 < len(words) <= _MOST_WORDS:
        return None
    word = found["word"].lower()
    at = next((i for i, w in enumerate(words[: _LONGEST_ASKED + 1]) if w.lower() in _DO | _AUXILIARIES), None)
    if at is not None and words[at].lower() in _DO:
        return _of_object(word, words, at)
    if word not in ("who", "whom", "what", "which", "how many"):
        return None
    if at is not None:
        if at + 1 < len(words) and _is_participle(words[at + 1]):
            return Clause(
                word, " ".join(words[:at]), words[at].lower(), "", words[at + 1], " ".join(words[at + 2 :]), False
            )
        return None
    verb = next((i for i, w in enumerate(words[:_LONGEST_ASKED]) if _acts(w)), None)
    if verb is None or (verb == 0) == (word in ("which", "how many")):
        return None
    return Clause(word, " ".join(words[:verb]), "", "", words[verb], " ".join(words[verb + 1 :]), False)


def _of_object(word: str, words: list[str], at: int) -> Clause | None:
    """Of "what did the drone that crashed fall into": the verb is the last plain one before what it is done to."""
    verb = _main_verb(words, at + 1)
    if verb is None:
        return None
    rest = words[verb + 1 :]
    subject = " ".join(words[at + 1 : verb])
    asked, lead = " ".join(words[:at]), words[verb]
    if word in _ASKS_THING and len(rest) == 1 and rest[0].lower() in _PREPOSITIONS:
        lead, rest = f"{lead} {rest[0]}", []  # "call for": what is called for comes next
    return Clause(word, asked, words[at].lower(), subject, lead, " ".join(rest), True)


def _main_verb(words: list[str], start: int) -> int | None:
    """Which word is what the subject from `start` on does: it stands in its plain form before an object or an end."""
    best: tuple[float, int] | None = None
    for i in range(start + 1, len(words)):
        word, before = words[i].lower(), words[i - 1].lower()
        after = words[i + 1].lower() if i + 1 < len(words) else ""
        if not words[i].islower() or not word.isalpha() or word in _PREPOSITIONS | _DETERMINERS:
            continue
        if (
            before in _DETERMINERS
            or before in _PREPOSITIONS - {"of"}
            or (not content_words(word) and word not in _IRREGULAR)
        ):
            continue
        used = usage(word)
        if (used is UNKNOWN and word not in _IRREGULAR) or (
            word.endswith(("ed", "ing", "ly")) and word not in ("need", "feed", "bring", "apply")
        ):
            continue
        ends = not after or after in _PREPOSITIONS | _DETERMINERS or words[i + 1][:1].isupper() or after.isdigit()
        if used.verb <= 0.0 and word not in _IRREGULAR:
            continue
        score = used.verb - used.noun / 2 + (0.3 if word in _IRREGULAR else 0.0) + (1.0 if ends else 0.0)
        if best is None or score > best[0] + 0.35:
            best = (score, i)
    return best[1] if best else None


def _is_participle(word: str) -> bool:
    return word.islower() and (
        (word.endswith("ed") and len(word) > 4)
        or word in _BASES
        or word in ("shot", "hit", "hurt", "taken", "given", "born", "sworn", "stolen", "chosen", "beaten", "driven")
        or word
        in ("known", "seen", "shown", "written", "broken", "torn", "drawn", "blown", "thrown", "cut", "put", "set")
    )


def _acts(word: str) -> bool:
    return is_past(word) or (word.islower() and word.endswith("s") and usage(word.removesuffix("s")).verb >= 0.1)


def is_past(word: str) -> bool:
    """Whether a verb stands in the past."""
    return word.islower() and ((word.endswith("ed") and len(word) > 4) or word in _BASES)


def base_of(word: str) -> str:
    """The plain form of a verb in the past: "killed" is "kill"."""
    if word in _BASES:
        return _BASES[word]
    if word.endswith("ied"):
        return word[:-3] + ("ie" if len(word) == 4 else "y")
    forms = [word[:-2], word[:-1]]
    if len(word) > 5 and word[-3] == word[-4]:
        forms.append(word[:-3])
    if word == "died":
        return "die"
    return max(forms, key=lambda w: (usage(w).verb if usage(w) is not UNKNOWN else -1.0, -usage(w).rank))


def past_of(word: str) -> str:
    """A verb in the past, of its plain form and what goes with it: "walk out" is "walked out"."""
    first, _, particle = word.partition(" ")
    if first in _IRREGULAR:
        past = _IRREGULAR[first]
    elif first.endswith("e"):
        past = f"{first}d"
    elif first.endswith("y") and first[-2:-1] not in tuple("aeiou"):
        past = f"{first[:-1]}ied"
    elif re.fullmatch(r"[^aeiou]*[aeiou][bdglmnprt]", first) and len(first) > 2:
        past = f"{first}{first[-1]}ed"  # "stop", "ban"
    else:
        past = f"{first}ed"
    return f"{past} {particle}".strip()


# --- the event --------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_][\w’'-]*")
_WHERE = re.compile(
    r"(?:\s+(?:in|at|on|of|near|off|between|against|by|over)\s+(?:the\s+)?[A-Z0-9][\w’'-]*(?:\s+[A-Z0-9][\w’'-]*){0,4}"
    r"(?:\s+(?:valley|region|area|coast|market|station|airport|port|bridge|embassy|province|border))?){1,3}"
)
_MOST_BEFORE = 4  # words of "the Amsterdam-Paris train attack"


def event_of(text: str) -> tuple[str, bool] | None:
    """The event that `text` names, "the strike at Halmere port", and whether it is told in the plural; None if none."""
    text = _PARENTHESIS.sub("", text)
    clause = read_clause(text) if text.rstrip().endswith("?") else None
    verb = clause.verb.partition(" ")[0] if clause else ""
    words = list(_WORD.finditer(text))
    for n, word in enumerate(words):
        head = word.group().lower()
        if (
            head not in EVENT_NOUNS
            or head == verb
            or (n + 1 < len(words) and words[n + 1].group().lower() in EVENT_NOUNS - {verb})
        ):
            continue
        start, definite = word.start(), False
        for earlier in reversed(words[max(0, n - _MOST_BEFORE) : n]):
            lower = earlier.group().lower()
            if text[earlier.end() : start].strip():
                break
            if lower in ("the", "a", "an"):
                definite = True
                break
            if not content_words(lower) or lower in _DO | _AUXILIARIES | {"happened"} or is_past(lower):
                break
            start = earlier.start()
        plural = head.endswith("s") and head not in ("championships", "olympics", "series", "crisis", "talks")
        named = re.search(r"[A-Z]", text[start : word.end()]) is not None
        if not (definite or named or plural):
            continue  # "did the drone crash", "strike the valley": what was done
        where = _WHERE.match(text, word.end())
        end = where.end() if where else word.end()
        if start == 0 and not definite and not named:
            continue
        return f"the {text[start:end]}".strip(), plural
    return None
