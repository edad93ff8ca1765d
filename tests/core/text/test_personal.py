import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activitylog.core.text.personal import HIDDEN, HIDDEN_ACCOUNT, HIDDEN_ADDRESS, mask_personal

SPELLINGS = {
    "0": "0０〇零○⓪🄋",
    "1": "1１一幺壹①⑴❶",
    "2": "2２二两贰②⑵❷",
    "3": "3３三叁③⑶❸",
    "4": "4４四肆④⑷❹",
    "5": "5５五伍⑤⑸❺",
    "6": "6６六陆⑥⑹❻",
    "7": "7７七柒⑦⑺❼",
    "8": "8８八捌⑧⑻❽",
    "9": "9９九玖⑨⑼❾",
}
GAPS = ("", "", "", " ", "-", ".", "—", "－", " - ", "\u3000", "·")
# What people wrote about activities, none of it about who they are.
HONEST = """
讲得很好，孩子听得入迷
2024年6月12日的讲座很精彩
2024-06-12 来过 3 次
20240612 那场人太多
2024.06.12 和 2024.06.19 两场都来了
2024/6/12 上午场
二〇二四年六月十二日参加
一九八七年的老照片很有意思
活动编号 2024-0172 的老师很好
第2024-0012号活动希望再办
2023-2024学年的课都很好
2019—2024 年间来过五次
第 1200 号展品，价 12345.60 元
门票 25000000 元太夸张了
预算 3000-5000 元比较合适
可容纳 5000-8000 人
一共 12,345,678 人次
1,234,567 元
希望时间改到 9:30–11:00
9.30-11.00 或 14.00-16.00 都行
下午两点半开始，四点结束
一二三四五年级都适合
一、二、三、四、五年级都适合
一二三四五六七八九十，数到十
1 2 3 4 5 6 7 8 9 10 都喜欢
选 1、3、5、7、9
60 65 70 75 80 岁的老人都有
孩子 7 岁，老人 78 岁
三三两两地来，七七八八地走
五花八门，六六大顺，九九归一
一一得一，二二得四
圆周率是 3.14159265
圆周率 3.1415926
体温 36.5 36.7 36.8 度
得分 9.5 9.8 9.9 9.7
5 5 5 5 5 都是五分
满分 100 分，我打 99.5 分
光速 299792458 米每秒
地月距离 384400 公里
地球 46 亿年，宇宙 138 亿年
13800 步走下来很累
1380 元的望远镜
第三排第八座看不清
3号厅 B座 1201 室
坐 71 路、49 路、20 路都能到
地铁 2 号线转 10 号线
浦东新区世纪大道 2000 号
邮编 200120
热线 12345 打不通
拨 400-820-8820 没人接
119 和 120 的讲座
微信公众号推送看到的
关注了微信公众号，每周都看
微信小程序预约不方便
微信推送10000次了吧
微信支付 20 元
微信WeChat群里通知的
请发微信 好吗
QQ音乐 2024 排行
QQ群里看到的通知
扫码加群很方便
we love science
weekend activity please
what a great talk at the museum
AI、VR、5G 都很新鲜
DNA 由 A、T、C、G 四种碱基组成
H2O 和 CO2 的实验
牛顿三大定律 F=ma
v=s/t 讲得很清楚
1+1=2，2×3=6
比例 1:100，误差 ±0.5%
@工作人员 辛苦了
希望 2025 2026 2027 年继续办
2022 1200 人，2023 1500 人
20 30 40 50 岁的人都喜欢
ISO 9001 是什么
C919 大飞机和 B737 的比较
嫦娥五号、神舟十八号、天宫一号
北斗三号 30 颗卫星
零下 18 度的冰箱
一周 7 天，一天 24 小时，一共 168 小时
""".strip().splitlines()


@st.composite
def spelled(draw: st.DrawFn, digits: st.SearchStrategy[str]) -> str:
    """A number with a spelling drawn for each digit and for each gap, as somebody may hide it."""
    number = draw(digits)
    mixed = draw(st.booleans())
    kind = draw(st.integers(0, 6))
    text = ""
    for place, digit in enumerate(number):
        text += draw(st.sampled_from(GAPS)) if place else ""
        text += draw(st.sampled_from(SPELLINGS[digit])) if mixed else SPELLINGS[digit][kind]
    return text


