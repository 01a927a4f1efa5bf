// Waves on a line of time, and a cart's way on the map of its warehouse, as SVG.

import { element, instant, t } from "../frame.js";

const SPACE = "http://www.w3.org/2000/svg";
const svg = (name, facts = {}, ...children) => {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(facts)) {
    if (key === "onclick") { made.addEventListener("click", value); } else { made.setAttribute(key, value); }
  }
  made.append(...children.flat(Infinity).filter(Boolean));
  return made;
};
const text = (x, y, words, kind = "") => { const made = svg("text", { x, y, class: kind }); made.textContent = words; return made; };
const at = (value) => new Date(value).getTime();

const ROW = 18;
const LEFT = 150;
const WIDE = 1160;
const HOUR = 3600e3;

// One row per wave: picking, then packing, and its cut-off; a late wave is red.
export const timeline = (waves, from, open, chosen) => {
  if (!waves.length) { return element("p", { class: "quiet" }, t("board.nothing")); }
  const ends = waves.flatMap((wave) => [wave.ready_at, wave.cutoff_at, wave.picked_at].filter(Boolean).map(at));
  const begin = Math.min(at(from), ...waves.map((wave) => at(wave.planned_start_at)));
  const end = Math.max(...ends) + 0.02 * (Math.max(...ends) - begin) + 60e3;
  const x = (value) => LEFT + ((at(value) - begin) / (end - begin)) * (WIDE - LEFT - 60);
  const step = [0.25, 0.5, 1, 2, 4, 6, 12, 24].map((hours) => hours * HOUR).find((each) => (end - begin) / each <= 14) ?? 48 * HOUR;
  const ticks = [];
  for (let tick = Math.ceil(begin / step) * step; tick < end; tick += step) { ticks.push(tick); }
  const high = waves.length * ROW + 26;
  return svg("svg", { viewBox: `0 0 ${WIDE} ${high}`, class: "timeline", role: "img", "aria-label": t("wave.timeline") },
    ticks.map((tick) => [svg("line", { x1: x(tick), x2: x(tick), y1: 18, y2: high, class: "grid" }), text(x(tick), 12, instant(new Date(tick).toISOString()).slice(-5), "tick")]),
    waves.map((wave, place) => {
      const y = 22 + place * ROW;
      const ready = wave.ready_at ?? wave.picked_at;
      const label = svg("title");
      label.textContent = `${wave.wave_id} · ${t(`wave.type.${wave.wave_type}`)}${wave.zone_id === "*" ? "" : ` ${wave.zone_id}`} · ${t("wave.orders_of", { orders: wave.order_count, carts: wave.cart_count })}`;
      return svg("g", { class: `wave${wave.late ? " late" : ""}${wave.wave_id === chosen ? " chosen" : ""}`, onclick: () => open(wave.wave_id), tabindex: 0 },
        label, svg("rect", { x: 0, y: y - 2, width: WIDE, height: ROW, class: "row" }),
        text(4, y + 10, `${wave.warehouse_id} ${wave.wave_no} · ${t("wave.orders", { orders: wave.order_count })}`),
        svg("rect", { x: x(wave.planned_start_at), y: y + 2, width: Math.max(2, x(wave.picked_at) - x(wave.planned_start_at)), height: 10, class: "picked" }),
        svg("rect", { x: x(wave.picked_at), y: y + 2, width: Math.max(1, x(ready) - x(wave.picked_at)), height: 10, class: "packed" }),
        wave.cutoff_at ? svg("line", { x1: x(wave.cutoff_at), x2: x(wave.cutoff_at), y1: y - 1, y2: y + 15, class: "cutoff" }) : null,
        wave.late ? text(x(ready) + 6, y + 10, t("wave.late", { late: wave.late }), "bad") : null);
    }));
};

// Bins as dots, the way as a line, picks numbered as they are met.
export const map = (bins, cart) => {
  const xs = bins.map(([x]) => x);
  const ys = bins.map(([, y]) => y);
  if (!xs.length || !cart.way.length) { return element("p", { class: "quiet" }, t("wave.no_map")); }
  const [low, high, front, back] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(760 / Math.max(high - low, 1), 420 / Math.max(back - front, 1), 40);
  // The dock is at the bottom, as a picker sees the warehouse.
  const px = (x) => 20 + (x - low) * scale;
  const py = (y) => 20 + (back - y) * scale;
  const met = new Map();
  for (const stop of cart.stops.filter(({ x, y }) => x !== null && y !== null)) {
    const key = `${stop.x} ${stop.y}`;
    met.set(key, { ...stop, last: stop.seq, first: met.get(key)?.first ?? stop.seq });
  }
  const zones = [...new Set(bins.map(([, , zone]) => zone))].sort();
  return svg("svg", { viewBox: `0 0 ${(high - low) * scale + 40} ${(back - front) * scale + 50}`, class: "floor", role: "img", "aria-label": t("wave.map") },
    bins.map(([x, y, zone]) => svg("rect", { x: px(x) - 2, y: py(y) - 2, width: 4, height: 4, class: `bin zone${zones.indexOf(zone) % 4}` })),
    svg("polyline", { points: cart.way.map(([x, y]) => `${px(x)},${py(y)}`).join(" "), class: "way" }),
    svg("rect", { x: px(cart.way[0][0]) - 6, y: py(cart.way[0][1]) + 4, width: 12, height: 8, class: "dock" }),
    text(px(cart.way[0][0]) + 10, py(cart.way[0][1]) + 13, t("wave.dock")),
    [...met.values()].map(({ x, y, first, last }) => svg("g", { class: "stop" }, svg("circle", { cx: px(x), cy: py(y), r: 7 }),
      text(px(x), py(y) + 3, first === last ? first : `${first}+`))));
};
