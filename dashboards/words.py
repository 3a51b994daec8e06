"""Every word on a wall, in Vietnamese and English."""

from typing import Protocol

VI, EN = "vi", "en"
LANGUAGES = (VI, EN)

TEXT: dict[str, tuple[str, str]] = {
    "overview": ("Toàn cảnh", "Overview"),
    "phone": ("Toàn cảnh trên điện thoại", "Overview on a phone"),
    "plan": ("Kế hoạch và thực hiện", "Plan against actual"),
    "indicator": ("Chi tiết chỉ tiêu", "Indicator"),
    "data-health": ("Sức khỏe dữ liệu", "Data health"),
    "operations": ("Vận hành hệ thống", "Operations of the system"),
    "walls": ("Lĩnh vực", "Fields"),
    "site": ("Địa bàn", "Place"),
    "field": ("Lĩnh vực", "Field"),
    "name": ("Chỉ tiêu", "Indicator"),
    "value": ("Giá trị", "Value"),
    "severity": ("Mức", "Severity"),
    "state": ("Loại số liệu", "Maturity"),
    "limit": ("Ngưỡng", "Limits"),
    "age": ("Đo lúc", "Measured"),
    "trend": ("Xu hướng", "Trend"),
    "target": ("Kế hoạch", "Plan"),
    "gap": ("Chênh lệch so với kế hoạch", "Margin to plan"),
    "met": ("Kết quả", "Result"),
    "deadline": ("Hạn", "Deadline"),
    "is_met": ("✓ đạt", "✓ met"),
    "is_not_met": ("△ chưa đạt", "△ not met"),
    "worst": ("Mức nặng nhất", "Worst"),
    "ok": ("✓ bình thường", "✓ normal"),
    "info": ("● theo dõi", "● watch"),
    "warning": ("▲ cảnh báo", "▲ warning"),
    "critical": ("■ nguy cấp", "■ critical"),
    "stale": ("✕ mất dữ liệu", "✕ no data"),
    "is_ok": ("✓ Bình thường", "✓ Normal"),
    "is_info": ("● Theo dõi", "● Watch"),
    "is_warning": ("▲ CẢNH BÁO", "▲ WARNING"),
    "is_critical": ("■ NGUY CẤP", "■ CRITICAL"),
    "not_judged": ("… chưa xét", "… not judged"),
    "nothing": ("✕ chưa có số liệu", "✕ no values yet"),
    "all_well": ("✓ không có chỉ tiêu nào vượt ngưỡng", "✓ nothing beyond its limits"),
    "provisional": ("số đo", "measured"),
    "estimate": ("ước tính", "estimate"),
    "preliminary": ("sơ bộ", "preliminary"),
    "official": ("chính thức", "official"),
    "abnormal": ("Đang vượt ngưỡng", "Beyond limits now"),
    "map": ("Bản đồ", "Map"),
    "summary": ("Tổng hợp", "Summary"),
    "table": ("Các chỉ tiêu", "Indicators"),
    "stations": ("Trạm quan trắc", "Stations"),
    "now": ("Hiện nay", "Now"),
    "course": ("Diễn biến và ngưỡng", "Course and limits"),
    "across": ("So sánh giữa các địa bàn", "Across places"),
    "last_year": ("Cùng kỳ năm trước", "Same period last year"),
    "newest": ("Số liệu mới nhất", "Newest values"),
    "basis": ("Ngưỡng, kế hoạch và căn cứ", "Limits, plan and their basis"),
    "by": ("đến", "by"),
    "outside": ("ngoài", "outside"),
    "at_hours": ("giờ", "hours"),
    "season": ("mùa", "season"),
    "plan_word": ("KH", "plan"),
    "assumption": ("trung tâm tạm đặt, chưa có văn bản", "the centre's working figure, not a legal one"),
    "legend": (
        "■ nguy cấp · ▲ cảnh báo · ● theo dõi · ✓ bình thường · ✕ mất dữ liệu · có màu là có điều bất thường",
        "■ critical · ▲ warning · ● watch · ✓ normal · ✕ no data · colour means that something is not as it should be",
    ),
    "alerts": ("Cảnh báo và sự cố", "Alerts and incidents"),
    "marked": ("Cảnh báo", "Alerts"),
    "pace": ("Sự cố trong khoảng thời gian đang chọn", "Incidents within the time range"),
    "opened": ("mở mới", "opened"),
    "acknowledged": ("đã có người nhận", "acknowledged"),
    "unowned": ("△ chưa ai nhận", "△ nobody has it"),
    "waited": ("thời gian trung bình đến khi có người nhận", "mean time to acknowledge"),
    "lasted": ("thời gian trung bình đến khi kết thúc", "mean time until over"),
    "standing": ("Sự cố chưa kết thúc", "Incidents not over"),
    "no_incidents": ("✓ không có sự cố", "✓ no incidents"),
    "stage": ("Xử lý", "Handling"),
    "is_open": ("△ chưa ai nhận", "△ nobody has it"),
    "is_acknowledged": ("✓ đã có người nhận", "✓ acknowledged"),
    "opened_at": ("Mở lúc", "Opened"),
    "firing_count": ("Số cảnh báo", "Alerts"),
    "waited_one": ("Chờ người nhận", "Waited"),
    "minutes": ("phút", "min"),
    "owner": ("Cơ quan phụ trách", "Office in charge"),
    "assignee": ("Người xử lý", "Handled by"),
    "incident": ("Mã sự cố", "Incident"),
    "active": ("Đang cảnh báo", "Active alerts"),
    "firing": ("Đang cảnh báo theo mức", "Active by severity"),
    "history": ("Diễn biến cảnh báo", "History of alerts"),
    "by_day": ("Cảnh báo mới mỗi ngày", "New alerts a day"),
    "noisiest": ("Cảnh báo nhiều lần nhất", "Most often beyond limits"),
    "times": ("Số lần", "Times"),
    "status": ("Trạng thái", "Status"),
    "is_pending": ("… chờ xác nhận", "… pending"),
    "is_firing": ("■ đang cảnh báo", "■ firing"),
    "is_resolved": ("✓ đã hết", "✓ over"),
    "step_at": ("Lúc", "At"),
    "since": ("Bắt đầu", "Since"),
    "bound": ("Ngưỡng bị vượt", "Limit crossed"),
    "text": ("Nội dung", "In words"),
    "no_alerts": ("✓ không có cảnh báo", "✓ no alerts"),
    "runbook": ("Việc cần làm", "What to do"),
    "kind": ("Loại", "Kind"),
    "kind_above": ("vượt ngưỡng trên", "above its limit"),
    "kind_below": ("dưới ngưỡng", "below its limit"),
    "kind_outside": ("ngoài khoảng", "outside its range"),
    "kind_no-data": ("mất dữ liệu", "no data"),
    "kind_source-down": ("nguồn số liệu im lặng", "source down"),
    "kind_rising": ("tăng nhanh", "rising fast"),
    "kind_falling": ("giảm nhanh", "falling fast"),
    "kind_stuck": ("giá trị đứng yên", "stuck value"),
    "kind_gap": ("chậm tiến độ", "behind plan"),
    "kind_count": ("nhiều nơi cùng lúc", "many places at once"),
    "kind_combination": ("điều kiện kết hợp", "combined condition"),
    "do_source-down": (
        "tìm ở đường truyền và hệ thống gửi, không phải ở từng thiết bị",
        "look at the link and the system that sends, not at single devices",
    ),
    "do_rising": (
        "báo sớm: xác minh số liệu, xem bao lâu nữa tới ngưỡng",
        "an early sign: make sure that the value is right, and see when it will reach its limit",
    ),
    "do_falling": (
        "báo sớm: xác minh số liệu, xem bao lâu nữa tới ngưỡng",
        "an early sign: make sure that the value is right, and see when it will reach its limit",
    ),
    "do_stuck": (
        "hỏi đơn vị vận hành thiết bị; số đang hiện không đáng tin",
        "ask who runs the device; the figure shown is not to be trusted",
    ),
    "do_gap": (
        "hỏi cơ quan chủ trì vì sao chậm và khi nào kịp",
        "ask the office in charge for the reason and a date",
    ),
    "do_count": (
        "làm theo phương án chung của cả vùng, không từng nơi một",
        "act by the plan for the whole area, not place by place",
    ),
    "do_combination": (
        "xem từng điều kiện, xác minh số liệu, rồi làm theo phương án của ngành",
        "look at each condition, make sure of the values, then act by the plan of the office in charge",
    ),
    "do_above": (
        "xác minh số liệu, rồi làm theo phương án của ngành",
        "make sure that the value is right, then act by the plan of the office in charge",
    ),
    "do_below": (
        "xác minh số liệu, rồi làm theo phương án của ngành",
        "make sure that the value is right, then act by the plan of the office in charge",
    ),
    "do_outside": (
        "xem vượt đầu nào của khoảng, xác minh số liệu, rồi làm theo phương án của ngành",
        "see which end was passed, make sure that the value is right, then act by the plan of the office in charge",
    ),
    "do_no-data": (
        "hỏi đơn vị vận hành thiết bị hoặc đơn vị báo cáo; không có số liệu không có nghĩa là bình thường",
        "ask who runs the device or reports the figure; no data does not mean that all is well",
    ),
    "revised": ("Số liệu được sửa", "Corrected values"),
    "limit_info": ("● ngưỡng theo dõi", "● watch limit"),
    "limit_warning": ("▲ ngưỡng cảnh báo", "▲ warning limit"),
    "limit_critical": ("■ ngưỡng nguy cấp", "■ critical limit"),
    "edge_above": ("(trên)", "(upper)"),
    "edge_below": ("(dưới)", "(lower)"),
    "edge_outside-low": ("(cận dưới)", "(lower end)"),
    "edge_outside-high": ("(cận trên)", "(upper end)"),
    "plan_line": ("△ kế hoạch", "△ plan"),
    "met_of": ("đạt, trong số", "met, of"),
    "rollups": ("Số tổng hợp hai năm: ngày, tháng, quý, năm", "Two years rolled up: days, months, quarters, years"),
    "of_1d": ("ngày", "days"),
    "of_1mo": ("tháng", "months"),
    "of_1q": ("quý", "quarters"),
    "of_1y": ("năm", "years"),
    "this_year": ("Năm nay", "This year"),
    "links": ("Kết nối", "Links"),
    "up": ("✓ thông", "✓ up"),
    "down": ("■ MẤT", "■ DOWN"),
    "intake": ("Tiếp nhận: số giá trị mỗi giây theo nguồn", "Intake, samples a second by source"),
    "refused": ("Bị từ chối theo lý do, mỗi phút", "Dead letters by reason, a minute"),
    "fresh": ("Bao lâu chưa có số liệu mới", "Since the last new sample"),
    "ledger": (
        "Sổ đối chiếu: nhận = đã lưu + trùng + bị từ chối",
        "Ledger: received = stored + duplicates + dead letters",
    ),
    "received": ("nhận", "received"),
    "stored": ("đã lưu", "stored"),
    "duplicate": ("trùng", "duplicates"),
    "dead": ("bị từ chối", "dead letters"),
    "pipeline": ("đang xử lý", "under way"),
    "imbalance": ("lệch (phải là 0)", "imbalance (must be 0)"),
    "room": ("Chỗ trống của nhật ký", "Room for the journal"),
    "free": ("còn trống", "free"),
    "reserve": ("△ phải giữ lại", "△ kept in reserve"),
    "source": ("Nguồn", "Source"),
    "lag": ("Số giá trị còn chờ xử lý", "Waiting, samples"),
    "lag_evaluator": ("xét ngưỡng", "evaluator"),
    "lag_influx": ("ghi InfluxDB", "InfluxDB writer"),
    "lag_web": ("màn hình điều hành", "live view"),
    "lag_rollup": ("số tổng hợp", "roll-ups"),
    "lag_feeds": ("ghi số tổng hợp, cảnh báo", "feeds of roll-ups and alerts"),
    "journal": ("Nhật ký: số lần ghi mỗi giây", "Journal: commits a second"),
    "journal_failures": ("Nhật ký: số lần ghi hỏng", "Journal: failed commits"),
    "points": ("Số điểm ghi vào InfluxDB mỗi giây", "Points written to InfluxDB a second"),
    "rollup_points": ("Số tổng hợp ghi vào InfluxDB mỗi giây", "Roll-ups written to InfluxDB a second"),
    "points_refused": ("Số điểm bị InfluxDB từ chối", "Points refused by InfluxDB"),
    "notifications": ("Tin báo theo kết quả, mỗi giờ", "Messages by outcome, an hour"),
    "incidents": ("Sự cố chưa kết thúc, theo xử lý", "Incidents not over, by stage"),
    "transitions": ("Chuyển trạng thái cảnh báo, mỗi giờ", "Alert transitions, an hour"),
    "alarm_health": ("Sức khỏe hệ thống cảnh báo", "Alarm system health"),
    "alarm_goals": (
        "Một ngày qua. Mục tiêu (ISA-18.2, EEMUA 191): trong 10 phút, mỗi người trung bình 1 tin, nhiều nhất 10 tin.",
        "The last day. Goals (ISA-18.2, EEMUA 191): in 10 minutes, 1 message a person on average and 10 at worst.",
    ),
    "burden": ("Tin báo tới từng người trực", "Messages to each official"),
    "receiver": ("Người nhận", "Receiver"),
    "per_ten": ("trung bình 10 phút (▲ > 1)", "mean of 10 minutes (▲ > 1)"),
    "worst_ten": ("10 phút nhiều nhất (▲ > 10)", "worst 10 minutes (▲ > 10)"),
    "messages_day": ("cả ngày", "the whole day"),
    "no_messages": ("✓ không có tin báo", "✓ no messages"),
    "shares": ("Tỷ lệ cảnh báo theo mức (mục tiêu)", "Share of alerts by severity (goal)"),
    "counted": ("Cảnh báo và quy tắc cần xem lại", "Alerts and rules to look into"),
    "alarm_chattering": ("chập chờn (▲ ≥ 1)", "chattering (▲ ≥ 1)"),
    "alarm_fleeting": ("thoáng qua", "fleeting"),
    "alarm_standing": ("kéo dài hơn một ngày (▲ ≥ 5)", "standing for more than a day (▲ ≥ 5)"),
    "alarm_shelved": ("lệnh tạm tắt thông báo đang có hiệu lực", "silences in force"),
    "alarm_never_fired": ("quy tắc chưa từng báo", "rules that never fired"),
    "noisy_rules": ("Quy tắc báo nhiều nhất", "Rules that fire most often"),
    "rule": ("Quy tắc", "Rule"),
}


class Named(Protocol):
    """Whatever has a name in both languages."""

    @property
    def name_vi(self) -> str:
        """Vietnamese."""
        ...

    @property
    def name_en(self) -> str:
        """English."""
        ...


class Words:
    """The words of one language."""

    def __init__(self, lang: str) -> None:
        """`lang` is `vi` or `en`."""
        self.lang = lang
        self._column = LANGUAGES.index(lang)

    def __call__(self, key: str) -> str:
        """The words for a key; KeyError for an unknown one."""
        return TEXT[key][self._column]

    def name(self, thing: Named) -> str:
        """What a thing is called."""
        return thing.name_vi if self.lang == VI else thing.name_en

    def number(self, value: float) -> str:
        """`1.234,5` in Vietnamese, `1,234.5` in English, with the decimals it was written with."""
        text = f"{value:,.6f}".rstrip("0").rstrip(".")
        return text if self.lang == EN else text.translate(str.maketrans(",.", ".,"))
