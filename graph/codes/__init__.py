"""Code lists: countries, regions and industries, their names in several languages, and what lies in what. Read at the first question."""

from graph.codes.countries import country_code, is_country
from graph.codes.industries import Industry, industry, industry_code, industry_within
from graph.codes.regions import Region, inside, region, regions_in, within

__all__ = [
    "Industry",
    "Region",
    "country_code",
    "industry",
    "industry_code",
    "industry_within",
    "inside",
    "is_country",
    "region",
    "regions_in",
    "within",
]
