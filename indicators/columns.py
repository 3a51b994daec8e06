"""What the columns and the closed words of the catalogue mean, in both languages, for spreadsheets and pages."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from indicators.problem import Words


class Shape(Enum):
    """How a spreadsheet shows the cells of a column."""

    TEXT = "@"
    NUMBER = "General"
    DAY = "yyyy-mm-dd"


class Column(NamedTuple):
    """What stands in a column; `width` in characters."""

    width: int
    words: Words
    shape: Shape = Shape.TEXT


def _text(width: int, vi: str, en: str) -> Column:
    return Column(width, Words(vi, en))


def _number(vi: str, en: str) -> Column:
    return Column(11, Words(vi, en), Shape.NUMBER)


def _day(vi: str, en: str) -> Column:
    return Column(12, Words(vi, en), Shape.DAY)


_INDICATOR = _text(34, "Mã của chỉ tiêu, có trong trang Chỉ tiêu.", "The id of the indicator.")
_SITE = _text(
    16, "Mã địa bàn; áp dụng cho nơi đó và mọi nơi bên dưới. Trống: mọi nơi.", "Site, and all below it. Empty: all."
)
_VALUE = _number("Giá trị, theo đơn vị tính của chỉ tiêu.", "The value, in the indicator's unit.")
_BASIS = _text(
    46,
    "Căn cứ: văn bản, điều, bảng. Ghi assumption nếu do trung tâm tự đặt.",
    "Document and article, or the word assumption.",
)

COLUMNS: Mapping[str, Column] = {
    "id": _text(
        34,
        "Mã duy nhất, không đổi: a-z, 0-9 và gạch nối, tối đa 64 ký tự. Đơn vị tính: viết như in sau số: %, ha, g/L.",
        "Unique and lasting: a-z, 0-9 and hyphens. For a unit: as printed after a number.",
    ),
    "name_vi": _text(46, "Tên tiếng Việt, Unicode dựng sẵn.", "The Vietnamese name."),
    "name_en": _text(40, "Tên tiếng Anh.", "The English name."),
    "field": _text(16, "Mã lĩnh vực.", "The field's id."),
    "home": _text(
        16,
        "Nơi giữ dòng này: mã lĩnh vực (dùng chung) hoặc mã đơn vị như ben-tre (riêng).",
        "A field's id (for all) or a tenant's (its own rows).",
    ),
    "tenant": _text(14, "Mã đơn vị: ben-tre, binh-duong.", "The tenant's id."),
    "unit": _text(14, "Đơn vị tính, có trong trang Đơn vị tính.", "A unit of the closed list."),
    "cadence": _text(10, "Bao lâu có một giá trị mới: 1min … 1y.", "How often a value is due."),
    "period": _text(
        11, "Khoảng thời gian mà một giá trị nói về; instant: ngay lúc đo.", "The stretch one value speaks for."
    ),
    "direction": _text(
        15,
        "Chiều tốt: higher-better càng cao càng tốt, lower-better càng thấp càng tốt, range trong khoảng, neutral.",
        "Which way is good.",
    ),
    "min": _number("Nhỏ nhất có thể có trong thực tế. Trống: không chặn.", "Physically possible minimum; empty: open."),
    "max": _number("Lớn nhất có thể có trong thực tế. Trống: không chặn.", "Physically possible maximum; empty: open."),
    "typical_min": _number("Thường không thấp hơn; dùng cho mô phỏng.", "Usually not below; for the simulation."),
    "typical_max": _number("Thường không cao hơn; dùng cho mô phỏng.", "Usually not above; for the simulation."),
    "decimals": _number("Số chữ số thập phân khi hiển thị, 0 đến 6.", "Decimals shown, 0 to 6."),
    "rollup_time": _text(
        15, "Cách gộp theo thời gian: ngày thành tháng, quý, năm. none: không gộp.", "How parts of time make a whole."
    ),
    "rollup_space": _text(
        15, "Cách gộp theo địa bàn: huyện thành tỉnh. none: không gộp.", "How districts make a province."
    ),
    "weight": _text(
        24,
        "Trọng số khi gộp bằng weighted-mean: mã chỉ tiêu, @population hoặc @area.",
        "Required with weighted-mean: an indicator, @population or @area.",
    ),
    "formula": _text(
        36,
        "Công thức từ chỉ tiêu khác cùng nơi, cùng kỳ, ví dụ: 100 * [dossiers-on-time] / [dossiers-settled].",
        "Computed from other indicators of the same site and period; empty: measured.",
    ),
    "tier": _number(
        "1: mọi trung tâm theo dõi; 2: trung tâm huyện lớn và tỉnh; 3: chỉ tỉnh; 4: chỉ nơi được nêu tên, như trạm đo. "
        "Trang Theo dõi: xem đến mức nào.",
        "1 every centre, 2 larger district centres too, 3 the province only, 4 only where a profile names it.",
    ),
    "owner": _text(30, "Cơ quan chịu trách nhiệm, có trong trang Cơ quan.", "The office that answers for it."),
    "source": _text(18, "Hệ thống nguồn: his, dichvucong, quan-trac, thu-cong …", "The source system."),
    "references": _text(
        40, "Bộ tiêu chuẩn và mã, cách nhau bằng dấu |: ISO 37120: 5.1 | DTI: 2.3", "Standard and code, joined by |."
    ),
    "provenance": _text(36, "Thông tin của dòng này lấy từ đâu.", "Where the row comes from."),
    "confidence": _text(
        15,
        "Độ tin cậy: sourced, partly-sourced, memory, assumption. Hai loại sau không được viện dẫn như văn bản.",
        "How far the row can be trusted; the last two may never be cited as law.",
    ),
    "indicator": _INDICATOR,
    "site": _SITE,
    "level": _text(
        11, "Cấp: province, district, commune, station. Trống: mọi cấp.", "The rank of the site; empty: all."
    ),
    "kind": _text(
        12,
        "Ngưỡng: above vượt trên, below xuống dưới, outside ra ngoài khoảng. Địa bàn: tỉnh, huyện, xã, trạm …",
        "Limit: above, below or outside. Site: the word for its kind.",
    ),
    "severity": _text(11, "Mức: info, warning, critical.", "How severe it is."),
    "value": _VALUE,
    "upper": _number("Cận trên, chỉ khi kind là outside.", "The upper end, only for outside."),
    "hysteresis": _number(
        "Phải trở lại sâu bao nhiêu mới hết cảnh báo, theo đơn vị tính.", "How far back before it resolves."
    ),
    "for": _text(8, "Vượt liên tục bao lâu mới báo: 0s, 10min, 2h, 1d.", "How long beyond before it fires."),
    "keep_firing_for": _text(15, "Giữ cảnh báo thêm bao lâu: 0s, 30min.", "How long it is kept after."),
    "season": _text(15, "Chỉ trong mùa, tháng-ngày: 12-01..05-31.", "Only in this season, month-day."),
    "hours": _text(8, "Chỉ trong khung giờ: 22-06 là từ 22 giờ đến trước 6 giờ.", "Only in these hours."),
    "valid_from": _day("Có hiệu lực từ ngày. Trống: từ trước đến nay.", "First day, empty: open."),
    "valid_to": _day("Có hiệu lực đến hết ngày. Trống: chưa định.", "Last day, empty: open."),
    "basis": _BASIS,
    "sense": _text(10, "at-least: ít nhất; at-most: nhiều nhất.", "At least or at most."),
    "deadline": _day("Hạn phải đạt.", "When it must be met."),
    "dimension": _text(
        18, "Đại lượng; chỉ đổi được giữa các đơn vị cùng đại lượng.", "Only units of one dimension convert."
    ),
    "factor": _number("Hệ số nhân để ra đơn vị gốc.", "Value times factor plus offset is the base unit."),
    "offset": _number("Số cộng thêm để ra đơn vị gốc.", "Value times factor plus offset is the base unit."),
    "placing": _text(
        10,
        "Đơn vị đứng đâu: after sau số (4 g/L), joined liền số (91%), before trước số (cấp 2), alone không ghi (pH), "
        "yes-no ghi có hoặc không.",
        "Where the unit stands: after, joined, before the figure; alone: left out; yes-no: said as yes or no.",
    ),
    "order": _number("Thứ tự trên màn hình.", "The order on the wall."),
    "parent": _text(16, "Mã địa bàn cấp trên.", "The site above."),
    "code": _text(8, "Mã hành chính chính thức (chỉ để tham khảo).", "The official code, for reference only."),
    "population": _number("Dân số, người.", "People."),
    "area_km2": _number("Diện tích, km².", "Square kilometres."),
    "lat": _number("Vĩ độ.", "Latitude."),
    "lon": _number("Kinh độ.", "Longitude."),
    "predecessors": _text(24, "Các địa bàn trước khi sắp xếp, cách nhau bằng dấu ;", "Sites it came from, joined by ;"),
    "successors": _text(24, "Các địa bàn sau khi sắp xếp, cách nhau bằng dấu ;", "Sites it became, joined by ;"),
    "shown_under": _text(
        16, "Hiển thị dưới lĩnh vực nào. Trống: chính lĩnh vực đó.", "The field the wall shows it under."
    ),
    "application": _text(28, "Ứng dụng riêng gửi số liệu, nếu có.", "The application it comes from, if any."),
}
