"""Chinese, Korean or Japanese: which of their encodings of two bytes a character a text is in, told from how common its characters are.

In: bytes that are no UTF-8. Out: a codec, or two between which only a person can decide. Next: ``ingest.read.encodings``.

The same two bytes are a character in all of these encodings: what is Korean in CP949 reads as Chinese in GB18030, as characters that hardly
anybody writes. So each encoding that the bytes keep the rules of is asked how likely its characters are: the sum, over the different
characters of the text, of the logarithm of how often such a one is met in that language. A character is common (of the tables below),
of the first or second part of the standard, or a stray. The likeliest is taken where it leads by ``LEAD`` (e to that power to one).
"""

from __future__ import annotations

import math
from collections.abc import Callable

LEAD = 5.0
PRIOR = 2.0
"""What speaks for Chinese before a byte is read."""
LEAST = -9.0
"""The mean of a text of Korean or Japanese is above this; that of another text read as one of them is below."""
FEW = 8
"""Different characters that a text has to have which may as well be none of these: two or three come together by chance."""

_HANZI = (
    "的一用所发述和有电在体于化置制方中本机性设合动能装分及明第成以法水器了上通接种与对包度高物进面为料过行生定部系工基量理提术括应备可其"
    "技开产件控层内结时个二管作构具板统组光气数下出连线测间信该研子剂相热模加形并压多大位不端材表型效地实现外处到力使将车转导据后流质向聚"
    "式入关酸供究液程公同单空率保且是传至计平得口或金配业低自品变要路离温环主氧安收标人重采固而维元目由油学等洗道果息示点少无解源从调检之"
    "特复块显含预输区造烯前防感支网属利强步纤射状片建新孔极集容经节反膜布侧像速三风取态比全涉小架石两优混存域干活轴别降壳胶来原析底图运国"
    "够较验移色杆算冷换衣根需施长门密号封交均求头艺排放题乙增份功送选值纳素轮吸改户影心减联确整好涂直槽智台被米因段储溶问试带响抗更文微清"
    "池频载钢还箱次期护正指此条碳类燃丝立展甲粒滤染土喷除适脂酯达磁套最会服腔级波获手透骤座者织例驱操务粉场各井隔终螺监旋室散筒升持硅证冲"
    "菌断异键回引当树注弹资壁视参角共准如决规领切便阀征阻积汽识序病精撑缩凝年丙滑针络治论径耐境代观伸项触充芯盖铁边列样消药覆稳限辆杂常起"
    "超污锁细涤疗非粘白铝矿氨报废然卡双围再阳晶础激音浆照差天简情催案完灯市况顶致介振软纺柱醇纸周家半这着缘真养拉胺盘司玻投承互火延探育声"
    "附助近盐墨璃海烧拟框推苯易摄焊蒸叶硫免脱烷足核泵铜我每警码缓快范续叠价打却裂镜齿四球依界给泡请花科先插磨熔印也植闭受负净塑止随纹良炉"
    "损红氢总已链择塞筑岩距深满避卷广缆穿曲圆骨专象评夹烟站薄床煤即综氮钻障屏修湿绝按靠酰轨械浓纱省县民责任团股院教授女士北京东江苏浙山河"
    "南湖川圳津庆福徽西辽宁吉林黑龙陕甘肃青云贵州蒙古疆夏藏香港澳湾杭武汉都王李张刘陈杨黄赵吴徐孙马朱胡郭何罗郑梁谢宋唐许韩冯邓曹彭曾肖田"
    "董袁潘蒋蔡余杜魏吕丁沈姚卢姜崔钟谭陆汪廖贾韦付邹孟熊秦邱尹薛闫雷侯史陶黎贺顾毛郝龚邵万钱严覃戴莫汤名称编描月日亿企址话他她们你说去没"
    "知么才做想事"
)
_HANGUL = (
    "이다는의에고가한을지하로기사도어자를은리서대정나시아해인수있과그들전일으부제라보적만상여스주원구성공유장국면관동비화우오요경용선신산"
    "연안재생개세발분업학조방모진소것위계영당년문교실양회품력등단체합반물내트중터약결권행민식치호명미술무금처차었데니없된게했본김남북울광"
    "법박최강윤임황송류홍백허노심병종준현석훈철희숙옥혜순예출입음통건추작측증토복초후포더또각점운속형변확감질험젝프템바크레르벨델플폼센랩"
    "엔엠티디앤봇융첨료배환너태열농축항검표특록청날짜름번역군읍빛밀래능활불평론습저높낮길많근육타별책독립될줄할때까직말씀왔갔봤않았려워움"
    "옵션"
)
_KANJI = (
    "日本大学東京都株式会社研究所有限人年月国立科技術開発製造工業機械電気子力化生物医薬品食農林水産漁環境資源材料金属鉄鋼自動車航空宇宙情"
    "報通信計算処理制御測定分析検査試験評価設構築管運用利活法方向性能高低温度圧流体光熱波音線新規特許出願登録番号名前称住郵便地県市区町村"
    "北海道府阪神奈川愛知福岡広島仙台横浜古屋埼玉千葉兵庫静茨城栃木群馬潟長野岐三重滋賀良和歌山鳥取根口徳香媛佐崎熊宮鹿児沖縄代表締役部課"
    "員教授准助手博士修専門事務局議連携共同委託契約題必要求期待効果実現可目標内容概説明備考担当者話田中鈴藤橋渡辺伊小加吉原井上松竹石清森"
    "池後近遠坂谷青岸尾関間家場合時外下左右先進的対応途一二四五六七八九十百万円億以及等各種類形状態変換使作成行見言思来入持続支援官界商販"
    "売購買格費予決公非秘密保守点結晶半導触媒膜樹脂繊維"
)
_COMMON_HANZI, _COMMON_HANGUL, _COMMON_KANJI = map(frozenset, (_HANZI, _HANGUL, _KANJI))


