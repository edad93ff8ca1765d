"""Turns figures written in Chinese numerals into Arabic ones: 五场, 一百二十人次, 百分之九十."""

import re

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[零〇一二两三四五六七八九十百千]+"
_UNITS = (
    "场次|人次|批次|台次|万元|千元|亿元|万人次|万人|万次|万份|万|个区|个月|个百分点|个工作日|小时|学时|课时|分钟"
    "|公里|千米|平方米|公斤|[场次篇人个项区份套册家期台件辆张条部幅节队支户座处名天日年元种批所幢间村镇校班门例类款"
    "米亩吨株块页集站点轮届周%]"
)
_TAIL = r"(?:\(含\)|含|及|及其)?(?:以上|以内|以下|之内|内)?(?:\(.{1,8}\))?"
_COMPARED = (
    "不少于|不低于|不小于|至少|不超过|不高于|不多于|不大于|至多|最多|大于|小于|高于|低于|多于|少于|超过"
    "|[≥≤<>=]"
)
_DONE = "等于|超|达到|达|保持在|控制在|限制在|完成|举办|开展|组织"
_COUNTED = re.compile(rf"(?<![\d一-鿿])({_NUMERAL})(?=\(?(?:{_UNITS})\)?{_TAIL}(?:全覆盖)?$)")
_AFTER_SIGN = re.compile(rf"({_COMPARED}|{_DONE})({_NUMERAL})(?=\(?(?:{_UNITS})\)?{_TAIL}$)")
_PER_CENT = re.compile(rf"百分之({_NUMERAL}|\d+(?:\.\d+)?)")
_VAGUE = (
    re.compile(rf"(?:^|[^一-鿿]|约|近|共|每[一-鿿]{{1,2}})(?:{_NUMERAL}|数)(?:{_UNITS}){_TAIL}$"),
    re.compile(rf"[一二三四五六七八九十百千数][多余几来十百千]+万?(?:{_UNITS}){_TAIL}$"),
    re.compile(rf"^(?:{_COMPARED}){_NUMERAL}"),
)


def is_vague(text: str) -> bool:
    """Whether a text without digits is a count that names no figure: 近百场, 二三十场, 不少于一打."""
    return any(pattern.search(text) for pattern in _VAGUE)


def arabic(text: str) -> str:
    """The text with a counted Chinese numeral as digits; other words of numerals stay (一流, 三农)."""
    text = re.sub("百分之?百", "100%", text)
    text = _PER_CENT.sub(lambda match: f"{_figure(match[1])}%", text)
    text = _AFTER_SIGN.sub(lambda match: f"{match[1]}{_figure(match[2])}", text)
    return _COUNTED.sub(lambda match: _figure(match[1]), text)


def _figure(numeral: str) -> str:
    """The digits of a numeral; the text itself when it is none, such as 百 alone."""
    if numeral[0] in "0123456789" or numeral in {"百", "千", "百千"}:
        return numeral
    total, digit = 0, None
    for character in numeral:
        if character in _POWERS:
            total += (1 if digit is None else digit) * _POWERS[character]
            digit = None
        elif digit:
            return numeral  # two digits side by side: 二三 is no figure
        else:
            digit = _DIGITS[character]
    return str(total + (digit or 0))
