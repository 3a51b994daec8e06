"""The words of our own that messages are made of, in Vietnamese and English. A new kind of rule is a new row here."""

from ioc.model import Kind, Severity, State

SEVERITIES = {
    "vi": {Severity.INFO: "THEO DÕI", Severity.WARNING: "CẢNH BÁO", Severity.CRITICAL: "NGUY CẤP"},
    "en": {Severity.INFO: "NOTICE", Severity.WARNING: "WARNING", Severity.CRITICAL: "CRITICAL"},
}
BREACH = {
    "vi": {Kind.ABOVE: "vượt ngưỡng", Kind.BELOW: "thấp hơn ngưỡng", Kind.OUTSIDE: "nằm ngoài khoảng"},
    "en": {Kind.ABOVE: "above the limit of", Kind.BELOW: "below the limit of", Kind.OUTSIDE: "outside the range"},
}
CHANGED = {
    "vi": {Kind.RISING: "tăng", Kind.FALLING: "giảm"},
    "en": {Kind.RISING: "is rising by", Kind.FALLING: "is falling by"},
}
SHORT_CHANGED = {
    "vi": {Kind.RISING: "tăng", Kind.FALLING: "giảm"},
    "en": {Kind.RISING: "up", Kind.FALLING: "down"},
}
STEADY = {
    "vi": {Kind.RISING: "đã thôi tăng quá", Kind.FALLING: "đã thôi giảm quá"},
    "en": {Kind.RISING: "no longer rises by more than", Kind.FALLING: "no longer falls by more than"},
}
COUNTED = {
    "vi": {"province": "tỉnh", "district": "huyện", "commune": "xã", "station": "trạm"},
    "en": {"province": "provinces", "district": "districts", "commune": "communes", "station": "stations"},
}
REACHED = {
    "vi": {Severity.INFO: "ở mức theo dõi trở lên", Severity.WARNING: "ở mức cảnh báo trở lên"}
    | {Severity.CRITICAL: "ở mức nguy cấp"},
    "en": {Severity.INFO: "at notice level or worse", Severity.WARNING: "at warning level or worse"}
    | {Severity.CRITICAL: "at critical level"},
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
        "within-time": "trong",
        "too-fast": "quá mức",
        "unchanged": "giữ nguyên",
        "too-long": "lâu hơn mức cho phép",
        "past": "đã quá",
        "check-device": "có thể thiết bị bị kẹt",
        "moves-again": "đã thay đổi trở lại",
        "is-at": "đạt",
        "behind": "chậm tiến độ: lúc này cần",
        "over-plan": "vượt kế hoạch: lúc này tối đa",
        "to-reach": "để đạt",
        "need": "cần",
        "most": "tối đa",
        "goal": "đích",
        "to-stay": "để không quá",
        "by-day": "vào",
        "on-track": "đã theo kịp tiến độ",
        "has": "có",
        "from-count": "ngưỡng từ",
        "fewer": "chỉ còn dưới",
        "together": "điều kiện kết hợp",
        "over-now": "không còn nữa",
        "source": "Nguồn số liệu",
        "all-silent": "không gửi số liệu nào",
        "source-note": "các chỉ tiêu của nguồn này không báo riêng",
        "closed": "không còn được theo dõi, cảnh báo kết thúc",
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
        "within-time": "in",
        "too-fast": "more than",
        "unchanged": "has stayed at",
        "too-long": "longer than the allowed",
        "past": "for over",
        "check-device": "the device may be stuck",
        "moves-again": "changes again",
        "is-at": "stands at",
        "behind": "behind plan: by now it needs",
        "over-plan": "over plan: by now it may be at most",
        "to-reach": "to reach",
        "need": "needs",
        "most": "at most",
        "goal": "target",
        "to-stay": "to stay within",
        "by-day": "on",
        "on-track": "is on plan again",
        "has": "has",
        "from-count": "limit: from",
        "fewer": "is down to fewer than",
        "together": "combined condition",
        "over-now": "is over",
        "source": "Data source",
        "all-silent": "has sent no data at all",
        "source-note": "its indicators are not reported one by one",
        "closed": "is no longer watched, the alert ended",
    },
}
