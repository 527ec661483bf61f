"""The countries of the world by their usual names, and where they lie: a list of European ones holds no other."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["COUNTRIES", "REGIONS", "is_country", "is_elsewhere", "is_state"]

COUNTRIES = frozenset(
    " ".join(name.lower().split())
    for name in """Afghanistan, Albania, Algeria, Andorra, Angola, Antigua and Barbuda, Argentina, Armenia, Australia,
    Austria, Azerbaijan, Bahamas, Bahrain, Bangladesh, Barbados, Belarus, Belgium, Belize, Benin, Bhutan, Bolivia,
    Bosnia, Bosnia and Herzegovina, Bosnia-Herzegovina, Botswana, Brazil, Britain, Brunei, Bulgaria, Burkina Faso,
    Burma, Burundi, Cabo Verde, Cambodia, Cameroon, Canada, Cape Verde, Central African Republic, Chad, Chile, China,
    Colombia, Comoros, Congo, Democratic Republic of Congo, Democratic Republic of the Congo, DR Congo, DRC,
    Republic of Congo, Costa Rica, Croatia, Cuba, Cyprus, Czechia, Czech Republic, Denmark, Djibouti, Dominica,
    Dominican Republic, East Timor, Ecuador, Egypt, El Salvador, England, Equatorial Guinea, Eritrea, Estonia, Eswatini,
    Ethiopia, Fiji, Finland, France, Gabon, Gambia, Georgia, Germany, Ghana, Great Britain, Greece, Greenland, Grenada,
    Guatemala, Guinea, Guinea-Bissau, Guyana, Haiti, Holland, Honduras, Hong Kong, Hungary, Iceland, India, Indonesia,
    Iran, Iraq, Ireland, Israel, Italy, Ivory Coast, Côte d'Ivoire, Jamaica, Japan, Jordan, Kazakhstan, Kenya, Kiribati,
    Kosovo, Kuwait, Kyrgyzstan, Laos, Latvia, Lebanon, Lesotho, Liberia, Libya, Liechtenstein, Lithuania, Luxembourg,
    Madagascar, Malawi, Malaysia, Maldives, Mali, Malta, Marshall Islands, Mauritania, Mauritius, Mexico, Micronesia,
    Moldova, Monaco, Mongolia, Montenegro, Morocco, Mozambique, Myanmar, Namibia, Nauru, Nepal, Netherlands,
    New Zealand, Nicaragua, Niger, Nigeria, North Korea, North Macedonia, Macedonia, Northern Ireland, Norway, Oman,
    Pakistan, Palau, Palestine, Palestinian Authority, Panama, Papua New Guinea, Paraguay, Peru, Philippines, Poland,
    Portugal, Puerto Rico, Qatar, Romania, Russia, Russian Federation, Rwanda, Saint Kitts and Nevis, Saint Lucia,
    Saint Vincent and the Grenadines, Samoa, San Marino, Sao Tome and Principe, Saudi Arabia, Scotland, Senegal, Serbia,
    Seychelles, Sierra Leone, Singapore, Slovakia, Slovenia, Solomon Islands, Somalia, South Africa, South Korea,
    South Sudan, Soviet Union, Spain, Sri Lanka, Sudan, Suriname, Swaziland, Sweden, Switzerland, Syria, Taiwan,
    Tajikistan, Tanzania, Thailand, Timor-Leste, Togo, Tonga, Trinidad and Tobago, Tunisia, Turkey, Türkiye,
    Turkmenistan, Tuvalu, UAE, U.A.E., Uganda, UK, U.K., Ukraine, United Arab Emirates, United Kingdom, United States,
    United States of America, Uruguay, US, U.S., USA, U.S.A., Uzbekistan, Vanuatu, Vatican, Vatican City, Venezuela,
    Vietnam, Wales, Yemen, Yugoslavia, Zambia, Zimbabwe, America""".split(",")
)
_STATES = frozenset(
    " ".join(name.lower().split())
    for name in """Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia,
    Hawaii, Idaho, Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts,
    Michigan, Minnesota, Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey,
    New Mexico, New York, North Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode
    Island, South Carolina, South Dakota, Tennessee, Texas, Utah, Vermont, Virginia, Washington, West
    Virginia, Wisconsin, Wyoming""".split(",")
)


def _names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.lower().split()) for name in text.split(","))


_BALTIC = _names("Estonia, Latvia, Lithuania")
_SCANDINAVIAN = _names("Denmark, Norway, Sweden")
_NORDIC = _SCANDINAVIAN | _names("Finland, Iceland, Greenland")
_BALKAN = _names(
    """Albania, Bosnia, Bosnia and Herzegovina, Bosnia-Herzegovina, Bulgaria, Croatia, Greece, Kosovo, Macedonia,
    Montenegro, North Macedonia, Romania, Serbia, Slovenia, Yugoslavia"""
)
_GULF = _names("Bahrain, Kuwait, Oman, Qatar, Saudi Arabia, UAE, U.A.E., United Arab Emirates")
_MIDDLE_EASTERN = _GULF | _names(
    """Cyprus, Egypt, Iran, Iraq, Israel, Jordan, Lebanon, Palestine, Palestinian Authority, Syria, Turkey, Türkiye,
    Yemen"""
)
_NORTH_AFRICAN = _names("Algeria, Egypt, Libya, Morocco, Sudan, Tunisia, Mauritania")
_ARAB = (
    _GULF
    | _NORTH_AFRICAN
    | _names("Comoros, Djibouti, Iraq, Jordan, Lebanon, Palestine, Palestinian Authority, Somalia, Syria, Yemen")
)
_AFRICAN = _NORTH_AFRICAN | _names(
    """Angola, Benin, Botswana, Burkina Faso, Burundi, Cabo Verde, Cameroon, Cape Verde, Central African Republic, Chad,
    Comoros, Congo, Democratic Republic of Congo, Democratic Republic of the Congo, DR Congo, DRC, Republic of Congo,
    Djibouti, Equatorial Guinea, Eritrea, Eswatini, Ethiopia, Gabon, Ghana, Guinea, Guinea-Bissau, Ivory Coast,
    Côte d'Ivoire, Kenya, Lesotho, Liberia, Madagascar, Malawi, Mali, Mauritius, Mozambique, Namibia, Niger, Nigeria,
    Rwanda, Sao Tome and Principe, Senegal, Seychelles, Sierra Leone, Somalia, South Africa, South Sudan, Swaziland,
    Tanzania, Togo, Uganda, Zambia, Zimbabwe"""
)
_CENTRAL_AMERICAN = _names("Belize, Costa Rica, El Salvador, Guatemala, Honduras, Nicaragua, Panama")
_CARIBBEAN = _names(
    """Antigua and Barbuda, Bahamas, Barbados, Cuba, Dominica, Dominican Republic, Grenada, Haiti, Jamaica, Puerto Rico,
    Saint Kitts and Nevis, Saint Lucia, Saint Vincent and the Grenadines, Trinidad and Tobago"""
)
_SOUTH_AMERICAN = _names(
    """Argentina, Bolivia, Brazil, Chile, Colombia, Ecuador, Guyana, Paraguay, Peru, Suriname, Uruguay, Venezuela"""
)
_NORTH_AMERICAN = (
    _CENTRAL_AMERICAN
    | _CARIBBEAN
    | _names("America, Canada, Greenland, Mexico, United States, United States of America, US, U.S., USA, U.S.A.")
)
_ASIAN = _MIDDLE_EASTERN - {"egypt"} | _names(
    """Afghanistan, Armenia, Azerbaijan, Bangladesh, Bhutan, Brunei, Burma, Cambodia, China, East Timor, Georgia, Hong
    Kong, India, Indonesia, Japan, Kazakhstan, Kyrgyzstan, Laos, Malaysia, Maldives, Mongolia, Myanmar, Nepal, North
    Korea, Pakistan, Philippines, Russia, Russian Federation, Singapore, South Korea, Soviet Union, Sri Lanka, Taiwan,
    Tajikistan, Thailand, Timor-Leste, Turkmenistan, Uzbekistan, Vietnam"""
)
_PACIFIC = _names(
    """Australia, Fiji, Kiribati, Marshall Islands, Micronesia, Nauru, New Zealand, Palau, Papua New Guinea, Samoa,
    Solomon Islands, Tonga, Tuvalu, Vanuatu"""
)
_EUROPEAN = (
    _BALTIC
    | _NORDIC
    | _BALKAN
    | _names(
        """Andorra, Armenia, Austria, Azerbaijan, Belarus, Belgium, Britain, Cyprus, Czechia, Czech Republic, England,
    France, Georgia, Germany, Great Britain, Holland, Hungary, Ireland, Italy, Liechtenstein, Luxembourg, Malta,
    Moldova, Monaco, Netherlands, Northern Ireland, Poland, Portugal, Russia, Russian Federation, San Marino, Scotland,
    Slovakia, Soviet Union, Spain, Switzerland, Turkey, Türkiye, UK, U.K., Ukraine, United Kingdom, Vatican,
    Vatican City, Wales"""
    )
)
# What lies on two continents counts for both: only what surely lies elsewhere is left out.
REGIONS: Mapping[str, frozenset[str]] = {
    "european": _EUROPEAN, "african": _AFRICAN, "asian": _ASIAN, "arab": _ARAB, "gulf": _GULF, "baltic": _BALTIC,
    "nordic": _NORDIC, "scandinavian": _SCANDINAVIAN, "balkan": _BALKAN, "middle eastern": _MIDDLE_EASTERN,
    "north african": _NORTH_AFRICAN, "south american": _SOUTH_AMERICAN, "central american": _CENTRAL_AMERICAN,
    "north american": _NORTH_AMERICAN, "caribbean": _CARIBBEAN, "pacific": _PACIFIC,
    "latin american": _SOUTH_AMERICAN | _CENTRAL_AMERICAN | _CARIBBEAN | {"mexico"},
}  # fmt: skip
_LONGEST = max(map(len, COUNTRIES)) + 4


def is_country(name: str) -> bool:
    """Whether `name`, with or without "the", is the usual name of a country."""
    if len(name) > _LONGEST:
        return False
    told = " ".join(name.lower().replace("’", "'").split()).removeprefix("the ")
    return told in COUNTRIES


def is_elsewhere(name: str, asked: str) -> bool:
    """Whether `name` is a country that lies outside of the part of the world that `asked` names, if it names one."""
    told = " ".join(name.lower().replace("’", "'").split()).removeprefix("the ")
    named = [r for r in REGIONS if re.search(rf"\b{r}\b", asked, re.IGNORECASE)]
    longest = max(named, key=len, default=None)
    return longest is not None and told in COUNTRIES and told not in REGIONS[longest]


def is_state(name: str) -> bool:
    """Whether `name` is a state of the United States, which news there calls "states" without saying of what."""
    return " ".join(name.lower().split()) in _STATES
