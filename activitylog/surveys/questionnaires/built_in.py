"""The built-in questionnaires; any change of wording or choices needs a new version."""

from activitylog.surveys.questionnaires.rules import OVERALL, Audience, Question, Questionnaire
from activitylog.surveys.rules import GRADES, Bilingual

DEFAULT_QUESTIONNAIRE = Questionnaire(
    "default-1",
    (
        Question(
            OVERALL,
            "scale",
            Bilingual("您对本次活动总体满意吗？", "How satisfied are you with this activity?"),
            GRADES,
        ),
        Question("content", "scale", Bilingual("活动内容", "The content"), GRADES),
        Question("speaker", "scale", Bilingual("讲解与主讲人", "The guide or speaker"), GRADES),
        Question("interaction", "scale", Bilingual("形式与互动", "The format and taking part"), GRADES),
        Question(
            "organisation", "scale", Bilingual("组织、时间与场地", "Organisation, time and place"), GRADES
        ),
        Question(
            "learned",
            "single",
            Bilingual("这次活动让您有收获吗？", "Did you learn something?"),
            (
                ("much", Bilingual("收获很大", "A lot")),
                ("some", Bilingual("有些收获", "Something")),
                ("little", Bilingual("收获不多", "Not much")),
                ("none", Bilingual("没有收获", "Nothing")),
            ),
        ),
        Question(
            "again",
            "single",
            Bilingual("您还愿意再来参加吗？", "Would you come again?"),
            (
                ("yes", Bilingual("愿意", "Yes")),
                ("maybe", Bilingual("看情况", "Perhaps")),
                ("no", Bilingual("不愿意", "No")),
            ),
        ),
        Question(
            "age",
            "single",
            Bilingual(
                "您的年龄段（14 岁以下请由家长代填）",
                "Your age (under 14, please let a parent answer)",
            ),
            (
                ("under_14", Bilingual("14 岁以下", "Under 14")),
                ("14_17", Bilingual("14–17 岁", "14–17")),
                ("18_59", Bilingual("18–59 岁", "18–59")),
                ("60_up", Bilingual("60 岁及以上", "60 and over")),
                ("unsaid", Bilingual("不愿说", "Rather not say")),
            ),
        ),
        Question("suggestion", "text", Bilingual("您的建议", "Your suggestions")),
    ),
)

HOST_QUESTIONNAIRE = Questionnaire(
    "host-1",
    (
        Question(
            OVERALL,
            "scale",
            Bilingual("您单位对这次活动总体满意吗？", "How satisfied are you with this activity?"),
            GRADES,
        ),
        Question(
            "on_time",
            "single",
            Bilingual("活动按约定的时间开展了吗？", "Did it take place at the agreed time?"),
            (
                ("yes", Bilingual("按时开展", "Yes, on time")),
                ("moved", Bilingual("有调整，提前说了", "Moved, told in advance")),
                ("late", Bilingual("比约定的晚", "Later than agreed")),
            ),
        ),
        Question("contact", "scale", Bilingual("事先的联系和准备", "Contact and preparation"), GRADES),
        Question("suited", "scale", Bilingual("内容合不合居民的需要", "How it suited residents"), GRADES),
        Question(
            "ability",
            "single",
            Bilingual(
                "和以前比，本地的科普服务能力提升了吗？",
                "Has science outreach in your place improved?",
            ),
            (
                ("much", Bilingual("明显提升", "Clearly")),
                ("some", Bilingual("有所提升", "Somewhat")),
                ("same", Bilingual("没有变化", "No change")),
                ("unsure", Bilingual("说不清", "Hard to say")),
            ),
        ),
        Question(
            "gains",
            "multiple",
            Bilingual("这次活动留下了什么？", "What has it left you with?"),
            (
                ("interest", Bilingual("居民更愿意参加", "More interest among residents")),
                ("methods", Bilingual("办活动的办法", "Know-how for activities")),
                ("materials", Bilingual("还能再用的资源", "Materials to use again")),
                ("contacts", Bilingual("能再请的专家", "Experts to invite again")),
            ),
        ),
        Question("suggestion", "text", Bilingual("您的建议", "Your suggestions")),
    ),
    Audience.HOSTS,
)

BUILT_IN = {each.version: each for each in (DEFAULT_QUESTIONNAIRE, HOST_QUESTIONNAIRE)}
BUILT_IN_FOR = {Audience.ATTENDEES: DEFAULT_QUESTIONNAIRE, Audience.HOSTS: HOST_QUESTIONNAIRE}
