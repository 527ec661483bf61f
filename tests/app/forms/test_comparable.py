from __future__ import annotations

from pathlib import Path

import pytest

from tests.newsroom import News, ask_about

GYM = (
    News("Hall Herald", "2021-05-02", "Nora Vik wins the vault",
         "Nora Vik won the vault in Aldvik on Sunday. Nora Vik is 19 years old and trains in Lorm."),
    News("Hall Herald", "2023-05-04", "Vik is back",
         "Nora Vik won the floor title in Aldvik on Tuesday. The 21-year-old Nora Vik had been injured for a year."),
)  # fmt: skip
PLACE = (
    News("Coast Daily", "2021-03-03", "Mount Orla smokes",
         "Mount Orla, in the province of Tessaly, began to smoke on Tuesday. Nobody was hurt."),
    News("North Post", "2021-03-05", "Mount Orla is quiet again",
         "Mount Orla, about 70 km south of Brannock, was quiet on Thursday. The road was opened."),
)  # fmt: skip
MINISTERS = (
    News("Capital Post", "2022-03-01", "Minister visits Lorm",
         "The finance minister of Varland, Ilse Brandt of Sundra, visited the port of Lorm on Monday."),
    News("North Post", "2022-03-05", "Budget passed",
         "The finance minister of Varland, Ilse Brandt, presented the budget on Thursday."),
)  # fmt: skip
EVENTS = (
    News("Coast Daily", "2021-03-03", "Ferry sinks", "At least 14 people were killed when a ferry sank off Marisol."),
    News("North Post", "2021-03-05", "Mine collapses", "A mine collapsed in Roska and 6 people were killed."),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "news"),
    [
        ("How old is Nora Vik?", GYM),
        ("Where is Mount Orla?", PLACE),
        ("Who is the finance minister of Varland?", MINISTERS),
        ("How many people were killed?", EVENTS),
    ],
    ids=["an age that grew", "a place told more closely", "one person, told longer", "no event named"],
)
def test_what_cannot_contradict_is_not_set_side_by_side(question: str, news: tuple[News, ...], tmp_path: Path) -> None:
    assert ask_about(question, news, tmp_path).layout != "differing"


FATHER_AND_SON = (
    News("Capital Post", "2021-03-01", "Shipyard grows",
         "Karl Brandt, the chief executive of Sundra Yards, opened a new dock in Lorm on Monday."),
    News("North Post", "2022-03-05", "Change at the yard",
         "Ilja Brandt, the chief executive of Sundra Yards since January, opened the trade fair on Thursday."),
)  # fmt: skip
FEE = (
    News("Pitch Weekly", "2022-07-01", "Aldvik sign Nora Vik",
         "Aldvik are paying 15 million dollars for Nora Vik, the club said on Friday."),
    News("North Post", "2022-07-05", "Nora Vik presented",
         "Nora Vik was presented in Aldvik on Tuesday. The fee is 12 million dollars, said the chairman, Karl Dahl."),
)  # fmt: skip
AGES = (
    News("Hall Herald", "2021-05-02", "Driver dies",
         "The driver, Jon Dahl, who was 34 years old, died in Lorm on Sunday."),
    News("North Post", "2021-05-03", "Crash in Lorm",
         "Jon Dahl, who was 43 years old, died in the crash in Lorm on Sunday."),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "news", "sides"),
    [
        ("Who is the chief executive of Sundra Yards?", FATHER_AND_SON, {"Karl Brandt", "Ilja Brandt"}),
        ("How much is Aldvik paying for Nora Vik?", FEE, {"15 million dollars", "12 million dollars"}),
        ("How old was Jon Dahl?", AGES, {"34", "43"}),
    ],
    ids=["father and son", "told by somebody else", "two ages on one day"],
)
def test_what_does_contradict_still_is(question: str, news: tuple[News, ...], sides: set[str], tmp_path: Path) -> None:
    answer = ask_about(question, news, tmp_path)
    assert answer.layout == "differing"
    assert {part.text.removesuffix(" years") for part in answer.parts} == sides
