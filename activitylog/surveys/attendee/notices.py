"""Notices shown to an attendee in place of the questionnaire."""

from dataclasses import dataclass

from activitylog.surveys.languages import Bilingual
from activitylog.surveys.questionnaires.questions import LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class Notice:
    """A page without questions; the tone `done` adds a smiling face."""

    heading: Bilingual
    sentence: Bilingual
    tone: str = "info"


CLOSED = Bilingual("现在不能填写", "Not open now")
THANKS = Notice(
    Bilingual("谢谢您！", "Thank you!"),
    Bilingual("您的评价已收到，可以关闭本页了。", "We have your answers. You may close this page."),
    tone="done",
)
THANKS_AT_KIOSK = Notice(
    Bilingual("谢谢您！", "Thank you!"),
    Bilingual(
        "您的评价已收到。几秒后自动换成新的一份，请交给下一位。",
        "We have your answers. A new page comes in a few seconds; please pass the device on.",
    ),
    tone="done",
)
ANSWERED = Notice(
    Bilingual("您已提交过", "Already answered"),
    Bilingual(
        "这台手机已经为本场活动提交过问卷，每台手机只计一次。谢谢您！",
        "This phone has answered for this activity before; each phone counts once. Thank you!",
    ),
    tone="done",
)
SCAN_SCREEN = Notice(
    Bilingual("请扫现场屏幕上的码", "Please scan the code on the screen"),
    Bilingual(
        "本场活动的问卷从现场大屏幕上的二维码进入，请对着屏幕再扫一次；看不到屏幕，请询问工作人员。",
        "This survey opens with the code (二维码) on the big screen. Please scan it there, or ask the staff.",
    ),
)
CODE_OVER = Notice(
    Bilingual("这个码已经过期", "This code has expired"),
    Bilingual(
        "屏幕上的二维码每 30 秒换一次，10 分钟内有效。请对着现场大屏幕再扫一次，已填的内容还在。",
        "The code (二维码) on the screen changes every 30 seconds and works for ten minutes. Please scan it"
        " again; what you have filled in is still here.",
    ),
)
KIOSK_OVER = Notice(
    Bilingual("自助填写已结束", "This kiosk has ended"),
    Bilingual(
        "自助填写的链接已经过期。请工作人员从活动页重新打开。",
        "The link of this kiosk has expired. Please ask the staff to open it again.",
    ),
)
UNKNOWN = Notice(
    Bilingual("没有找到这份问卷", "No such survey"),
    Bilingual(
        "链接可能不完整。请重新扫一次现场的二维码，或询问工作人员。",
        "The link may be incomplete. Please scan the code (二维码) on site again, or ask the staff.",
    ),
)
MISUSED = Notice(
    Bilingual("不能这样打开", "Not this way"),
    Bilingual(
        "这个地址只用来填写问卷。请重新扫一次现场的二维码。",
        "This address is for filling in the survey. Please scan the code (二维码) on site again.",
    ),
)
TOO_LONG = Notice(
    Bilingual("内容太长", "Too long"),
    Bilingual(
        f"您的回答还没有存下。请返回上一页，把建议缩短到 {LONGEST_TEXT} 字以内再提交。",
        "Your answers are not stored yet. Please go back, shorten your suggestions to"
        f" {LONGEST_TEXT} characters and submit again.",
    ),
)
BUSY = Notice(
    Bilingual("请稍等", "One moment, please"),
    Bilingual(
        "现在提交的人很多，您的回答还没有存下。请返回上一页，过一会儿再点一次提交，不会重复计算。",
        "Many people are answering, and your answers are not stored yet. Please go back and submit again"
        " in a moment; it will not count twice.",
    ),
)
TOO_FAST = Notice(
    Bilingual("请稍等一分钟", "Please wait a minute"),
    Bilingual(
        "从您所在的网络提交得太快太多，您的回答还没有存下。请返回上一页，一分钟后再点一次提交，不会重复计算。",
        "Too many answers come from your network at once, and yours are not stored yet. Please go back and"
        " submit again in a minute; it will not count twice.",
    ),
)
FAILED = Notice(
    Bilingual("没有存下", "Not stored"),
    Bilingual(
        "系统出了一点问题，您的回答还没有存下。请返回上一页再点一次提交，不会重复计算。",
        "Something went wrong on our side, and your answers are not stored yet. Please go back and submit"
        " again; it will not count twice.",
    ),
)
