import io

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
