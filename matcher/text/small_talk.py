"""Texts that ask nothing: greetings, thanks, test words, function words, no word at all.

In: a question's text. Out: whether it asks nothing, and how many words it has. Next: ``matcher.rank.pipeline`` has no credible answer for a
text that asks nothing; ``matcher.signals.prepare`` counts words.

The list is short on purpose: what else tells nothing of a topic is found by the words that it shares with no work (``Query.few``).
"""

from __future__ import annotations

import re
from math import ceil

from matcher.text.terms import cjk_runs, latin_words

_LATIN = frozenset(
    re.findall(
        r"\w+",
        "hello hi hey hallo greetings dear welcome bye goodbye cheers thanks thank thx ty please pls sorry ok okay yes no yeah yep nope "
        "good great nice morning afternoon evening night day everyone everybody all sir madam team folks there here help lot much very "
        "many test tests testing tested ignore abc asdf qwerty foobar xyz lorem ipsum dolor sit amet haha hahaha lol hmm wow oh ah",
    )
)
"""Words of greetings, thanks and tests."""
_CJK = re.findall(
    r"\w+",
    "您好 你好 大家好 早上好 上午好 中午好 下午好 晚上好 早安 晚安 再见 拜拜 在吗 有人吗 请问 谢谢 多谢 感谢 非常 十分 太 "
    "辛苦 麻烦 打扰 不好意思 抱歉 对不起 没关系 帮助 帮忙 您 你 我 们 好的 好 是的 是 可以 知道 收到 明白 测试 试试 试 一下 "
    "哈 嘿 呵 嗯 啊 哦 噢 喂 呀 吧 吗 呢 的 了 么 各位 老师 先生 女士 朋友",
)
_SAID = re.compile("|".join(sorted(_CJK, key=len, reverse=True)))


def asks_nothing(text: str) -> bool:
    """Whether nothing is left of ``text`` without the words of greetings, thanks and tests, function words, and punctuation."""
    return _LATIN.issuperset(latin_words(text)) and not any(_SAID.sub("", run) for run in cjk_runs(text))


def word_count(text: str) -> int:
    """How many words ``text`` has, function words left out; of Chinese, which does not part them, two characters are one."""
    return len(latin_words(text)) + sum(ceil(len(run) / 2) for run in cjk_runs(text))
