"""The 31 provinces that parcels go to: codes by GB/T 2260, capital city, weight in demand, place on the map."""

from dataclasses import dataclass

import numpy as np

__all__ = ["PROVINCES", "Provinces", "kilometres", "make_provinces"]

# code: name, city code, city name, district code, share of orders (assumed), latitude and longitude of the capital
PROVINCES = {
    "110000": ("北京市", "110100", "北京市区", "110105", 6.0, 39.90, 116.40),
    "120000": ("天津市", "120100", "天津市区", "120101", 1.8, 39.13, 117.20),
    "130000": ("河北省", "130100", "石家庄市", "130102", 4.0, 38.04, 114.51),
    "140000": ("山西省", "140100", "太原市", "140105", 1.8, 37.87, 112.55),
    "150000": ("内蒙古自治区", "150100", "呼和浩特市", "150102", 1.3, 40.84, 111.75),
    "210000": ("辽宁省", "210100", "沈阳市", "210102", 2.8, 41.80, 123.43),
    "220000": ("吉林省", "220100", "长春市", "220102", 1.2, 43.82, 125.32),
    "230000": ("黑龙江省", "230100", "哈尔滨市", "230102", 1.5, 45.80, 126.53),
    "310000": ("上海市", "310100", "上海市区", "310115", 6.5, 31.23, 121.47),
    "320000": ("江苏省", "320500", "苏州市", "320583", 10.0, 31.30, 120.58),
    "330000": ("浙江省", "330100", "杭州市", "330106", 9.5, 30.27, 120.15),
    "340000": ("安徽省", "340100", "合肥市", "340102", 3.6, 31.82, 117.23),
    "350000": ("福建省", "350200", "厦门市", "350203", 4.5, 24.48, 118.09),
    "360000": ("江西省", "360100", "南昌市", "360102", 2.4, 28.68, 115.86),
    "370000": ("山东省", "370200", "青岛市", "370202", 7.0, 36.07, 120.38),
    "410000": ("河南省", "410100", "郑州市", "410102", 5.0, 34.75, 113.63),
    "420000": ("湖北省", "420100", "武汉市", "420106", 4.2, 30.59, 114.31),
    "430000": ("湖南省", "430100", "长沙市", "430102", 3.8, 28.23, 112.94),
    "440000": ("广东省", "440100", "广州市", "440106", 12.5, 23.13, 113.26),
    "450000": ("广西壮族自治区", "450100", "南宁市", "450103", 2.2, 22.82, 108.32),
    "460000": ("海南省", "460100", "海口市", "460105", 0.7, 20.04, 110.35),
    "500000": ("重庆市", "500100", "重庆市区", "500103", 2.4, 29.56, 106.55),
    "510000": ("四川省", "510100", "成都市", "510104", 5.5, 30.57, 104.07),
    "520000": ("贵州省", "520100", "贵阳市", "520102", 1.6, 26.65, 106.63),
    "530000": ("云南省", "530100", "昆明市", "530102", 2.0, 25.04, 102.71),
    "540000": ("西藏自治区", "540100", "拉萨市", "540102", 0.2, 29.65, 91.14),
    "610000": ("陕西省", "610100", "西安市", "610102", 2.6, 34.34, 108.94),
    "620000": ("甘肃省", "620100", "兰州市", "620102", 1.0, 36.06, 103.83),
    "630000": ("青海省", "630100", "西宁市", "630102", 0.3, 36.62, 101.78),
    "640000": ("宁夏回族自治区", "640100", "银川市", "640104", 0.4, 38.49, 106.23),
    "650000": ("新疆维吾尔自治区", "650100", "乌鲁木齐市", "650102", 1.0, 43.83, 87.62),
}
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Provinces:
    """R provinces in the order of their codes."""

    province_ids: list[str]
    """Region ids, as the column `dest_province` has them."""
    province_names: list[str]
    city_ids: list[str]
    city_names: list[str]
    district_ids: list[str]
    province_weight: np.ndarray
    """float [R], sums to 1: share of orders."""
    province_lat: np.ndarray
    province_lon: np.ndarray
    """float [R], degrees."""


def make_provinces() -> Provinces:
    rows = list(PROVINCES.values())
    weight = np.array([row[4] for row in rows])
    return Provinces(
        province_ids=list(PROVINCES),
        province_names=[row[0] for row in rows],
        city_ids=[row[1] for row in rows],
        city_names=[row[2] for row in rows],
        district_ids=[row[3] for row in rows],
        province_weight=weight / weight.sum(),
        province_lat=np.array([row[5] for row in rows]),
        province_lon=np.array([row[6] for row in rows]),
    )


def kilometres(lat: np.ndarray, lon: np.ndarray, to_lat: np.ndarray, to_lon: np.ndarray) -> np.ndarray:
    """Great-circle distance of every first to every second point, float [first, second] (haversine formula)."""
    a, b = np.radians(lat)[:, None], np.radians(to_lat)[None, :]
    across = np.radians(lon)[:, None] - np.radians(to_lon)[None, :]
    h = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(across / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(h))
