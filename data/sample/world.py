"""The invented retailer: calendar, goods, suppliers, warehouses, carriers, shops, campaigns."""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

SEED = 20261101
CHINA = timezone(timedelta(hours=8))
FIRST_DAY = date(2026, 9, 2)
LAST_DAY = date(2026, 10, 31)
OPENED = datetime(2026, 8, 10, 9, tzinfo=CHINA)  # masters were entered, the first stock ordered
EXPORTED = datetime(2026, 11, 1, 6, tzinfo=CHINA)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(60)]
OWN = "self"  # owner_party_id of what the retailer itself owns
VAT = Decimal("0.13")


def moment(day: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHINA)


def money(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Sku:
    sku_id: str
    spu_id: str
    name: str
    spec: str
    weight_g: int
    size_mm: tuple[int, int, int]
    price: Decimal
    cost: Decimal  # net of VAT
    pull: float  # relative chance to be in an order
    supplier_id: str
    case: int
    opening: tuple[int, int]  # first stock at SH01, GZ01
    level: tuple[int, int]  # reorder point, order-up-to level at SH01 (GZ01 has two thirds)
    modes: tuple[str, ...]
    sold_from: date

    @property
    def batched(self) -> bool:
        return self.spu_id == "GEL"


def _numbers(cell: str) -> tuple[int, ...]:
    return tuple(int(number) for number in cell.split())


def _sku(row: dict[str, str]) -> Sku:
    return Sku(
        **{name: row[name] for name in ("sku_id", "spu_id", "name", "spec", "supplier_id")},
        weight_g=int(row["weight_g"]),
        size_mm=_numbers(row["size_mm"]),
        price=money(row["price"]),
        cost=money(row["cost"]),
        pull=float(row["pull"]),
        case=int(row["case"]),
        opening=_numbers(row["opening"]),
        level=_numbers(row["level"]),
        modes=tuple(row["modes"].split()),
        sold_from=date.fromisoformat(row["sold_from"]),
    )


with (Path(__file__).parent / "catalogue.csv").open(encoding="utf-8") as file:
    SKUS = [_sku(row) for row in csv.DictReader(file)]
SKU = {sku.sku_id: sku for sku in SKUS}
BUNDLE_ID, BUNDLE_PRICE = "KIT-01", money(110)
BUNDLE = [("SK-BK-M", 1, Decimal("0.60")), ("GEL-CI", 4, Decimal("0.40"))]

# spu_id: name, category path, lifecycle, launch date, shelf life in days
SPUS = {
    "RS": ("缓震跑鞋 Cushion Runner", "运动鞋/跑鞋/缓震跑鞋", "active", date(2026, 3, 1), None),
    "TR": ("越野跑鞋 Trail Shoe", "运动鞋/跑鞋/越野跑鞋", "active", date(2026, 3, 1), None),
    "CR": ("碳板竞速鞋 Carbon Racer", "运动鞋/跑鞋/竞速跑鞋", "new", date(2026, 10, 10), None),
    "OR": ("训练跑鞋 2025款 Trainer 2025", "运动鞋/跑鞋/训练跑鞋", "phase_out", date(2025, 2, 1), None),
    "SK": ("压缩袜 Compression Socks", "配件/袜子", "active", date(2026, 1, 15), None),
    "TE": ("速干T恤 Quick-Dry Tee", "服装/上衣", "active", date(2026, 4, 1), None),
    "GEL": ("能量胶 Energy Gel", "营养/能量胶", "active", date(2026, 1, 15), 360),
    "CAP": ("跑步帽 Running Cap", "配件/帽子", "active", date(2026, 1, 15), None),
    "BOT": ("软水壶 Soft Flask", "配件/水壶", "active", date(2026, 1, 15), None),
    "BELT": ("跑步腰包 Running Belt", "配件/腰包", "active", date(2025, 3, 1), None),
    "MAT": ("瑜伽垫 Yoga Mat", "器材/瑜伽", "active", date(2026, 5, 1), None),
    "LAMP": ("夜跑头灯 Headlamp", "配件/照明", "active", date(2026, 6, 1), None),
    "KIT": ("马拉松补给套装 Marathon Kit", "营养/套装", "active", date(2026, 6, 1), None),
}


@dataclass(frozen=True)
class Supplier:
    supplier_id: str
    name: str
    kind: str
    settle: str
    terms_days: int
    lead_days: int
    lead_deviation: float
    weekdays: str  # ISO weekdays on which it takes orders
    min_amount: Decimal


SUPPLIERS = [
    Supplier("S1", "泉州飞步鞋业 Feibu Footwear", "brand", "monthly", 30, 12, 2.0, "1,4", money(3000)),
    Supplier("S2", "杭州轻跑商贸 Qingpao Trading", "distributor", "on_receipt", 7, 6, 1.0, "1,4", money(500)),
    Supplier("S3", "义乌瑜品仓 Yupin Dropship", "dropship", "monthly", 15, 2, 0.5, "1,2,3,4,5", money(0)),
    Supplier("S4", "深圳亮行电子 Liangxing (merchant)", "merchant", "monthly", 15, 3, 1.0, "1,3,5", money(0)),
]
SUPPLIER = {s.supplier_id: s for s in SUPPLIERS}

# warehouse_id: name, region, address, lat, lon
WAREHOUSES = {
    "SH01": ("昆山一号仓 Kunshan DC", "320000", "江苏省昆山市陆家镇", 31.31, 121.03),
    "GZ01": ("东莞一号仓 Dongguan DC", "440000", "广东省东莞市虎门镇", 22.81, 113.67),
}
CUTOFF_HOUR = 17
DROPSHIP_PLACE = "S3-YW"

# province code: name, city, district, lat, lon, nearest warehouse, zones from SH01 and GZ01, share of orders
PROVINCES = {
    "310000": ("上海市", "310100", "310115", 31.23, 121.47, "SH01", "Z1", "Z3", 16),
    "320000": ("江苏省", "320500", "320583", 32.06, 118.80, "SH01", "Z1", "Z3", 13),
    "330000": ("浙江省", "330100", "330106", 30.27, 120.15, "SH01", "Z1", "Z3", 12),
    "110000": ("北京市", "110100", "110105", 39.90, 116.40, "SH01", "Z2", "Z3", 10),
    "370000": ("山东省", "370200", "370202", 36.67, 117.02, "SH01", "Z2", "Z3", 7),
    "420000": ("湖北省", "420100", "420106", 30.59, 114.31, "SH01", "Z2", "Z2", 6),
    "510000": ("四川省", "510100", "510104", 30.57, 104.07, "GZ01", "Z3", "Z3", 7),
    "440000": ("广东省", "440100", "440106", 23.13, 113.26, "GZ01", "Z3", "Z1", 17),
    "350000": ("福建省", "350200", "350203", 26.08, 119.30, "GZ01", "Z2", "Z2", 6),
    "450000": ("广西壮族自治区", "450100", "450103", 22.82, 108.32, "GZ01", "Z3", "Z2", 4),
    "650000": ("新疆维吾尔自治区", "650100", "650102", 43.83, 87.62, "SH01", "Z4", "Z4", 2),
}
CITY_NAMES = {
    "310100": "上海市区", "320500": "苏州市", "330100": "杭州市", "110100": "北京市区", "370200": "青岛市",
    "420100": "武汉市", "510100": "成都市", "440100": "广州市", "350200": "厦门市", "450100": "南宁市",
    "650100": "乌鲁木齐市",
}  # fmt: skip


@dataclass(frozen=True)
class Service:
    carrier_id: str
    code: str
    carrier: str
    name: str
    mode: str
    days: dict[str, int]  # transit days by zone
    first_fee: dict[str, str]  # by zone
    step_fee: dict[str, str]
    step_g: int
    rounding: str
    divisor: int
    stopped: tuple[str, ...] = field(default=())


SERVICES = [
    Service("SF", "EXP", "顺丰速运", "特快", "air", {"Z1": 1, "Z2": 1, "Z3": 2, "Z4": 3},
            {"Z1": "13.00", "Z2": "18.00", "Z3": "20.00", "Z4": "26.00"},
            {"Z1": "2.00", "Z2": "5.00", "Z3": "7.00", "Z4": "12.00"}, 500, "up_500g", 6000),
    Service("SF", "STD", "顺丰速运", "标快", "road", {"Z1": 1, "Z2": 2, "Z3": 3, "Z4": 5},
            {"Z1": "10.00", "Z2": "12.00", "Z3": "14.00", "Z4": "20.00"},
            {"Z1": "1.50", "Z2": "2.50", "Z3": "3.50", "Z4": "8.00"}, 500, "up_500g", 6000),
    Service("ZTO", "STD", "中通快递", "标准快递", "road", {"Z1": 2, "Z2": 3, "Z3": 4, "Z4": 7},
            {"Z1": "4.20", "Z2": "5.00", "Z3": "5.80", "Z4": "15.00"},
            {"Z1": "1.00", "Z2": "1.80", "Z3": "2.60", "Z4": "12.00"}, 1000, "up_1kg", 8000, ("650000",)),
    Service("JDL", "STD", "京东物流", "特惠送", "road", {"Z1": 1, "Z2": 2, "Z3": 3, "Z4": 5},
            {"Z1": "4.60", "Z2": "5.20", "Z3": "6.40", "Z4": "14.00"},
            {"Z1": "0.90", "Z2": "1.60", "Z3": "2.20", "Z4": "9.00"}, 1000, "exact", 6000),
]  # fmt: skip
REMOTE_FEE = money(8)  # on every parcel to zone Z4

# shop_id: name, platform, payment channel, commission rate, share of orders
SHOPS = {
    "APP": ("跑者APP Runner App", "app", "wechat", Decimal("0"), 35),
    "MINI": ("跑者小程序 Mini Program", "mini_program", "wechat", Decimal("0"), 20),
    "TM": ("跑者天猫旗舰店 Tmall Flagship", "tmall", "alipay", Decimal("0.05"), 28),
    "JD": ("跑者京东旗舰店 JD Flagship", "jd", "unionpay", Decimal("0.06"), 17),
}
CHANNEL_FEE = Decimal("0.006")
MERCHANT_COMMISSION = Decimal("0.12")


@dataclass(frozen=True)
class Campaign:
    campaign_id: str
    name: str
    tool: str
    starts_at: datetime
    ends_at: datetime
    published_at: datetime
    threshold: Decimal | None = None
    off: Decimal | None = None
    prices: dict[str, Decimal] = field(default_factory=dict)
    uplift: float = 1.0
    funded_by: str = "shop"
    status: str = "ended"


CAMPAIGNS = [
    Campaign("C1", "国庆跑步节 National Day Run", "full_reduction", moment(date(2026, 10, 1)),
    moment(date(2026, 10, 8)),
             moment(date(2026, 9, 18), 10), money(300), money(40), uplift=1.9),
    Campaign("C2", "新人券 New Member Coupon", "coupon", moment(date(2026, 9, 2)), moment(date(2026, 12, 1)),
             moment(date(2026, 8, 25), 10), money(200), money(15), status="running"),
    Campaign("C3", "会员之夜 Member Night", "flash_sale", moment(date(2026, 10, 31), 16),
    moment(date(2026, 11, 1)),
             moment(date(2026, 10, 22), 10), prices={"RS-BK-42": money(449), "RS-WH-42": money(449),
             "SK-BK-M": money(59)}),
    Campaign("C4", "双11大促 Double 11", "flash_sale", moment(date(2026, 11, 10), 20),
    moment(date(2026, 11, 12)),
             moment(date(2026, 10, 26), 10), uplift=3.5, status="planned",
             prices={"RS-BK-41": money(429), "RS-BK-42": money(429), "RS-BK-43": money(429),
             "RS-WH-42": money(429),
                     "CR-RD-42": money(999), "SK-BK-M": money(55), "SK-BK-L": money(55),
                     "GEL-CI": money(9.9)}),
    Campaign("C5", "旧款清仓 Clearance", "clearance", moment(date(2026, 10, 15)), moment(date(2026, 11, 16)),
             moment(date(2026, 10, 12), 10), prices={"OR-BL-42": money(299)}, status="running"),
]  # fmt: skip


def promo_price(sku_id: str, at: datetime) -> tuple[Decimal, str] | None:
    """Price and campaign id of the running price campaign on a SKU, if there is one."""
    for campaign in CAMPAIGNS:
        if campaign.starts_at <= at < campaign.ends_at and sku_id in campaign.prices:
            return campaign.prices[sku_id], campaign.campaign_id
    return None
