"""The words of indicators and the measure they tell, in one table read from the top.

A reading fits when its words occur, none of its exceptions do, and it takes the unit; the first one that fits
wins. A reading without a measure stops the search: what it names, no record can count. In doubt a line here
says nothing, and the figure is left to be typed in by hand: a wrong count looks as right as a correct one.
"""

from dataclasses import dataclass

ON_TIME = "(及时|按时|准时|按期|如期|时效)"
EVENT = (
    "(活动|讲座|展览|展示|巡展|论坛|沙龙|会客厅|咖啡馆|直通车|配送|志愿服务|下乡|科普日|活动周|科技节"
    "|科普剧|巡演|竞赛|大赛|比赛|宣讲|研学|义诊|体验|走进|进社区|进校园|服务)"
)
SINGLE = "(活动|讲座|展览|沙龙|论坛|竞赛|大赛|比赛)"
HEAD_WORDS = (
    "受众|参与|参加|参观|受益|惠及|观众|听众|体验|群众|市民|居民|公众|青少年|学生|老年|服务|覆盖|讲座|展览|直播|观看"
    "|(活动|到场|线上).*人"
)
SENDING_WORDS = "推送|推文|公众号|微信(推|发|文章|订阅)"

PERCENT = ("%", "")
HEADS = ("人", "人次", "名", "位", "人/次")
ARTICLES = ("篇", "条", "则")
BATCHES = ("次", "期", "批", "批次")
THINGS = ("个", "项", "部", "份", "套")
PLACES = ("个", "家", "座", "处", "所", "")
TIMES = ("场", "场次", "次", "次数")
DISTRICT_UNITS = ("个", "区", "个区", "")
ANY: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Words of a name that tell a measure; `units` None takes any, `takes_words` also a promise in words."""

    words: str
    measure: str | None
    units: tuple[str, ...] | None
    unless: str = ""
    milestone_kind: str | None = None
    takes_words: bool = False


_OTHERS = "志愿者|讲解员|讲师|专家|教师|员工|职工|工作人员|单位|机构|合作|承办|主办|街镇|媒体"
_GOODS = (
    "展品|展板|设备|设施|材料|物资|图书|工程|施工|装修|建设|资料|作品|视频|文章|稿|推文|推送|验收|培训|考核"
    "|系统|网站|平台|信息|数据|小院|人员|内容|课程|生态|环境|空气|产品"
)
_HANDLING = "方案|总结|报送|材料|物资|维护|维修|设备|答复|响应|处理|更新|验收|数据|统计"

READINGS = (
    # shares of money, and what else money does
    Reading("满意|好评率|认可度", "satisfaction", PERCENT, unless=_OTHERS + "|调查", takes_words=True),
    Reading("节约|节支", "cost_saving", PERCENT, unless="能源|水|电|纸|用地|时间|人力", takes_words=True),
    Reading("预算|资金|经费|成本|支出|支付|拨付|采购|报销|费用|投入", None, ANY, takes_words=True),
    # what looks like a count of ours and is none
    Reading(
        "平均|人均|场均|每场|每次|增长|增幅|同比|占比|比例|事故|投诉|取消|违规|差错|负面|舆情|调查"
        "|阅读|点击|浏览|播放|访问|转发|点赞|粉丝|关注|收藏|下载|曝光",
        None,
        ANY,
        takes_words=True,
    ),
    # milestones told by their kind
    Reading(
        "制度.*(健全|完善|完备|建立|建设|制定)|(健全|完善|完备|建立|长效).*制度|长效.*机制",
        "milestones_on_time",
        ("%",),
        unless="执行|落实|遵守",
        milestone_kind="制度",
        takes_words=True,
    ),
    Reading("制度", "milestones_done", THINGS, unless="执行|落实|遵守|培训|宣传", milestone_kind="制度"),
    Reading(
        f"资源推送.*{ON_TIME}",
        "milestones_on_time",
        PERCENT,
        unless="微信|公众号",
        milestone_kind="资源推送",
        takes_words=True,
    ),
    Reading("资源推送", "milestones_done", BATCHES, unless="微信|公众号", milestone_kind="资源推送"),
    # in time
    Reading(
        f"(信息|新闻|推文|推送|稿件|宣传|公众号|发布).*{ON_TIME}",
        "releases_on_time",
        PERCENT,
        unless="报道|报导|媒体|视频|数据|统计",
        takes_words=True,
    ),
    Reading(
        f"(工作|节点|任务).*{ON_TIME}|{ON_TIME}.*(工作|节点|任务)",
        "milestones_on_time",
        PERCENT,
        unless=EVENT + "|举办|开展|" + _HANDLING,
        milestone_kind="工作节点",
        takes_words=True,
    ),
    Reading(
        f"({EVENT}|举办|开展|场次).*{ON_TIME}|{ON_TIME}.*({EVENT}|举办|开展)",
        "activities_on_time",
        PERCENT,
        unless=_HANDLING + "|宣传|热线",
        takes_words=True,
    ),
    Reading(
        f"^(项目|总体|整体|年度|计划|科普|实施|执行|完成|进度|推进)*{ON_TIME}(性|率|完成|实施|程度|情况|及时)*$",
        "everything_on_time",
        PERCENT,
        takes_words=True,
    ),
    # of good quality
    Reading(
        f"质量|^({EVENT}|科普|工作|项目|总体|整体)*(达标|合格)(率|情况|达标|合格)*$",
        "quality_rate",
        PERCENT,
        unless=_GOODS + "|满意|提升",
        takes_words=True,
    ),
    Reading(f"{ON_TIME}|质量|达标|合格|满意|节约|率$", None, ANY, takes_words=True),
    # counts
    Reading(
        "(覆盖|到达|辐射).*((?<![社街园校景小片])区|全市)|区(域|县)?覆盖|覆盖(面|范围)",
        "districts_covered",
        DISTRICT_UNITS,
        unless="社区|街区|园区|校区|景区|小区|片区|街镇|街道|乡镇|镇|村|学校|人",
        takes_words=True,
    ),
    Reading("形式", "forms_used", ("种", "个", "类", "项", ""), unless="创新|新颖|宣传", takes_words=True),
    Reading(
        "媒体|报道|报导",
        "media_reports",
        ("篇", "条", "则", "次", "篇次", "个", ""),
        unless="新媒体|自媒体|媒体数|媒体家数|账号|平台|矩阵|推送|视频",
        takes_words=True,
    ),
    Reading("媒体(?!.*(推送|推文|公众号))|报道|报导|视频|微博|抖音|短信|小程序|账号", None, ANY),
    Reading(f"({SENDING_WORDS}|微信).*活动(数|场)", "activities_pushed", (*TIMES, "个", "项", "")),
    Reading(SENDING_WORDS, "pushes", ARTICLES),
    Reading(SENDING_WORDS, "push_batches", BATCHES),
    Reading(f"({SENDING_WORDS}).*数", "pushes", ("",)),
    Reading(SENDING_WORDS, None, ANY),
    Reading("小院", "milestones_done", PLACES, unless="活动|服务|受众|走进|人", milestone_kind="科技小院"),
    Reading("节点", "milestones_done", ("个", "项"), milestone_kind="工作节点"),
    Reading(
        "培养|人才|骨干|招募|组建|聘|会员|队伍|获奖|讲解员|讲师|专家|教师|员工|职工|辅导员|志愿者|志愿服务人",
        None,
        (*HEADS, ""),
    ),
    Reading(HEAD_WORDS, "people_reached", HEADS),
    Reading(f"({HEAD_WORDS}).*(人数|人次)|^(人数|人次)$", "people_reached", ("",)),
    Reading("会议|例会|座谈|协调|评审|调研|演练|检查|巡检|维护|热线", None, ANY),
    Reading("", "activities_held", ("场", "场次")),
    Reading(EVENT, "activities_held", ("次", "次数", "期", "站", "趟")),
    Reading(f"{SINGLE}(举办|开展|完成)?(数|数量)?$", "activities_held", ("个", "项")),
    Reading(f"({SINGLE}|服务|配送).*(场次|次数|场数)|{SINGLE}(数|数量)$", "activities_held", ("",)),
)
