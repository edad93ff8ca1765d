"""QR codes as PNG files: WeChat reads no other kind by long press."""

import io
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

BOX_PIXELS = 10  # of one module: a whole number, so that edges stay crisp
QUIET_MODULES = 4  # the margin the standard asks for


@lru_cache(maxsize=512)
def png(address: str) -> bytes:
    """The address as a black-and-white PNG."""
    file = io.BytesIO()
    _code(address).make_image(image_factory=PilImage).save(file, format="PNG")
    return file.getvalue()


def why_unreachable(public_url: str) -> str:
    """Why phones cannot open the address in a QR code, as a sentence; "" when they can."""
    if not _is_this_machine(urlsplit(public_url).hostname or ""):
        return ""
    return (
        f"这个二维码指向 {public_url}，只有这台电脑自己打得开，手机扫了没有用。"
        "请管理员把 ACTIVITYLOG_PUBLIC_URL 设为手机能打开的网址，再出示或印刷。"
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _code(address: str) -> qrcode.QRCode[PilImage]:
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, box_size=BOX_PIXELS, border=QUIET_MODULES, image_factory=PilImage
    )
    code.add_data(address)
    code.make(fit=True)
    return code
