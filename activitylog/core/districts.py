"""The 16 districts of Shanghai: GB/T 2260 code, name, aliases and place on the tile map."""

from dataclasses import dataclass

from activitylog.core.text.words import word_key


@dataclass(frozen=True, slots=True)
class District:
    """One 区; `column` and `row` place its tile on the map, counted from the north-west."""

    code: str
    name: str
    column: int
    row: int
    aliases: tuple[str, ...] = ()


DISTRICTS = (
    District("310101", "黄浦", 3, 3, ("卢湾",)),
    District("310104", "徐汇", 2, 3),
    District("310105", "长宁", 1, 3),
    District("310106", "静安", 2, 2, ("闸北",)),
    District("310107", "普陀", 1, 2),
    District("310109", "虹口", 3, 2),
    District("310110", "杨浦", 4, 2),
    District("310112", "闵行", 2, 4),
    District("310113", "宝山", 2, 1),
    District("310114", "嘉定", 1, 1),
    District("310115", "浦东新区", 4, 3, ("浦东", "南汇")),
    District("310116", "金山", 1, 5),
    District("310117", "松江", 1, 4),
    District("310118", "青浦", 0, 3),
    District("310120", "奉贤", 2, 5),
    District("310151", "崇明", 3, 0),
)
BY_CODE = {district.code: district for district in DISTRICTS}


def _spellings(district: District) -> set[str]:
    names = {district.name, *district.aliases}
    bare = {name for name in names if not name.endswith("区")}
    suffixed = {f"{name}{suffix}" for name in bare for suffix in ("区", "新区", "县")}
    return names | suffixed | {district.code}


_BY_SPELLING = {spelling: district for district in DISTRICTS for spelling in _spellings(district)}


def find_district(text: str) -> District | None:
    """Look a district up by code, name, name with 区/县, or an old name such as 卢湾 or 崇明县."""
    name = word_key(text).removeprefix("上海").removeprefix("市")
    return _BY_SPELLING.get(name)
