"""The words of our own that messages are made of, in Vietnamese and English. A new kind of rule is a new row here."""

from ioc.model import Kind, Severity, State

SEVERITIES = {
    "vi": {Severity.INFO: "THEO DÕI", Severity.WARNING: "CẢNH BÁO", Severity.CRITICAL: "NGUY CẤP"},
    "en": {Severity.INFO: "NOTICE", Severity.WARNING: "WARNING", Severity.CRITICAL: "CRITICAL"},
}
GRAVITIES = {
    "vi": {Severity.CRITICAL: "nguy cấp", Severity.WARNING: "cảnh báo", Severity.INFO: "theo dõi"},
    "en": {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.INFO: "notice"},
}
"""Severities within a sentence, the gravest first."""
BREACH = {
    "vi": {Kind.ABOVE: "vượt ngưỡng", Kind.BELOW: "thấp hơn ngưỡng", Kind.OUTSIDE: "nằm ngoài khoảng"},
    "en": {Kind.ABOVE: "above the limit of", Kind.BELOW: "below the limit of", Kind.OUTSIDE: "outside the range"},
}
SHORT_BREACH = {
    "vi": {Kind.ABOVE: "vượt", Kind.BELOW: "dưới", Kind.OUTSIDE: "ngoài"},
    "en": {Kind.ABOVE: "above", Kind.BELOW: "below", Kind.OUTSIDE: "outside"},
}
VERBS = {
    "vi": {State.ESTIMATE: "ước tính là", State.PRELIMINARY: "theo số liệu sơ bộ là"},
    "en": {State.ESTIMATE: "is estimated at", State.PRELIMINARY: "is, by preliminary figures,"},
}
SHORT_VERBS = {
    "vi": {State.ESTIMATE: "ước tính", State.PRELIMINARY: "sơ bộ"},
    "en": {State.ESTIMATE: "estimated", State.PRELIMINARY: "preliminary"},
}
WORDS = {
    "vi": {
        "no-data": "MẤT DỮ LIỆU",
        "resolved": "ĐÃ HẾT",
        "at": "tại",
        "is": "là",
        "to": "đến",
        "since": "từ",
        "basis": "căn cứ",
        "assumption": "ngưỡng tạm của trung tâm, chưa có văn bản",
        "silent": "không có số liệu",
        "heard": "đã có số liệu trở lại sau",
        "heard-short": "có lại số liệu",
        "back": "đã trở lại trong ngưỡng",
        "back-range": "đã trở lại trong khoảng",
        "now": "hiện",
        "lasted": "sau",
        "limit": "ngưỡng",
        "range": "khoảng",
        "place": "Địa điểm",
        "indicator": "Chỉ tiêu",
        "value": "Giá trị",
        "limit-label": "Ngưỡng",
        "since-label": "Từ",
        "basis-label": "Căn cứ",
        "mark": "Mã vụ việc",
        "centre": "Trung tâm điều hành thông minh",
        "chattered": "CHẬP CHỜN",
        "times": "LẦN",
        "digest": "TÓM TẮT",
        "alerts": "cảnh báo",
        "standing": "đang diễn ra",
        "over": "đã hết",
        "of-these": "trong đó",
        "told-before": "đã báo riêng",
        "others": "nơi khác",
        "other-fields": "lĩnh vực khác",
        "more": "nữa",
    },
    "en": {
        "no-data": "NO DATA",
        "resolved": "RESOLVED",
        "at": "at",
        "is": "is",
        "to": "to",
        "since": "since",
        "basis": "basis",
        "assumption": "the centre's working limit, not a legal one",
        "silent": "has sent no data",
        "heard": "sends data again after",
        "heard-short": "sends data again",
        "back": "is back within the limit of",
        "back-range": "is back within the range",
        "now": "now",
        "lasted": "after",
        "limit": "limit",
        "range": "range",
        "place": "Place",
        "indicator": "Indicator",
        "value": "Value",
        "limit-label": "Limit",
        "since-label": "Since",
        "basis-label": "Basis",
        "mark": "Incident",
        "centre": "Intelligent operations centre",
        "chattered": "FLAPPED",
        "times": "TIMES",
        "digest": "DIGEST",
        "alerts": "alerts",
        "standing": "standing",
        "over": "over",
        "of-these": "of these",
        "told-before": "told before",
        "others": "other places",
        "other-fields": "other fields",
        "more": "more",
    },
}
