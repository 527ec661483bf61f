"""The countries of the world by their usual names: tells a list of countries from one of cities or people."""

from __future__ import annotations

__all__ = ["COUNTRIES", "is_country"]

COUNTRIES = frozenset(
    name.strip().lower()
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
_LONGEST = max(map(len, COUNTRIES)) + 4


def is_country(name: str) -> bool:
    """Whether `name`, with or without "the", is the usual name of a country."""
    if len(name) > _LONGEST:
        return False
    told = " ".join(name.lower().replace("’", "'").split()).removeprefix("the ")
    return told in COUNTRIES