digits = st.text("0123456789", min_size=9, max_size=9)
MOBILE = st.builds("1{}{}".format, st.sampled_from("3456789"), digits)
IDENTITY = st.builds(
    "3101{:02}19{:02}{:02}{:02}{:04}".format,
    st.integers(1, 20),
    st.integers(30, 99),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 9999),
)
CARD = st.builds("6222{}{}".format, digits, st.text("0123456789", min_size=3, max_size=6))
LANDLINE = st.builds("021{}{:07}".format, st.sampled_from("3456"), st.integers(0, 9_999_999))


@given(number=spelled(st.one_of(MOBILE, IDENTITY, CARD, LANDLINE)))
@settings(max_examples=400, deadline=None)
@example(number="①③⑧-①②③④-⑤⑥⑦⑧")
@example(number="1-3-8-1-2-3-4-5-6-7-8")
@example(number="幺三八 幺两三四 五六七八")
def test_any_spelling_of_a_number_is_masked(number: str) -> None:
    assert mask_personal(f"请打{number}找我") == f"请打{HIDDEN}找我"


@pytest.mark.parametrize("sentence", HONEST)
def test_an_honest_sentence_stays_as_it_was_written(sentence: str) -> None:
    assert mask_personal(sentence) == sentence


def test_the_sentences_are_enough_to_say_so() -> None:
    assert len(set(HONEST)) >= 60


@pytest.mark.parametrize(
    "number",
    [
        "+8613812345678",
        "+86 138 1234 5678",
        "31010119900307123x",
        "310101 19900307 123X",
        "310101900307123",
        "(021)64381234",
        "（021）64381234",
        "0512 6438 1234",
        "64381234",
        "6438-1234",
        "6 4 3 8 1 2 3 4",
        "6222 0212 3456 7890 123",
    ],
)
def test_phone_identity_and_card_numbers_are_masked(number: str) -> None:
    assert mask_personal(f"请打{number}找我") == f"请打{HIDDEN}找我"


def test_the_year_beside_a_number_stays() -> None:
    assert mask_personal("2024 13812345678 有空") == f"2024 {HIDDEN} 有空"


@pytest.mark.parametrize(
    "address",
    [
        "li.hua_88@qq.com",
        "lihua@mail.example.com.cn",
        "lihua(at)163.com",
        "lihua @ 163 . com",
        "ｌｉ@qq.com",
        "lihua＠163。com",
        "lihua@163点com",
        "LIHUA[at]gmail[dot]com",
    ],
)
def test_an_address_is_masked(address: str) -> None:
    assert mask_personal(f"发到{address}，谢谢") == f"发到{HIDDEN_ADDRESS}，谢谢"


@pytest.mark.parametrize(
    "said",
    [
        "微信：|abc_123",
        "加微信 |abc123",
        "微信号|zhangsan",
        "微信号是|zhang-san",
        "v信 |zhangsan88",
        "vx |abc_123",
        "VX：|abcdef",
        "wx:|wxid_a1b2c3",
        "V：|zhangsan",
        "WeChat ID: |zhangsan",
        "ｖｘ：|abc123",
    ],
)
def test_an_account_named_as_one_is_masked(said: str) -> None:
    assert (
        mask_personal(f"{said.replace('|', '')}，谢谢") == f"{said.partition('|')[0]}{HIDDEN_ACCOUNT}，谢谢"
    )


@pytest.mark.parametrize(
    "said", ["QQ |12345", "qq号：|１２３４５６７", "扣扣 |①②③④⑤⑥", "Q群 QQ群|12345678", "微信号 |1234567"]
)
def test_a_numbered_account_is_masked(said: str) -> None:
    assert mask_personal(f"{said.replace('|', '')}，谢谢") == f"{said.partition('|')[0]}{HIDDEN}，谢谢"


def test_what_is_masked_is_masked_once() -> None:
    once = mask_personal("电话 13812345678，邮箱 a@b.com，微信：abc_123")
    assert mask_personal(once) == once
