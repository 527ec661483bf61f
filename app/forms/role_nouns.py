"""Nouns that say what a person or thing is: the closed list against which a title before a name is told.

General English of the news, no name of anyone. A phrase is a role when its last noun is one of these, or is formed
like one ("economist", "goalkeeper").
"""

from __future__ import annotations

import re

__all__ = ["PERSON_NOUNS", "THING_NOUNS", "is_role_noun"]

PERSON_NOUNS = frozenset(
    """accountant activist actor actress adviser advisor aide ambassador analyst anchor archbishop architect artist
    assistant astronaut athlete attacker attorney aunt author baker baron baroness bishop blogger boss boxer boy bride
    brother builder businessman businesswoman candidate captain cardinal cartoonist champion chair chairman
    chairperson chairwoman chancellor chef chief cleric climber clerk coach co-founder cofounder colleague colonel
    columnist comedian commander commissioner composer congressman congresswoman consultant constable corporal
    correspondent councillor councilman councilwoman counsel cousin coroner creator critic curator czar dancer daughter
    dean defendant defender delegate deputy designer detective dictator diplomat director doctor donor driver duchess
    duke economist editor emir emperor engineer entrepreneur envoy epidemiologist executive expert farmer father
    fiancé fiancée fighter filmmaker fisherman footballer founder friend fugitive general geologist girl girlfriend
    boyfriend goalkeeper governor grandfather grandmother grandson granddaughter guard guitarist gunman head heir
    historian host husband industrialist inspector investigator investor jihadist journalist judge jurist justice king
    landlord lawmaker lawyer leader lecturer lieutenant lobbyist magistrate magnate major man manager marshal mayor
    mechanic mediator member merchant militant millionaire billionaire minister missionary model monk mother musician
    navigator negotiator neighbor neighbour neurologist nephew niece novelist nun nurse officer official ombudsman
    operator opponent organiser organizer owner painter paramedic partner passenger pastor patient patriarch
    pensioner philanthropist philosopher photographer physician physicist pianist pilot player playwright plumber
    poet policeman policewoman politician pope preacher predecessor premier presenter president priest prince princess
    principal prisoner producer professor programmer prosecutor psychiatrist psychologist publisher queen rabbi
    racer rapper rebel receptionist rector referee refugee regent reporter representative researcher resident
    retiree rival sailor scholar scientist sculptor secretary senator sergeant shepherd sheriff shopkeeper singer sister
    skipper soldier solicitor son songwriter speaker spokesman spokesperson spokeswoman spy star statesman statistician
    strategist striker student successor superintendent supervisor surgeon survivor suspect swimmer teacher technician
    teenager tenant terrorist trader trainer treasurer tycoon uncle veteran veterinarian vicar victim viceroy
    vice-president violinist volunteer waiter waitress warlord wife widow widower winner witness woman worker wrestler
    writer youth ceo cfo coo cto midfielder winger substitute forward sultan sheikh imam ayatollah caliph mufti
    drummer cyclist golfer sprinter jockey umpire economist national native citizen mp
    congressperson""".split()
)
THING_NOUNS = frozenset(
    """agency airline airport alliance app army asteroid association bacterium bank banker bay border brand bridge
    broadcaster building campaign capital carmaker castle cathedral charity charter chemical church city club
    coalition college colony comet committee company compound conference confederation consortium continent
    contractor corporation council country county court creature crop cruise currency dam data database daily
    department developer device disease distillery distributor district doctrine drone drug element embassy empire
    enterprise epidemic exchange exporter factory faction federation ferry festival film firm fleet force fort fund
    gallery game gang garden gas generator giant glacier government group guerrilla harbour harbor helicopter hospital
    hotel hurricane illness importer infection initiative institute institution insurer island jail jet journal
    kingdom laboratory lab lake language law league magazine maker mall manufacturer market material medicine
    messenger metal militia mine mineral ministry missile mission monarchy monument mosque motorway mountain
    movement museum nation network newspaper nonprofit novel observatory office operator orchestra organisation
    organization outlet paper park parliament party path peak peninsula plan planet plant platform port power pact
    principality prison probe producer product program programme project protein province provider publisher railway
    rebellion refinery region regulator republic resort restaurant retailer river road robot rocket ruler satellite
    scheme school sea seaport sect service settlement shelter ship shipyard shop shrine society software spacecraft
    species stadium startup state station statue steelmaker strain street strip submarine substance suburb summit
    supermarket supplier system taskforce team technology telescope temple territory theatre theater think-tank tool
    town train treaty tribe tribunal trust union university vaccine valley vehicle vessel village virus volcano
    warship watchdog weapon website wine winery yacht zone zoo""".split()
)
_NOUNS = PERSON_NOUNS | THING_NOUNS
_FORMED = re.compile(r"[a-z-]{3,}(?:ologist|ist|ician|keeper|maker|master|woman|man|person|player|holder)")
_PLURAL = re.compile(r"(?:s|es)$")


def is_role_noun(word: str) -> bool:
    """Whether `word` says what someone or something is."""
    told = word.lower()
    if told in PERSON_NOUNS or told in THING_NOUNS or told.rsplit("-", 1)[-1] in PERSON_NOUNS:
        return True
    return _FORMED.fullmatch(told) is not None or _PLURAL.sub("", told) in _NOUNS
