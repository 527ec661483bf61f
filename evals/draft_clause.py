"""A sentence that opens with a subject and its verb is read as a clause, which can then be turned into a question.

The idea: a closed list of verbs and their past forms stands in for a grammar. What the list does not know is left
alone, so what is turned comes out as English; and so does what remains when a part is taken out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from app.mentions import FUNCTION_WORDS, Mention, find_mentions
from evals.draft_sentences import Names

__all__ = [
    "AUXILIARY",
    "SAYING",
    "Clause",
    "counted_noun",
    "lemmas",
    "places_well",
    "read_clause",
    "shorten",
    "without",
]

# Past forms with their lemmas: inverting "she won" into "did she win" needs them, and a closed list makes no errors.
_IRREGULAR = """become:became begin:began break:broke bring:brought build:built buy:bought catch:caught choose:chose
    come:came cost:cost cut:cut draw:drew drive:drove fall:fell find:found fly:flew get:got give:gave go:went grow:grew
    have:had hit:hit hold:held keep:kept lead:led leave:left lose:lost make:made meet:met pay:paid put:put quit:quit
    rise:rose run:ran say:said see:saw sell:sold send:sent set:set shoot:shot sign:signed sink:sank spend:spent
    stand:stood strike:struck take:took teach:taught tell:told throw:threw win:won write:wrote""".split()
_REGULAR = """accept accuse acquire add adopt agree air announce appear appoint approve arrest arrive ask attack attend
    award back ban beat block call cancel carry cause celebrate change charge claim close collapse collect complete
    confirm contain continue convict cover crash create cross damage debut declare deliver demand deny destroy detain
    die direct discover donate drop earn elect employ end enter establish evacuate expand face file finish fire found
    gain help host impose include increase injure introduce invade invest join kick kill land last launch measure move
    name narrow nominate offer open operate order pass play plead plunge post premiere present produce propose publish
    pull purchase pursue raise rank reach receive recall record reject release remain remove rename replace report
    resign resume retire return reveal score seize separate serve sentence settle share ship star start stay sue
    suffer surpass survive suspend test top total tour trade travel unveil use visit vote want warn welcome work
    wound""".split()
_DOUBLED = "admit:admitted commit:committed drop:dropped ban:banned plan:planned stop:stopped top:topped".split()
_OPINION = frozenset("believe think allege expect hope fear suspect know insist".split())
SAYING = frozenset(
    "said says told added announced argued claimed confirmed denied reported tweeted warned wrote".split()
)
AUXILIARY = frozenset("was were is are has had will would can could".split())
_LEAD = re.compile(r"^(?P<word>On|In|By) (?P<date>[^,]{3,30}(?:, \d{4})?),? (?=[A-Z])")
_BOUND = re.compile(
    r"[,;:—–()]|\b(?:he|she|it|they|we|that|which|who|whose|when|where|while|after|before|because|since|once|until|as|if|and|but|or|than)\b"
)
_HANGING = re.compile(r"\b(?:through|until|by|from|to|between|before|after|of|with|for|at|in|on|as)\s*$")
_NOT_COUNTED = frozenset(
    """more less percent per million billion years-old year-old years days months weeks hours minutes seconds feet yards
    miles meters""".split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Subject, verb and the rest of a sentence. `name` is the name to answer "who" with, empty when there is none.

    `lead` is the date that the sentence opened with, empty when there is none.
    """

    subject: str
    name: str
    verb: str
    rest: str
    lead: str

    @property
    def helps(self) -> bool:
        """Whether the verb is an auxiliary: "had" is none in "had 17 points"."""
        if self.verb not in ("has", "had"):
            return self.verb in AUXILIARY
        participle = re.match(r"(?:\w+ly |not |never |already )?(?:been|\w+ed|\w+en|\w+ne)\b", self.rest)
        return bool(participle) or self.rest.split(" ")[0] in lemmas()

    def ask(self, word: str, rest: str) -> str:
        """`word` in front of the clause, verb and subject in the order of a question."""
        rest = re.split(rf",? (?:and|but) (?:\w+ly )?(?={'|'.join([*AUXILIARY, *lemmas()])}\b)", f" {rest}")[0].strip()
        if self.helps:
            return f"{word} {self.verb} {self.subject} {rest}"
        return f"{word} {'does' if self.verb == 'has' else 'did'} {self.subject} {lemmas()[self.verb]} {rest}"


@cache
def lemmas() -> dict[str, str]:
    """Each past form that we know, with its lemma."""
    pairs = (pair.partition(":") for pair in (*_IRREGULAR, *_DOUBLED))
    found = {past: lemma for lemma, _, past in pairs}
    for lemma in _REGULAR:
        past = f"{lemma}d" if lemma.endswith("e") else f"{lemma}ed"
        found.setdefault(f"{lemma[:-1]}ied" if re.search(r"[^aeiou]y$", lemma) else past, lemma)
    return {**found, "has": "have"}


