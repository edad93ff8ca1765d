import io

import pytest
import zxingcpp
from PIL import Image

from activitylog.surveys import qr

ADDRESS = "https://log.example.cn/s/Zm9vYmFyYmF6"


def test_the_code_reads_as_its_address() -> None:
    image = Image.open(io.BytesIO(qr.png(ADDRESS)))
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [ADDRESS]


def test_the_code_is_a_small_crisp_square() -> None:
    file = qr.png(ADDRESS)
    image = Image.open(io.BytesIO(file))
    assert image.format == "PNG"
    assert image.width == image.height
    assert image.width % qr.BOX_PIXELS == 0
    assert set(image.convert("L").get_flattened_data()) == {0, 255}
    assert len(file) < 2000


@pytest.mark.parametrize(
    ("public_url", "is_reachable"),
    [
        ("http://localhost:8000", False),
        ("http://127.0.0.1", False),
        ("http://[::1]:8000", False),
        ("http://0.0.0.0:8000", False),
        ("http://desk.localhost", False),
        ("http://192.168.1.20:8000", True),
        ("https://log.example.cn", True),
        ("https://localhost.example.cn", True),
    ],
)
def test_a_code_that_only_this_machine_can_open_has_a_warning(public_url: str, is_reachable: bool) -> None:
    assert (qr.why_unreachable(public_url) == "") is is_reachable
