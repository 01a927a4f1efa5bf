// Waves: the timeline to cut-offs, work by stage and zone, what is left out, a tour on the map, other rules tried.

import { element, get, instant, language, number, percent, post, ready, t, toast } from "../frame.js";
import { map, timeline } from "./drawing.js";

const place = (name) => document.getElementById(name);
let found;
let warehouse = "";
let chosen = "";

const table = (titles, rows) => (rows.length ? element("table", {},
  element("thead", {}, element("tr", {}, titles.map(([key, kind]) => element("th", { class: kind ?? "" }, t(`wave.${key}`))))),
  element("tbody", {}, rows.map((cells) => element("tr", {}, cells.map((cell, column) => element("td", { class: titles[column][1] ?? "" }, cell))))))
  : element("p", { class: "quiet" }, t("board.nothing")));
const mine = (rows) => rows.filter((row) => !warehouse || row.warehouse_id === warehouse);
const bar = (value, most) => element("progress", { max: Math.max(most, 1e-9), value });

const choose = (name) => { warehouse = name; show(); };
const show = () => {
  const names = [...new Set([...found.waves, ...found.unplanned].map((row) => row.warehouse_id))].sort();
  place("places").replaceChildren(...["", ...names].map((name) => element("button", { type: "button", "aria-selected": String(name === warehouse), onclick: () => choose(name) }, name || t("wave.all"))));
  place("timeline").replaceChildren(timeline(mine(found.waves), found.as_of, open, chosen));
  place("labour").replaceChildren(table([["warehouse"], ["stage"], ["zone"], ["station"], ["needed", "number"], ["available", "number"], ["share", "number"]],
    mine(found.labour).map((row) => [row.warehouse_id, t(`wave.stage.${row.stage}`), row.zone_id === "*" ? t("wave.all") : row.zone_id, row.station_id === "*" ? t("wave.all") : row.station_id,
      number(row.needed_minutes), row.available_minutes === null ? t("wave.enough") : number(row.available_minutes),
      row.share === null ? "–" : element("span", {}, `${number(row.share * 100)} %`, bar(row.share, 1))])));
  const most = Math.max(...found.zones.map((row) => row.picks));
  place("zones").replaceChildren(table([["warehouse"], ["zone"], ["carts", "number"], ["units", "number"], ["picks", "number"]],
    mine(found.zones).map((row) => [row.warehouse_id, row.zone_id, number(row.carts), number(row.units), element("span", {}, number(row.picks), bar(row.picks, most))])));
  place("unplanned").replaceChildren(table([["order"], ["warehouse"], ["cutoff"], ["why"]],
    mine(found.unplanned).map((row) => [row.outbound_id, row.warehouse_id, instant(row.cutoff_at), language === "zh" ? row.detail_zh : `${t(`wave.reason.${row.reason}`)}: ${row.detail}`])));
  place("refills").replaceChildren(table([["needed_by"], ["from"], ["to"], ["sku"], ["units", "number"]],
    mine(found.refills).map((row) => [instant(row.needed_by), row.from_bin_id, row.to_bin_id, row.sku_id, number(row.qty)])));
};
const headline = ({ waves, orders, metres, baseline_metres: alone, minutes, gap, misses, misses_bound: least }) => {
  place("told").textContent = waves ? t("wave.headline", {
    waves: number(waves), orders: number(orders), metres: number(metres), saved: percent(alone ? 1 - metres / alone : 0), minutes: number(minutes),
    gap: percent(gap), misses: number(misses), least: number(least), instant: instant(found.as_of),
  }) : t("wave.none", { instant: instant(found.as_of) });
};

const draw = (told, cart) => {
  place("map").replaceChildren(map(told.bins, cart));
  place("stops").replaceChildren(table([["seq", "number"], ["bin"], ["sku"], ["units", "number"], ["slot", "number"], ["order"]],
    cart.stops.map((stop) => [stop.seq, stop.bin_id ?? "–", stop.sku_id, number(stop.qty), stop.slot, stop.outbound_id])));
  place("tour_carts").replaceChildren(...told.carts.map((each) => element("button", { type: "button", "aria-selected": String(each === cart), onclick: () => draw(told, each) }, t("wave.cart", { cart: each.cart_no }))));
};
const open = async (wave) => {
  chosen = wave;
  show();
  try {
    const told = await get("waves/tour", { wave_id: wave });
    place("tour").hidden = false;
    place("tour_title").textContent = t("wave.tour", { wave, warehouse: told.warehouse_id });
    draw(told, told.carts[0]);
  } catch (refused) { toast(t("failed", { why: refused.message }), true); }
};

const TOTALS = ["waves", "carts", "orders", "late", "left_out", "misses", "metres", "minutes", "fullest", "hours"];
const figure = (name, value) => (value === null ? "–" : name === "fullest" ? `${number(value * 100)} %` : number(value));
place("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const button = event.target.querySelector("button");
  button.disabled = true;
  place("tried").replaceChildren(element("p", { class: "quiet" }, t("wave.solving")));
  try {
    const { base, then } = await post("waves/try", {
      max_orders: form.get("max_orders") === "" ? null : Number(form.get("max_orders")),
      most_units: form.get("most_units") === "" ? null : Number(form.get("most_units")), cutoff_minutes: Number(form.get("cutoff_minutes")),
      staff: Number(form.get("staff")) / 100, zones_apart: form.get("zones_apart") === "true", release: form.get("release"),
    });
    place("tried").replaceChildren(table([["figure"], ["as_is", "number"], ["then", "number"]],
      TOTALS.map((name) => [t(`wave.total.${name}`), figure(name, base[name]), figure(name, then[name])])));
  } catch (refused) {
    place("tried").replaceChildren(element("p", { class: "bad" }, refused.message));
  } finally { button.disabled = false; }
});

await ready;
try {
  found = await get("waves");
  headline(found.plan);
  show();
  if (found.waves.length) { await open(found.waves[0].wave_id); }
} catch (refused) {
  place("told").textContent = t("failed", { why: refused.message });
}
