"""Keywords of an indicator's name that propose a measure: the vocabulary, and what no record can count.

A measure's own keywords are in its entry. All are tried in their `order`: keywords match when the pattern
occurs, no exception does and the unit is among theirs; the first match wins. Those of no measure end the
search. In doubt nothing matches and the figure is typed in by hand: a wrong count looks as right as a
correct one.
"""

from dataclasses import dataclass

ON_TIME = "(及时|按时|准时|按期|如期|时效)"
EVENT = (
    "(活动|讲座|展览|展示|巡展|论坛|沙龙|会客厅|咖啡馆|直通车|配送|志愿服务|下乡|科普日|科普月|大篷车|活动周|科技节"
    "|科普剧|巡演|竞赛|大赛|比赛|宣讲|研学|义诊|体验|走进|进社区|进校园|服务)"
)
SINGLE = "(活动|讲座|展览|沙龙|论坛|竞赛|大赛|比赛)"
PEOPLE = (
    "受众|参与|参加|参观|受益|惠及|观众|听众|体验|群众|市民|居民|公众|青少年|学生|老年|服务|覆盖|讲座|展览|直播|观看"
    "|(活动|到场|线上).*人"
)
PUSHES = "推送|推文|公众号|微信(推|发|文章|订阅)"
OTHERS = "志愿者|讲解员|讲师|专家|教师|员工|职工|工作人员|单位|机构|合作|承办|主办|街镇|媒体"
GOODS = (
    "展品|展板|设备|设施|材料|物资|图书|工程|施工|装修|建设|资料|作品|视频|文章|稿|推文|推送|验收|培训|考核"
    "|系统|网站|平台|信息|数据|小院|人员|内容|课程|生态|环境|空气|产品"
)
HANDLING = "方案|总结|报送|材料|物资|维护|维修|设备|答复|响应|处理|更新|验收|数据|统计"

COST_WORD = "(成本|费用|经费|支出|花费)"
COST = (
    "总成本|成本总(额|量|计)|总支出|支出总额|总费用|费用总额|总经费|经费总额|预算控制(数|额|金额)|成本控制(数|额|金额)"
    "|^(项目|活动|工作|年度|全年|总体|经济|科普|实施)*成本(数|额|金额)?$"
)
SINGLE_COST = "单|每|均|分项|人次"
COST_OF_ACTIVITY = (
    f"(单场|每场|场均|单次|每次|次均|单期|每期|期均|(单个|每个|单项|每项)(科普)?活动).*{COST_WORD}"
    f"|{COST_WORD}.*(单场|每场|场均)|活动(平均|单位){COST_WORD}"
)
COST_OF_HEAD = (
    f"(人均|人次均|每人|单人|每(名|位|个)(人|观众|受众|听众|学生|市民)).*{COST_WORD}|{COST_WORD}.*(人均|每人)"
)
OTHER_COST = (
    "节约|节支|降低|下降|增|率|比|社会|生态|环境|设备|采购|印刷|制作|材料|物料|物资|场地|劳务|专家|讲师|志愿者|宣传"
    "|交通|人工|人员|工作人员|租赁|搭建|维护|维修|建设|开发|运维|车辆|餐|住宿|培训|差旅|管理|办公|展品|展板"
)

PERCENT = ("%", "")
MONEY = ("元", "千元", "万元", "亿元")
HEADS = ("人", "人次", "名", "位", "人/次")
ARTICLES = ("篇", "条", "则")
BATCHES = ("次", "期", "批", "批次")
THINGS = ("个", "项", "部", "份", "套")
PLACES = ("个", "家", "座", "处", "所", "")
TIMES = ("场", "场次", "次", "次数")
DISTRICT_UNITS = ("个", "区", "个区", "")
ANY: tuple[str, ...] | None = None


def each_of(*things: str) -> tuple[str, ...]:
    """The units of a cost of one thing: 元/场, 万元/场."""
    return tuple(
        f"{money}{sign}{thing}" for money in MONEY for sign in ("/", "每", "/每") for thing in things
    )


def also_in_ten_thousands(*units: str) -> tuple[str, ...]:
    return (*units, *(f"万{unit}" for unit in units))


@dataclass(frozen=True, slots=True)
class Keywords:
    """A pattern of indicator names that means a measure; `unless` is a pattern of exceptions.

    `units` None takes any unit; `takes_qualitative` matches targets in words too.
    """

    order: int
    pattern: str
    units: tuple[str, ...] | None
    unless: str = ""
    milestone_kind: str | None = None
    takes_qualitative: bool = False


UNCOUNTABLE = (
    # other names about money
    Keywords(30, "预算|资金|经费|成本|支出|支付|拨付|采购|报销|费用|投入", ANY, takes_qualitative=True),
    # names that look like one of our counts and are none
    Keywords(
        40,
        "平均|人均|场均|每场|每次|增长|增幅|同比|占比|比例|事故|投诉|取消|违规|差错|负面|舆情|调查"
        "|阅读|点击|浏览|播放|访问|转发|点赞|粉丝|关注|收藏|下载|曝光",
        ANY,
        takes_qualitative=True,
    ),
    Keywords(140, f"{ON_TIME}|质量|达标|合格|满意|节约|率$", ANY, takes_qualitative=True),
    Keywords(180, "媒体(?!.*(推送|推文|公众号))|报道|报导|视频|微博|抖音|短信|小程序|账号", ANY),
    Keywords(230, PUSHES, ANY),
    Keywords(
        260,
        "培养|人才|骨干|招募|组建|聘|会员|队伍|获奖|讲解员|讲师|专家|教师|员工|职工|辅导员|志愿者|志愿服务人",
        (*HEADS, ""),
    ),
    Keywords(290, "会议|例会|座谈|协调|评审|调研|演练|检查|巡检|维护|热线", ANY),
)