def read_clause(sentence: str, names: Names) -> Clause | None:
    """The clause that `sentence` is, less what only describes its subject; None where it opens in another way."""
    lead = _LEAD.match(sentence)
    if lead and [m.kind for m in find_mentions(f"{lead['word'].lower()} {lead['date']}")] != ["date"]:
        return None
    text = sentence[lead.end() :] if lead else sentence
    found = [m for m in find_mentions(text) if m.kind == "name"]
    if not found or text[: found[0].start] not in ("", "The "):
        return _common_clause(text, lead["date"] if lead else "")
    last = found[0]
    if len(last.text.split()) == 1 and last.text not in names.proper:
        return None
    for following in found[1:]:  # "White House spokesperson Karine Jean-Pierre said"
        between = text[last.end : following.start].split()
        if not 0 < len(between) <= 3 or not all(
            w.islower() and w.isalpha() and not _is_function(w) and w not in _OPINION for w in between
        ):
            break
        if following.text not in names.people:
            break
        last = following
    rest = text[last.end :]
    apposed = re.match(r", ([^“”\"()—]{3,90}?), (?=(?:\w+ly )?(\w+)\b)", rest)
    if apposed and (apposed[2] in AUXILIARY or apposed[2] in lemmas()):
        rest = rest[apposed.end() - 1 :]
    verb = re.match(r" (?:recently |reportedly |officially |once |first )?(\w+)\b(.*)\.$", rest)
    if verb is None or (verb[1] not in AUXILIARY and verb[1] not in lemmas() and verb[1] not in SAYING):
        return None
    if re.match(r" ?(?:and|or|but)\b|,|$", verb[2]):
        return None
    subject = text[: last.end].replace("The ", "the ", 1) if text.startswith("The ") else text[: last.end]
    name = re.sub(r"^.*[’']s ", "", last.text)
    return Clause(subject, name, verb[1], verb[2].strip(), lead["date"] if lead else "")


def _common_clause(text: str, lead: str) -> Clause | None:
    """A clause whose subject is a common noun: "A fire broke out in Porto"."""
    words = text.removesuffix(".").split()
    if words[0] not in ("A", "An", "The"):
        return None
    for at, word in enumerate(words[1:8], start=1):
        if word in AUXILIARY or word in lemmas():
            subject = " ".join([words[0].lower(), *words[1:at]])
            return Clause(subject, "", word, " ".join(words[at + 1 :]), lead) if 1 < at < len(words) - 2 else None
        if word.lower() in FUNCTION_WORDS - {"of", "in", "on", "for"} or not word[-1].isalnum():
            return None
    return None


def _is_function(word: str) -> bool:
    return word in FUNCTION_WORDS or word in lemmas()


def _has_verb(text: str) -> bool:
    """Whether a verb that we know, in the past or a form that helps, is among the words of `text`."""
    return any(word in AUXILIARY or word in lemmas() for word in text.split())


# --- what remains of a clause ---------------------------------------------------------------------------------------


def places_well(clause: Clause) -> bool:
    """Whether a date or place belongs to the verb: after a form of "be" only where a participle follows it."""
    first = re.match(r"(?:\w+ly |first |also |not )?(\w+)", clause.rest)
    if clause.verb not in ("is", "are", "was", "were"):
        return True
    if first is None:
        return False
    return first[1] in lemmas() or bool(re.search(r"(?:ed|en|wn|rn|lt|ght|ing)$", first[1]))


def without(rest: str, mention: Mention, prepositions: str) -> str:
    """`rest` less the mention and its preposition; empty unless they belong to the verb in front of them."""
    before = re.sub(rf"(?:^|,?\s)(?:{prepositions})\s(?:the\s)?$", " ", rest[: mention.start])
    weekday = re.search(r"day\b", mention.text) and mention.kind == "date"
    if before == rest[: mention.start] and not weekday:
        return ""
    if not before.strip() or _BOUND.search(before) or _HANGING.search(before):
        return ""
    after = rest[mention.end :]
    if after.strip(" .") and not re.match(r"[,;]|\s(?:" + "|".join(sorted(FUNCTION_WORDS)) + r")\b", after):
        return ""
    if re.match(r",\s(?:[A-Z]|in\b|at\b)", after) or re.match(r"\s(?:and|or|to|until|through)\b", after):
        return ""
    after = shorten(after) if not after.startswith(",") else ""
    return f"{before.strip()} {after.strip()}".strip()


def counted_noun(text: str) -> str:
    """The one to three words that a number in front of `text` counts; empty when that is not plain."""
    words: list[str] = []
    for word in text.split():
        bare = word.rstrip(",.;:")
        if bare.lower() in FUNCTION_WORDS or bare in lemmas() or not re.fullmatch(r"[A-Za-z][\w’-]*", bare):
            break
        words.append(bare)
        if bare != word:
            break
    counted = " ".join(words)
    plural = bool(words) and re.search(r"(?:s|people|children|men|women)$", words[-1]) and words[0] not in _NOT_COUNTED
    return counted if plural and len(words) <= 3 else ""


def shorten(rest: str) -> str:
    """`rest` less its last clauses where it is long or they add what nobody asks; what remains stays whole."""
    rest = rest.strip().rstrip(".")
    if re.search(r", (?:[^,]+ )?(?:said|told|says|reported|tweeted)\b", rest):
        return ""
    rest = re.split(
        r",? (?:according to)\b|, (?:which|who|whose|while|although|though|where|and|as)\b|,? but\b"
        r"|,? and (?:another |more than |about )?[$€£¥]?\d|;| [—–] | -- ",
        rest,
    )[0]
    rest = re.split(rf", (?=[A-Z][\w.]+(?: [A-Z]\w+)* (?:{'|'.join(lemmas())})\b)", rest)[0]
    if len(rest.split()) > 12 and "," in rest:
        head = rest.split(", ", 1)[0]
        opened = re.split(r" (?:that|when|while|because|after) ", head)
        if len(opened) > 1 and not _has_verb(opened[-1]):
            return ""
        if len(head.split()) >= 6 and not re.search(r"\b(?:that|as|and|or|of|in|to)$", head):
            return head
    return rest
