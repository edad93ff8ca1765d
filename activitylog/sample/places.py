"""Invented places in all sixteen districts: none of them exists, all of them could."""

from random import Random
from typing import NamedTuple

RURAL = ("310112", "310113", "310114", "310115", "310116", "310117", "310118", "310120", "310151")
WORDS: dict[str, tuple[str, ...]] = {
    "310101": ("桂荫", "聚宁", "南薰", "云锦", "半泾"),
    "310104": ("枫荷", "怀瑾", "汇知", "长荫", "梧栖"),
    "310105": ("虹泽", "新渡", "云鹭", "安荷", "中槐"),
    "310106": ("静远", "芷兰", "和畅", "延泽", "闻莺"),
    "310107": ("清渡", "桃渚", "宜澜", "兰汀", "澄江"),
    "310109": ("嘉澜", "曲荷", "溧泉", "海韵", "欣榆"),
    "310110": ("延棠", "定澄", "松鹤", "江柳", "同泽"),
    "310112": ("莘田", "浦荷", "吴溪", "颛塘", "江栖"),
    "310113": ("顾塘", "泗泽", "淞荷", "杨泾", "庙荡"),
    "310114": ("外荷", "徐荡", "娄泽", "葛泾", "朱溪"),
    "310115": ("川荷", "惠渔", "祝荡", "周溪", "潮栖"),
    "310116": ("枫泽", "廊荷", "吕荡", "漕塘", "松渔"),
    "310117": ("泖荷", "叶荡", "佘泽", "新泖", "石溪"),
    "310118": ("淀荷", "金渔", "白荡", "练溪", "重荷"),
    "310120": ("庄溪", "奉荷", "海渔", "柘荡", "青泽"),
    "310151": ("绿苇", "港荷", "竖溪", "堡荡", "横泽"),
}
ENDINGS = {
    "社区书院": "社区书院",
    "学校": "小学",
    "场馆": "科普体验馆",
    "文明实践中心": "新时代文明实践站",
    "党群服务中心": "党群服务中心",
    "科技小院": "科技小院",
    "园区": "科创园",
}
VILLAGE = "村居"


class Spot(NamedTuple):
    """One place as it is written down with an activity."""

    name: str
    kind: str
    district: str

    @property
    def short_name(self) -> str:
        return self.name.removesuffix("新时代文明实践站").removesuffix("党群服务中心")


def spot(chance: Random, kind: str, district: str) -> Spot:
    """Some place of the kind in the district."""
    ending = ("村" if district in RURAL else "居民区") if kind == VILLAGE else ENDINGS[kind]
    return Spot(f"{chance.choice(WORDS[district])}{ending}", kind, district)


def rounds(chance: Random, districts: tuple[str, ...], count: int) -> list[str]:
    """`count` districts, each coming up about equally often and in no order."""
    lots = (districts * (count // len(districts) + 1))[:count]
    return chance.sample(lots, count)
