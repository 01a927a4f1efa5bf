"""Goods: models in families of generations, colours and sizes, with prices, packs, modes and lives."""

from dataclasses import dataclass, field

import numpy as np

from simulator.masters.calendar import Calendar
from simulator.masters.seeding import seeded
from simulator.masters.suppliers import NEVER, Suppliers
from simulator.parameters import Category, Parameters

__all__ = ["NO_END", "VAT", "Catalogue", "make_catalogue"]

NO_END = NEVER
VAT = 0.13
COLOURS = (
    ("黑", "BK"),
    ("白", "WH"),
    ("灰", "GY"),
    ("红", "RD"),
    ("蓝", "BL"),
    ("绿", "GN"),
    ("橙", "OR"),
    ("紫", "PU"),
)
OLDEST, YOUNGEST = 700, 100  # days before the first day that a good of the opening assortment was launched
SIDE_MODE = (0.1, 0.3)  # share of a SKU's lines that the second mode takes
BUNDLE_OFF = 0.9  # a bundle costs this much of its components


@dataclass(frozen=True)
class Catalogue:
    """S SKUs of `spu_ids` models; SKUs of a model stand together, bundles last. Days are day numbers."""

    categories: list[str]
    """C category codes in the order of the world file; the last is BUNDLE."""
    spu_ids: list[str]
    spu_names: list[str]
    spu_category: np.ndarray
    """int [models]: index into `categories`."""
    brands: list[str]
    sku_ids: list[str]
    sku_names: list[str]
    colour: list[str]
    size: list[str]
    """[S]: as the specification says; empty where there is one only."""
    spu_of: np.ndarray
    category_of: np.ndarray
    brand_of: np.ndarray
    """int [S]: index into `spu_ids`, `categories`, `brands`."""
    list_price: np.ndarray
    """int64 [S] fen with VAT: the price outside campaigns."""
    purchase_price: np.ndarray
    """int64 [S] fen net, of the first day and the smallest order; what a merchant's goods cost him."""
    weight_g: np.ndarray
    size_mm: np.ndarray
    """int64 [S, 3]: length, width, height."""
    volume_cm3: np.ndarray
    case_units: np.ndarray
    moq: np.ndarray
    """int64 [S] base units, a multiple of `case_units`."""
    supplier_of: np.ndarray
    """int [S]: who delivers it to us, else who ships it (dropship, merchant); of a bundle, its first component's."""
    second_supplier_of: np.ndarray
    """int [S]: who else delivers it to us, -1 for none."""
    second_markup: float
    """How much more the second supplier asks, as a share."""
    dropshipper_of: np.ndarray
    merchant_of: np.ndarray
    """int [S]: supplier behind dropship and merchant lines, -1 for none."""
    modes: np.ndarray
    """float [S, 3], rows sum to 1: share of lines sold as own, dropship, merchant."""
    has_batch: np.ndarray
    shelf_life: np.ndarray
    """int [S] days from production to expiry, 0 for no batches."""
    storage_class: list[str]
    no_air: np.ndarray
    is_hazmat: np.ndarray
    launch_day: np.ndarray
    end_day: np.ndarray
    """int [S]: first and last day on sale, NO_END for none."""
    announced_day: np.ndarray
    """int [S]: day that the product system learns of the SKU."""
    predecessor_of: np.ndarray
    """int [S]: SKU that it replaces, -1 for none."""
    level: np.ndarray
    """float [S]: demand relative to other SKUs; `base_rate` is this, scaled."""
    trend: np.ndarray
    """float [S]: logarithmic growth per year."""
    units_per_line: np.ndarray
    return_rate: np.ndarray
    size_issue_share: np.ndarray
    next_size: np.ndarray
    """int [S]: SKU an exchange asks for: one size up, of the largest one down, itself if there is one size."""
    is_bundle: np.ndarray
    bundle_sku: np.ndarray
    bundle_component: np.ndarray
    bundle_qty: np.ndarray
    """int [N]: components of bundles; a bundle has no stock, its lines are lines of its components."""
    bundle_share: np.ndarray
    """int64 [N] millionths of the bundle's price; a bundle's shares sum to one million."""


@dataclass
class _Draft:
    """SKU columns and model columns while they grow."""

    sku: dict[str, list] = field(default_factory=dict)
    spu: dict[str, list] = field(default_factory=dict)

    def add_sku(self, **values) -> None:
        for name, value in values.items():
            self.sku.setdefault(name, []).append(value)

    def add_spu(self, **values) -> int:
        for name, value in values.items():
            self.spu.setdefault(name, []).append(value)
        return len(self.spu["spu_ids"]) - 1

    def __len__(self) -> int:
        return len(self.sku.get("sku_ids", ()))


