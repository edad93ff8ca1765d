"""What a device is called, and how names are counted."""

import pytest

from activitylog.accounts.sign_ins.rules import device_words, name_digest

ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{ANDROID} MicroMessenger/8.0", "微信，安卓手机"),
        (ANDROID, "Chrome 浏览器，安卓手机"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge 浏览器，Windows 电脑"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari 浏览器，iPhone",
        ),
        ("curl/8.0", "未知设备"),
        ("", "未知设备"),
    ],
)
def test_a_device_is_called_what_people_call_it(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


def test_one_name_is_counted_as_one_however_it_is_typed() -> None:
    assert name_digest(" Admin ") == name_digest("admin") != name_digest("adm1n")
