"""An invented archive in which every way of finding things is needed, for a gate that is fast and notices a lost one.

Five articles are found by any means, so questions about them cannot tell whether a way of finding is broken. Here 240
short notices differ by a name, a number or a code that only their words tell apart; and among them stand events that
are asked about in other words than those they are told in, which only meaning finds. Invented, so nothing of it is
anybody's article, and generated, so it is the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.answer import Answer
from evals.metrics import Part
from evals.record import Case, LostAt
from evals.run import READ_FIRST, Ask

__all__ = ["KIND", "LOOKUPS", "LookUp", "ask_lookups", "invent"]

KIND = "lookup"
LOOKUPS = ("lookup_by_words", "lookup_by_meaning")  # measures: 1 / rank of the one article that answers
N_NOTICES = 240
N_BY_WORDS = 60
_SYLLABLES = "bar den fel gor hil jun kas lor mev nar ost pel rud sil tam ulv ver wik yor zan".split()
_OFFICES = ("county court", "port authority", "land registry", "water board", "licensing panel", "planning council")
_MATTERS = (
    "the lease of a warehouse on the quay",
    "the boundary between two farms",
    "the closing hours of a riverside inn",
    "the mooring fees of the fishing fleet",
    "the felling of a row of lime trees",
    "the width of a new footbridge",
)
_OUTCOMES = ("was granted in part", "was turned down", "was put off until the spring", "was sent back for a new survey")
# What is told, and what is asked about it in other words.
_EVENTS: tuple[tuple[str, str], ...] = (
    ("The mayor laid down her office on grounds of ill health.", "Which politician quit because of sickness?"),
    ("A blaze gutted the old cinema overnight.", "What did the fire destroy?"),
    ("Pupils were sent home after the heating broke down.", "Why did lessons end early?"),
    ("The bakery chain will shed a third of its staff.", "Which company is laying off workers?"),
    ("A lorry overturned and blocked the motorway for hours.", "What caused the traffic jam?"),
    ("The orchestra's conductor wed the first violinist.", "Which musicians got married?"),
    ("Heavy rain swelled the brook until cellars filled.", "Where did flooding reach basements?"),
    ("Vandals smeared paint over the statue of the founder.", "Which monument was defaced?"),
    ("The goalkeeper will be out for months with a torn ligament.", "Which player got hurt?"),
    ("Farmers dumped milk in protest at falling prices.", "What were dairy producers angry about?"),
    ("The library will lend power tools from autumn on.", "Where can people borrow a drill?"),
    ("A beekeeper was stung more than two hundred times and lived.", "Who survived an insect attack?"),
    ("The bank's cash machines swallowed cards all weekend.", "What went wrong with the ATMs?"),
    ("Archaeologists dug up a Viking comb under the car park.", "What ancient object was unearthed?"),
    ("The clinic ran out of flu jabs within a week.", "Which vaccine was in short supply?"),
    ("A stray dog rode the tram to the terminus and back.", "Which animal used public transport?"),
    ("The choir's bus skidded into a ditch; nobody was harmed.", "Which singers escaped an accident?"),
    ("Burglars tunnelled into the jeweller's from the sewer.", "How did thieves break into the shop?"),
    ("The school canteen strikes meat from its menu on Mondays.", "Where will children eat vegetarian food?"),
    ("A pensioner handed in a purse with nine thousand crowns.", "Which honest finder returned lost money?"),
    ("Scaffolding collapsed at the town hall and crushed two cars.", "What damaged the parked vehicles?"),
    ("The brewery drew its last beer after three centuries.", "Which old firm went out of business?"),
    ("Wolves killed eleven sheep above the village.", "Which predators attacked livestock?"),
    ("The swimming bath reopens with a slide and warmer water.", "Which sports facility was renovated?"),
    ("Doctors reattached a carpenter's severed thumb.", "Whose finger was saved by surgeons?"),
    ("The power failed and lifts stood still for two hours.", "What happened during the electricity outage?"),
    ("A balloonist came down in a tree and was brought to safety.", "Which pilot had to be rescued?"),
    ("Thousands of starlings darkened the sky above the market.", "Which birds gathered in a huge flock?"),
    ("The poet was awarded the province's highest honour.", "Which writer won a prize?"),
    ("Customs men found eels in a traveller's suitcase.", "What was somebody trying to smuggle?"),
)


@dataclass(frozen=True, slots=True)
class LookUp:
    """A question and the one file of the invented archive that answers it."""

    id: str
    question: str
    source: str
    by_words: bool


def invent(folder: Path) -> tuple[LookUp, ...]:
    """Write the invented archive into `folder`, the same bytes every time, and give the questions about it."""
    rng = random.Random(7)
    folder.mkdir(parents=True, exist_ok=True)
    by_words: list[LookUp] = []
    names = _names(rng, N_NOTICES)
    for i, name in enumerate(names):
        code = f"{rng.choice('KLMNPR')}-{rng.randrange(1000, 9999)}"
        office, matter, outcome = rng.choice(_OFFICES), rng.choice(_MATTERS), rng.choice(_OUTCOMES)
        source = f"notice-{i:03d}.txt"
        text = (
            f"The {office} has ruled on {matter}. The application {code}, brought by {name}, {outcome}, a clerk said. "
            f"It was heard on a weekday afternoon before a small audience. The office gave its reasons in writing and "
            f"named a day by which an appeal may be lodged. Nobody else was party to the matter. The papers may be "
            f"read at the counter during opening hours, and copies are made for a small fee."
        )
        (folder / source).write_text(f"Ruling of the {office}\n\n{text}\n", encoding="utf-8")
        if i % (N_NOTICES // N_BY_WORDS) == 0:
            asked = f"What became of application {code}?" if len(by_words) % 2 else f"What did {name} apply for?"
            by_words.append(LookUp(f"lookup-words-{len(by_words):02d}", asked, source, by_words=True))
    by_meaning: list[LookUp] = []
    for i, (told, asked) in enumerate(_EVENTS):
        source = f"event-{i:02d}.txt"
        lead = f"{told} People of the district spoke of little else this week, and the local paper gave it a page."
        (folder / source).write_text(f"From the district\n\n{lead}\n", encoding="utf-8")
        by_meaning.append(LookUp(f"lookup-meaning-{i:02d}", asked, source, by_words=False))
    return (*by_words, *by_meaning)


def _names(rng: random.Random, n: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < n:
        parts = ["".join(rng.choices(_SYLLABLES, k=2)).capitalize() for _ in range(2)]
        found[" ".join(parts)] = None
    return list(found)


def ask_lookups(lookups: Sequence[LookUp], ask: Ask) -> tuple[Case, ...]:
    """A case a question, which adds the reciprocal rank of the one article to the measure of its kind.

    What is answered is no matter here, so a case is as expected when its article was among the first five.
    """
    return tuple(_case(item, ask) for item in lookups)


def _case(item: LookUp, ask: Ask) -> Case:
    answer: Answer | None = None
    error: str | None = None
    try:
        answer = ask(item.question, history=())
    except Exception as raised:  # measured, not handled: whatever broke is named in the report
        error = f"{type(raised).__name__}: {raised}"
    ranked = [] if answer is None else [item.source in hit.article.sources for hit in answer.hits]
    rank = ranked.index(True) + 1 if True in ranked else None
    found = rank is not None and rank <= READ_FIRST
    missed: LostAt = "error" if error else ("ranking" if rank else "retrieval")
    return Case(
        id=item.id,
        kind=KIND,
        question=item.question,
        history=(),
        expected=(item.source,),
        said="" if answer is None else answer.text,
        short=None if answer is None else answer.short,
        declined=answer is not None and answer.abstained,
        right=None,
        as_expected=found,
        confidence=None,
        seconds=0.0,
        error=error,
        lost_at=None if found else missed,
        evidence=(),
        evidence_rank=rank,
        cited=(),
        parts={
            LOOKUPS[0 if item.by_words else 1]: Part(1 / rank if rank else 0.0, 1),
            "completed": Part(error is None, 1),
        },
    )
