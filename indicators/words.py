"""The closed words of the catalogue as people say them, in both languages."""

from collections.abc import Mapping

from indicators.problem import Words

_ROLLUP: Mapping[str, Words] = {
    "sum": Words("cộng", "sum"),
    "mean": Words("trung bình", "mean"),
    "weighted-mean": Words("trung bình có trọng số", "weighted mean"),
    "max": Words("lớn nhất", "highest"),
    "min": Words("nhỏ nhất", "lowest"),
    "last": Words("giá trị cuối cùng", "last value"),
    "none": Words("không gộp", "not rolled up"),
}

WORDS: Mapping[str, Mapping[str, Words]] = {
    "cadence": {
        "1min": Words("mỗi phút", "every minute"),
        "5min": Words("5 phút một lần", "every 5 minutes"),
        "10min": Words("10 phút một lần", "every 10 minutes"),
        "15min": Words("15 phút một lần", "every 15 minutes"),
        "30min": Words("30 phút một lần", "every 30 minutes"),
        "1h": Words("hằng giờ", "hourly"),
        "6h": Words("6 giờ một lần", "every 6 hours"),
        "1d": Words("hằng ngày", "daily"),
        "1w": Words("hằng tuần", "weekly"),
        "1mo": Words("hằng tháng", "monthly"),
        "1q": Words("hằng quý", "quarterly"),
        "6mo": Words("6 tháng một lần", "half-yearly"),
        "1y": Words("hằng năm", "yearly"),
    },
    "period": {
        "instant": Words("thời điểm", "moment"),
        "hour": Words("giờ", "hour"),
        "day": Words("ngày", "day"),
        "week": Words("tuần", "week"),
        "month": Words("tháng", "month"),
        "quarter": Words("quý", "quarter"),
        "half-year": Words("nửa năm", "half-year"),
        "year": Words("năm", "year"),
    },
    "direction": {
        "higher-better": Words("càng cao càng tốt", "higher is better"),
        "lower-better": Words("càng thấp càng tốt", "lower is better"),
        "range": Words("tốt trong khoảng", "good within a range"),
        "neutral": Words("để theo dõi", "for information"),
    },
    "rollup_time": _ROLLUP,
    "rollup_space": _ROLLUP,
    "tier": {
        "1": Words("mọi trung tâm", "every centre"),
        "2": Words("trung tâm huyện lớn và tỉnh", "larger district centres and the province"),
        "3": Words("chỉ cấp tỉnh", "the province only"),
        "4": Words("chỉ nơi được nêu tên", "only where named"),
    },
    "confidence": {
        "sourced": Words("có nguồn", "sourced"),
        "partly-sourced": Words("có nguồn một phần", "partly sourced"),
        "memory": Words("chưa đối chiếu", "not verified"),
        "assumption": Words("giả định", "assumption"),
    },
    "level": {
        "province": Words("cấp tỉnh", "provinces"),
        "district": Words("cấp huyện", "districts"),
        "commune": Words("cấp xã", "communes"),
        "station": Words("trạm", "stations"),
    },
    "kind": {
        "above": Words("trên", "above"),
        "below": Words("dưới", "below"),
        "outside": Words("ngoài khoảng", "outside"),
    },
    "severity": {
        "info": Words("Theo dõi", "Notice"),
        "warning": Words("Cảnh báo", "Warning"),
        "critical": Words("Nguy cấp", "Critical"),
    },
    "sense": {"at-least": Words("ít nhất", "at least"), "at-most": Words("không quá", "at most")},
}
"""By column."""
