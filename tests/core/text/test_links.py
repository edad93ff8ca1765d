"""Links as they are copied: taken out of a text, and in their normal form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.core.text.links import link_in, normalised_link, read_link, site_of
from tests.core.text.spellings import spelled_links

LINKS = (
    "https://mp.weixin.qq.com/s/AbCdEf",
    "https://mp.weixin.qq.com/s?__biz=MzA3&mid=22&idx=1&sn=ab",
    "https://web.shobserver.com/wx/detail.do?id=700001&type=1",
    "https://www.thepaper.cn/newsDetail_forward_27000001",
    "https://a.cn/天文/1.html",
)


@pytest.mark.parametrize(
    ("pasted", "link"),
    [
        ("https://mp.weixin.qq.com/s/abc", "https://mp.weixin.qq.com/s/abc"),
        ("【标题】 https://mp.weixin.qq.com/s/abc 复制打开", "https://mp.weixin.qq.com/s/abc"),
        ("看这篇：https://mp.weixin.qq.com/s/abc，很好", "https://mp.weixin.qq.com/s/abc"),
        ("原文 (https://a.cn/1).", "https://a.cn/1"),
        ("https://a.cn/1 再发一次 https://a.cn/1", "https://a.cn/1"),
        ("https://example.cn/新闻/1.html", "https://example.cn/新闻/1.html"),
        ("https://a.cn/go?to=https://b.cn/1", "https://a.cn/go?to=https://b.cn/1"),
        ("https://mp.weixin.qq.com/s/abc。", "https://mp.weixin.qq.com/s/abc"),
        ("https://a.cn/d?a=1&amp;b=2", "https://a.cn/d?a=1&b=2"),
        ("https://a.cn/\u200b1）", "https://a.cn/1"),
        ("https://a.cn/wiki/天文_(课)", "https://a.cn/wiki/天文_(课)"),
        ("https://a.cn/1 再发一次 http://a.cn/1/", "https://a.cn/1"),
        ("没有链接", ""),
        ("", ""),
    ],
)
def test_the_link_is_taken_out_of_what_is_pasted(pasted: str, link: str) -> None:
    assert link_in(pasted) == link


@given(link=st.sampled_from(LINKS), data=st.data())
def test_every_spelling_of_a_link_has_one_normal_form(link: str, data: st.DataObject) -> None:
    spelling = data.draw(spelled_links(link))
    assert normalised_link(spelling) == normalised_link(link)
    assert normalised_link(read_link(spelling)) == normalised_link(link)


@given(st.sampled_from(LINKS).flatmap(spelled_links) | st.text("https:/a.cn?&=%E5#.。() ", max_size=40))
def test_a_normal_form_is_its_own(link: str) -> None:
    once = normalised_link(link)
    assert normalised_link(once) == once


def test_links_of_articles_are_kept_apart() -> None:
    assert len({normalised_link(link) for link in LINKS}) == len(LINKS)


def test_a_site_is_one_for_phones_and_desks() -> None:
    assert site_of("https://m.thepaper.cn/1") == site_of("http://www.thepaper.cn/2") == "thepaper.cn"
    assert site_of("没有") == ""