def _log(share: float, among: int) -> float:
    return math.log(share / among)


_SYMBOL = _log(0.05, 100)
_STRAY = _log(0.0001, 5_000)


def _chinese(one: str) -> float:
    if one in _COMMON_HANZI:
        return _log(0.8, len(_COMMON_HANZI))
    if _is_ideograph(one):
        raw = one.encode("gb2312", "ignore")
        return _log(0.003, 14_000) if not raw else _log(0.18, 3_000) if raw[0] < 0xD8 else _log(0.015, 3_008)
    return _log(0.0005, 170) if _is_kana(one) else _symbol(one)


def _korean(one: str) -> float:
    if one in _COMMON_HANGUL:
        return _log(0.9, len(_COMMON_HANGUL))
    if "가" <= one <= "힣":
        return _log(0.09, 2_050) if one.encode("euc_kr", "ignore")[:1] > b"\xa4" else _log(0.002, 8_822)
    if _is_ideograph(one):
        return _log(0.006, 4_888)
    return _log(0.0003, 170) if _is_kana(one) else _symbol(one)


def _japanese(one: str) -> float:
    if _is_kana(one):
        return _log(0.4, 170)
    if one in _COMMON_KANJI:
        return _log(0.4, len(_COMMON_KANJI))
    if _is_ideograph(one):
        return _log(0.13, 2_600) if (one.encode("euc_jp", "ignore") or b"\xff") < b"\xd0" else _log(0.005, 3_390)
    return _log(0.002, 63) if "\uff61" <= one <= "\uff9f" else _symbol(one)


def _symbol(one: str) -> float:
    """Punctuation, full-width letters and the like stand at the same places in all of them."""
    return _STRAY if "\ue000" <= one <= "\uf8ff" or one < "\u00a0" or "가" <= one <= "힣" else _SYMBOL


def _is_ideograph(one: str) -> bool:
    return "\u3400" <= one <= "\u9fff" or "\uf900" <= one <= "\ufaff"


def _is_kana(one: str) -> bool:
    return "\u3041" <= one <= "\u30fa"


_LANGUAGES: dict[str, tuple[str, Callable[[str], float]]] = {
    "gb18030": ("Chinese", _chinese),
    "cp949": ("Korean", _korean),
    "cp932": ("Japanese", _japanese),
    "euc_jp": ("Japanese", _japanese),
}


def likely(texts: dict[str, str]) -> list[str]:
    """The codecs in which a text may be, the likeliest first: one where it is clear, none where none fits. ``texts``: by codec, what the
    bytes are in it; GB18030 is among them only where it fits."""
    scores: dict[str, float] = {}
    for codec, text in texts.items():
        letters = {one for one in text if not one.isascii()}
        likelihood = [_LANGUAGES[codec][1](one) for one in letters]
        score = math.fsum(likelihood)
        if codec == "gb18030":
            scores[codec] = score + PRIOR
        elif letters and score / len(letters) >= LEAST:
            # what is of the two-byte rows of CP949 or EUC-JP is of GB 2312's too; what is not may be Big5, or Western
            is_sure = any(map(_is_kana, letters)) if codec == "cp932" else "gb18030" in texts
            if is_sure or len(letters) >= FEW:
                scores[codec] = score
    best = max(scores.values(), default=0.0)
    return sorted([one for one, score in scores.items() if score > best - LEAD], key=lambda one: -scores[one])


def told(codec: str) -> str:
    """``Korean (cp949)``."""
    return f"{_LANGUAGES[codec][0]} ({codec.replace('_', '-')})"


CODECS = tuple(_LANGUAGES)