def make_catalogue(parameters: Parameters, calendar: Calendar, suppliers: Suppliers) -> Catalogue:
    draft = _Draft()
    bundles = min(parameters.catalogue.bundles, parameters.catalogue.skus // 10)
    brands = sorted({brand for category in parameters.categories for brand in category.brands})
    counts = _counts([category.share for category in parameters.categories], parameters.catalogue.skus - bundles)
    for place, (category, count) in enumerate(zip(parameters.categories, counts, strict=True)):
        _category(draft, parameters, calendar, suppliers, brands, place, category, len(draft) + count)
    components = _bundles(draft, parameters, calendar, bundles)
    columns = {name: _array(name, values) for name, values in draft.sku.items()}
    return Catalogue(
        categories=[category.code for category in parameters.categories] + ["BUNDLE"],
        brands=brands,
        spu_ids=draft.spu["spu_ids"],
        spu_names=draft.spu["spu_names"],
        spu_category=np.array(draft.spu["spu_category"]),
        second_markup=parameters.catalogue.second_source_markup,
        volume_cm3=(columns["size_mm"].prod(axis=1) + 999) // 1000,
        has_batch=columns["shelf_life"] > 0,
        **components,
        **columns,
    )


TEXTS = ("sku_ids", "sku_names", "colour", "size", "storage_class")


def _array(name: str, values: list) -> list | np.ndarray:
    return values if name in TEXTS else np.array(values)


def _counts(shares: list[float], total: int) -> list[int]:
    """`total` SKUs by share, largest remainders first, at least one each."""
    exact = np.array(shares) / sum(shares) * (total - len(shares))
    counts = np.floor(exact).astype(int) + 1
    for place in np.argsort(counts - 1 - exact, kind="stable")[: total - counts.sum()]:
        counts[place] += 1
    return counts.tolist()


def _category(draft, parameters, calendar, suppliers, brands, place, category: Category, until: int) -> None:
    """Families of models until the category has its SKUs; the last family may lack sizes."""
    rng = seeded(parameters.world.seed, f"catalogue {category.code}")
    places = {kind: _who(parameters, suppliers, category, kind) for kind in ("own", "dropship", "merchant")}
    number = 0
    while len(draft) < until:
        family = _family(parameters, category, brands, places, rng)
        former: list[int] = []
        for launch, end in _lives(parameters, calendar, rng):
            number += 1
            former = _model(
                draft, parameters, suppliers, place, category, family, number, launch, end, former, rng, until
            )


def _who(parameters: Parameters, suppliers: Suppliers, category: Category, mode: str) -> np.ndarray:
    """Suppliers that could have the category in a mode, brands three times as often as distributors."""
    kinds = {"own": ("brand",) * 3 + ("distributor",), "dropship": ("dropship",), "merchant": ("merchant",)}[mode]
    fits = [
        (v, kinds.count(kind))
        for v, kind in enumerate(suppliers.supplier_kind)
        if category.code in (parameters.suppliers[suppliers.template_of[v]].categories or (category.code,))
    ]
    return np.repeat([v for v, _ in fits], [times for _, times in fits]).astype(int)


def _family(parameters: Parameters, category: Category, brands: list[str], places: dict, rng) -> dict:
    """What all generations of a model share."""
    colours = int(rng.integers(*category.colours, endpoint=True))
    curve = np.array(parameters.catalogue.colour_curve)
    curve = np.concatenate([curve, np.full(max(colours - len(curve), 0), curve[-1])])[:colours]
    main = rng.choice(places[category.main_mode])
    others = places["own"][places["own"] != main] if category.main_mode == "own" else np.array([], int)
    second = rng.random() < parameters.catalogue.second_source_share and len(others) > 0
    modes, dropshipper, merchant = _modes(category, places, main, rng)
    return {
        "brand": brands.index(rng.choice(category.brands)),
        "colours": colours,
        "colour_share": curve / curve.sum(),
        "supplier": int(main),
        "second": int(rng.choice(others)) if second else -1,
        "modes": modes,
        "dropshipper": dropshipper,
        "merchant": merchant,
        "price": np.exp(rng.uniform(*np.log(category.price))),
        "margin": rng.uniform(*category.margin),
        "level": parameters.demand.spread * rng.standard_normal(),
        "trend": np.log1p(category.trend) + parameters.demand.trend_sd * rng.standard_normal(),
        "bulk": rng.uniform(0.95, 1.05),
        "returns": np.exp(0.25 * rng.standard_normal()),
    }


def _modes(category: Category, places: dict, main: int, rng) -> tuple[list[float], int, int]:
    """(shares of lines, dropship supplier, merchant) of a family."""
    drop_draw, merchant_draw = rng.random(), rng.random()
    drop, goods = rng.uniform(*SIDE_MODE), rng.uniform(*SIDE_MODE)
    match category.main_mode:
        case "dropship":
            return [0.0, 1.0, 0.0], int(main), -1
        case "merchant":
            return [0.0, 0.0, 1.0], -1, int(main)
    dropshipper = int(rng.choice(places["dropship"])) if drop_draw < category.also_dropship else -1
    merchant = int(rng.choice(places["merchant"])) if merchant_draw < category.also_merchant else -1
    drop, goods = drop * (dropshipper >= 0), goods * (merchant >= 0)
    return [1.0 - drop - goods, drop, goods], dropshipper, merchant


def _lives(parameters: Parameters, calendar: Calendar, rng) -> list[tuple[int, int]]:
    """(launch, end) of each generation of a family."""
    goods, first, days = parameters.catalogue, calendar.first_day, parameters.simulated_days
    fate, moment, past = rng.random(), rng.uniform(0.05, 0.95), int(rng.integers(YOUNGEST, OLDEST))
    turn, overlap = first + int(moment * days), int(rng.integers(*goods.overlap_days, endpoint=True))
    if fate < goods.renewed_share:
        return [(first - past, turn), (turn - overlap, NO_END)]
    if fate < goods.renewed_share + goods.new_share:
        return [(turn, NO_END)]
    if fate < goods.renewed_share + goods.new_share + goods.ended_share:
        return [(first - past, turn)]
    return [(first - past, NO_END)]


def _model(draft, parameters, suppliers, place, category, family, number, launch, end, former, rng, until) -> list[int]:
    """One model with its colours and sizes; returns its SKUs, which its successor replaces one by one."""
    if len(draft) == until:
        return []
    generation = 1 if not former else 2
    chinese, english = category.name.split(" ", 1)
    spu_id, title = f"{category.code}{number:03d}", f"{chinese}{number} {english} {number}"
    price = _price(family["price"] * (1.0 if generation == 1 else 1.04))
    cost = round(price / (1 + VAT) * (1 - family["margin"]))
    level = family["level"] + (0.0 if generation == 1 else 0.05 + 0.2 * rng.standard_normal())
    spu = draft.add_spu(spu_ids=spu_id, spu_names=title, spu_category=place)
    curve = np.array(category.size_curve) / sum(category.size_curve)
    made, sizes = [], len(category.sizes)
    cells = [(colour, size) for colour in range(family["colours"]) for size in range(sizes)][: until - len(draft)]
    for colour, size in cells:
        here, at = len(draft), colour * sizes
        bigger = here + 1 if size + 1 < sizes and (colour, size + 1) in cells else here - 1 if size else here
        made.append(here)
        share = family["colour_share"][colour] * family["colours"] * curve[size] * sizes
        draft.add_sku(
            sku_ids=_sku_id(spu_id, category, colour, size),
            sku_names=_sku_name(title, category, colour, size),
            colour=COLOURS[colour][0] if category.colours[1] > 1 else "",
            size=category.sizes[size] if sizes > 1 else "",
            spu_of=spu,
            category_of=place,
            brand_of=family["brand"],
            list_price=price,
            purchase_price=cost,
            weight_g=round(category.weight_g * family["bulk"] * (1 + 0.015 * (size - sizes // 2))),
            size_mm=[round(side * family["bulk"] ** (1 / 3)) for side in category.size_mm],
            case_units=category.case_units,
            moq=category.case_units * parameters.suppliers[suppliers.template_of[family["supplier"]]].moq_cases,
            supplier_of=family["supplier"],
            second_supplier_of=family["second"],
            dropshipper_of=family["dropshipper"],
            merchant_of=family["merchant"],
            modes=family["modes"],
            shelf_life=category.shelf_life_days,
            storage_class=category.storage_class,
            no_air=category.no_air,
            is_hazmat=category.hazmat,
            launch_day=launch,
            end_day=end,
            announced_day=launch - parameters.catalogue.announced_days,
            predecessor_of=former[at + size] if at + size < len(former) else -1,
            level=category.popularity * share * np.exp(level + 0.15 * rng.standard_normal()),
            trend=family["trend"],
            units_per_line=category.units_per_line,
            return_rate=min(category.return_rate * family["returns"], 0.6),
            size_issue_share=category.size_issue_share if sizes > 1 else 0.0,
            next_size=bigger,
            is_bundle=False,
        )
    return made


def _price(yuan: float) -> int:
    """A price as shops write it, in fen: 12.9, 79, 499."""
    if yuan < 30:
        return int(yuan) * 100 + 90
    if yuan < 100:
        return round(yuan) * 100
    return (round(yuan / 10) * 10 - 1) * 100


def _sku_id(spu_id: str, category: Category, colour: int, size: int) -> str:
    parts = [spu_id]
    if category.colours[1] > 1:
        parts.append(COLOURS[colour][1])
    if len(category.sizes) > 1:
        name = category.sizes[size]
        parts.append(name if name.isascii() else str(size + 1))
    return "-".join(parts)


def _sku_name(title: str, category: Category, colour: int, size: int) -> str:
    parts = [title]
    if category.colours[1] > 1:
        parts.append(COLOURS[colour][0])
    if len(category.sizes) > 1:
        parts.append(category.sizes[size])
    return " ".join(parts)


def _bundles(draft: _Draft, parameters: Parameters, calendar: Calendar, wanted: int) -> dict[str, np.ndarray]:
    """Bundles of one lasting own SKU and several of another, cheaper one."""
    rng = seeded(parameters.world.seed, "bundles")
    skus = draft.sku
    lasting = [
        s
        for s in range(len(draft))
        if skus["end_day"][s] == NO_END
        and skus["launch_day"][s] <= calendar.first_day
        and skus["modes"][s][0] == 1.0
        and skus["list_price"][s] < 30_000
    ]
    rows = []
    for number in range(1, wanted + 1 if len(lasting) > 1 else 1):
        one, several = sorted(rng.choice(lasting, 2, replace=False), key=lambda s: -skus["list_price"][s])
        rows += _bundle(draft, len(parameters.categories), number, int(one), int(several))
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    names = ("bundle_sku", "bundle_component", "bundle_qty", "bundle_share")
    return dict(zip(names, columns, strict=True))


def _bundle(draft: _Draft, place: int, number: int, one: int, several: int) -> list[tuple[int, int, int, int]]:
    """Adds the SKU; (bundle, component, qty, share in millionths) of both components."""
    skus, qty = draft.sku, 1 if draft.sku["shelf_life"][several] == 0 else 4
    worth = [skus["list_price"][one], skus["list_price"][several] * qty]
    share = round(worth[0] / sum(worth) * 100) * 10_000
    here, title = len(draft), f"补给套装{number} Kit {number}"
    spu = draft.add_spu(spu_ids=f"KIT{number:02d}", spu_names=title, spu_category=place)
    taken = {
        name: skus[name][one] for name in ("brand_of", "supplier_of", "modes", "launch_day", "end_day", "announced_day")
    }
    draft.add_sku(
        **taken,
        sku_ids=f"KIT-{number:02d}",
        sku_names=title,
        colour="",
        size="",
        spu_of=spu,
        category_of=place,
        list_price=_price(sum(worth) / 100 * BUNDLE_OFF),
        purchase_price=skus["purchase_price"][one] + skus["purchase_price"][several] * qty,
        weight_g=skus["weight_g"][one] + skus["weight_g"][several] * qty,
        size_mm=[*skus["size_mm"][one][:2], skus["size_mm"][one][2] + skus["size_mm"][several][2] * qty],
        case_units=1,
        moq=1,
        second_supplier_of=-1,
        dropshipper_of=-1,
        merchant_of=-1,
        shelf_life=0,
        storage_class=skus["storage_class"][one],
        no_air=skus["no_air"][one] or skus["no_air"][several],
        is_hazmat=skus["is_hazmat"][one] or skus["is_hazmat"][several],
        predecessor_of=-1,
        level=0.5,
        trend=0.0,
        units_per_line=1.0,
        return_rate=0.02,
        size_issue_share=0.0,
        next_size=here,
        is_bundle=True,
    )
    return [(here, one, 1, share), (here, several, qty, 1_000_000 - share)]
