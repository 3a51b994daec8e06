"""What a centre watches, counted."""

from indicators.stats import centre_stats
from tests.indicators.made import catalogue, watch


def test_centre_stats_count_shown_fields_and_distinct_indicators() -> None:
    rows = [
        watch("bt", tier=1),
        watch("bt", field="health", tier=2, shown_under="environment", application="Ứng dụng y tế"),
        watch("bt", indicator="water-level"),
        watch("bt", indicator="salinity"),
        watch("st-an-hiep", indicator="salinity"),
    ]
    stats = centre_stats(catalogue(watches=rows))
    assert [(one.site, one.fields, one.indicators, one.applications) for one in stats] == [
        ("bt", 1, 3, ("Ứng dụng y tế",))
    ]
    assert str(stats[0]) == "tỉnh Bến Tre: 1 lĩnh vực / fields, 3 chỉ tiêu / indicators"
