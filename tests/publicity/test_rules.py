"""The keys of articles, and the checks of links."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.errors import BadInput
from activitylog.publicity.rules import LONGEST_KEY, article_key, check_link, item_key

DAY = date(2024, 6, 12)
WECHAT = "https://mp.weixin.qq.com/s?__biz=MzA3&mid=22&idx=1&sn=ab"

SAME = {
    "outer space": (f" {WECHAT} ", WECHAT),
    "scheme and host in capitals": ("HTTPS://News.Example.CN/a", "https://news.example.cn/a"),
    "place within the article": ("https://a.cn/1#comments", "https://a.cn/1"),
    "WeChat's own mark": (f"{WECHAT}#wechat_redirect", WECHAT),
    "WeChat with who shared it": (f"{WECHAT}&chksm=9f&scene=27&from=timeline", WECHAT),
    "WeChat in another order": ("https://mp.weixin.qq.com/s?sn=ab&idx=1&mid=22&__biz=MzA3", WECHAT),
    "WeChat with percent signs": (
        "https://mp.weixin.qq.com/s?__biz=MzA3%3D%3D&mid=22&idx=1&sn=ab",
        "https://mp.weixin.qq.com/s?__biz=MzA3==&mid=22&idx=1&sn=ab",
    ),
    "WeChat's short form with who shared it": (
        "https://mp.weixin.qq.com/s/AbC?scene=1&from=timeline#rd",
        "https://mp.weixin.qq.com/s/AbC",
    ),
    "news with who shared it": (
        "https://a.cn/n?id=1&utm_source=wx&from=singlemessage&isappinstalled=0",
        "https://a.cn/n?id=1",
    ),
    "WeChat over http": ("http://mp.weixin.qq.com/s/AbC", "https://mp.weixin.qq.com/s/AbC"),
    "WeChat's short form with a slash": ("https://mp.weixin.qq.com/s/AbC/", "https://mp.weixin.qq.com/s/AbC"),
    "an ampersand from a page's source": (WECHAT.replace("&", "&amp;"), WECHAT),
    "http elsewhere": ("http://a.cn/1", "https://a.cn/1"),
    "the usual port": ("https://a.cn:443/1", "https://a.cn/1"),
    "the usual port of http": ("http://a.cn:80/1", "https://a.cn/1"),
    "closing slash": ("https://a.cn/1", "https://a.cn/1/"),
    "a site's first page": ("https://a.cn", "https://a.cn/"),
    "a question mark with nothing behind": ("https://a.cn/1?", "https://a.cn/1"),
    "another order": ("https://a.cn/d?id=7&type=1", "https://a.cn/d?type=1&id=7"),
    "Chinese with percent signs": ("https://a.cn/%E5%A4%A9%E6%96%87.html", "https://a.cn/天文.html"),
    "percent signs in small letters": ("https://a.cn/%e5%a4%a9/%7ex", "https://a.cn/天/~x"),
    "a stop behind it": ("https://a.cn/1。", "https://a.cn/1"),
    "a bracket behind it": ("https://a.cn/1）", "https://a.cn/1"),
    "an invisible character behind it": ("https://a.cn/1\u200b", "https://a.cn/1"),
    "Toutiao's share button": (
        "https://www.toutiao.com/article/7100000001/?app=news_article&timestamp=1&req_id=2&tt_from=weixin",
        "https://www.toutiao.com/article/7100000001",
    ),
    "The Paper's share button": (
        "https://m.thepaper.cn/newsDetail_forward_27000001?commTag=true",
        "https://m.thepaper.cn/newsDetail_forward_27000001",
    ),
    "Baijiahao's share button": (
        "https://baijiahao.baidu.com/s?id=17001&wfr=spider&for=pc",
        "https://baijiahao.baidu.com/s?id=17001",
    ),
}
DIFFERENT = {
    "capitals in the path": ("https://mp.weixin.qq.com/s/AbC", "https://mp.weixin.qq.com/s/abc"),
    "another article of the batch": (WECHAT, WECHAT.replace("idx=1", "idx=2")),
    "WeChat without all four": (
        "https://mp.weixin.qq.com/s?mid=22&idx=1",
        "https://mp.weixin.qq.com/s?mid=22&idx=1&scene=1",
    ),
    "queries elsewhere": ("https://a.cn/news?id=1", "https://a.cn/news?id=2"),
    "a page's own `from`": ("https://a.cn/n?id=1&from=2", "https://a.cn/n?id=1"),
    "addresses written in the fragment": ("https://a.cn/#/news/1", "https://a.cn/#/news/2"),
    "another port": ("https://a.cn:8443/1", "https://a.cn/1"),
    "a slash that is part of a name": ("https://a.cn/1%2F2", "https://a.cn/1/2"),
    "another page on Toutiao": (
        "https://www.toutiao.com/article/7100000001",
        "https://www.toutiao.com/article/7100000002",
    ),
    "another article on Baijiahao": (
        "https://baijiahao.baidu.com/s?id=1",
        "https://baijiahao.baidu.com/s?id=2",
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_these_links_are_one_article(one: str, other: str) -> None:
    assert article_key(one, "", DAY) == article_key(other, "", DAY)
    assert item_key(one, "", "") == item_key(other, "", "")


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_these_links_are_two_articles(one: str, other: str) -> None:
    assert article_key(one, "", DAY) != article_key(other, "", DAY)


def test_the_link_decides_before_title_and_day() -> None:
    assert article_key(WECHAT, "甲", DAY) == article_key(WECHAT, "乙", date(2024, 7, 1))


def test_without_a_link_title_and_day_decide() -> None:
    assert article_key("", " 甲 ", DAY) == article_key("", "甲", DAY)
    assert article_key("", "甲", DAY) != article_key("", "甲", date(2024, 6, 13))
    assert article_key("", "甲", DAY) != article_key("", "乙", DAY)


def test_without_a_link_outlet_and_title_decide() -> None:
    assert item_key("", "解放日报", "甲") == item_key("", "解放日报", "甲")
    assert item_key("", "解放日报", "甲") != item_key("", "新民晚报", "甲")


@pytest.mark.parametrize("title", ["ＶＲ 体验（上）", "vr体验(上)", "VR\u200b体验（上）"])
def test_a_title_is_one_in_every_spelling(title: str) -> None:
    assert article_key("", title, DAY) == article_key("", "VR体验（上）", DAY)
    assert item_key("", "新民 晚报", title) == item_key("", "新民晚报", "VR体验（上）")


@given(st.text("ab/", min_size=700, max_size=720), st.text("ab/", min_size=700, max_size=720))
def test_long_links_keep_within_the_column_and_apart(one: str, other: str) -> None:
    first, second = (article_key(f"https://a.cn/{path}", "", DAY) for path in (one, other))
    assert max(len(first), len(second)) <= LONGEST_KEY
    assert (first == second) == (one == other)


@pytest.mark.parametrize(
    "text",
    [
        "mp.weixin.qq.com/s/abc",
        "javascript:alert(1)",
        "ftp://a.cn/1",
        "https://",
        "https://a",
        "https://a.cn:port/1",
        "https://[::1/1",
        "https://a.cn/" + "x" * 2000,
        "https://a.cn/1 https://a.cn/2",
    ],
)
def test_what_is_no_one_link_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"链接|网址") as refusal:
        check_link(text)
    assert refusal.value.field == "link"
