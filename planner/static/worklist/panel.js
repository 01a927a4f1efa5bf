// The right panel: everything that explains one suggestion.

import * as charts from "../charts.js";
import { form, table } from "../boards/table.js";
import { day, element, get, instant, language, money, number, percent, t, tenant, words } from "../frame.js";

const place = document.getElementById("panel");
let shown = null;
let drawn = [];

export const isOpen = () => !place.hidden;
export const close = () => { place.hidden = true; shown = null; };
export const shownId = () => shown;

export const open = async (id, deeds) => {
  shown = id;
  place.hidden = false;
  if (!place.childElementCount) { place.replaceChildren(element("p", { class: "quiet" }, t("loading"))); }
  const found = await get(`suggestions/${encodeURIComponent(id)}`);
  if (shown === id) { show(found, deeds); }
};

const section = (title, ...content) => element("section", {}, element("h2", {}, title), ...content);
const box = () => element("div", { class: "chart" });

const show = (found, deeds) => {
  const line = found.line;
  const buys = found.effect !== null && found.effect !== undefined;
  const seesMoney = buys && "value" in found.effect.with;
  // Not there for whoever may not see suppliers.
  const closures = found.supplier_closures ?? [];
  const [past, ahead, earns] = [box(), box(), box()];
  const why = found.why && (language === "zh" ? found.why.reason_zh : found.why.reason);
  place.replaceChildren(
    element("header", {},
      element("div", {}, element("h3", {}, line.sku_name ?? line.sku_id),
        element("div", { class: "quiet" }, `${line.sku_id} · ${line.location_id} · ${line.supplier_name ?? line.supplier_id ?? ""}`)),
      element("button", { class: "plain", "aria-label": t("close"), onclick: close }, "✕")),
    element("div", { class: "deeds" }, deeds(line)),
    buys ? effects(found.effect) : element("p", { class: "what" }, element("b", {}, t(`action.${line.action}`)), why ? `: ${why}` : ""),
    ...(buys ? [section(t("panel.bridge"), bridge(found.bridge, line), why ? element("p", { class: "quiet" }, why) : null)] : [section(t("panel.of_it"), pairs(found.terms[0] ?? {}))]),
    section(t("panel.demand"), found.only_in_bulk ? element("p", { class: "quiet" }, t("panel.only_in_bulk")) : null, past, charts.legend("demand", "censored", "mean", "fan", ...(found.history.some((row) => row.bulk) ? ["bulk"] : []), ...(found.history.some((row) => row.promoted_days) ? ["promoted"] : []))),
    ...(found.projection ? [section(t("panel.stock"), ahead, charts.legend("with", "without", "fan", "protected", "arrival", ...(found.expiries.length ? ["expiry"] : []), ...(closures.length ? ["closed"] : [])))] : []),
    section(t("panel.arrivals"), arrivals(found.arrivals)),
    ...(buys ? [section(t("panel.since"), element("p", {}, since(line)), moved(found.since))] : []),
    ...(seesMoney ? [section(t("panel.curve", { currency: line.currency ?? "" }), earns, found.why?.next_pack_amount === null || found.why?.next_pack_amount === undefined ? null : element("p", { class: "quiet" }, t("panel.next_pack", { amount: money(found.why.next_pack_amount) })))] : []),
    ...(found.level ? [section(t("panel.terms"), terms(found.level))] : []),
    section(t("panel.decisions"), history(found.decisions)),
  );
  place.scrollTop = 0;
  for (const chart of drawn) { chart.destroy(); }
  drawn = [
    charts.demand(past, found.history, found.forecast),
    ...(found.projection ? [charts.stock(ahead, found.projection, found.arrivals, found.expiries, closures)] : []),
    ...(seesMoney ? [charts.curve(earns, found.curve, found.effect.with.quantity)] : []),
  ];
};

const effects = ({ with: after, without }) => element("div", { class: "effects" },
  [["service", percent], ["lost_margin", money, "lost"], ["value", money]].filter(([name]) => name in after).map(([name, form, label]) =>
    element("div", {}, t(`effect.${label ?? name}`),
      element("b", {}, name === "value" ? form(after[name]) : `${form(without[name])} → ${form(after[name])}`))));

const bridge = (steps, line) => {
  const kept = steps.filter((step) => step.quantity !== 0);
  const largest = Math.max(1, ...kept.map((step) => Math.abs(step.quantity)));
  const rows = kept.flatMap((step) => [
    element("button", { type: "button", class: "plain step", title: t("behind.open"), onclick: () => behind(line, step.step, under) }, t(`bridge.${step.step}`)),
    element("progress", { max: largest, value: Math.abs(step.quantity) }),
    element("span", { class: "number" }, (step.quantity > 0 ? "+" : "−") + number(Math.abs(step.quantity))),
  ]);
  const under = element("div", { class: "behind" });
  const total = steps.length ? steps[steps.length - 1].running_quantity : line.suggested_qty;
  return element("div", { class: "bars" }, rows, element("b", {}, t("bridge.total")), element("span"), element("b", { class: "number" }, number(total)), under);
};

// The rows that a bar stands on, and the question that finds them.
const behind = async (line, step, place) => {
  if (place.dataset.step === step) { place.replaceChildren(); delete place.dataset.step; return; }
  const found = await get(`suggestions/${encodeURIComponent(line.suggestion_id)}/behind/${step}`);
  place.dataset.step = step;
  place.replaceChildren(
    found.rows.length ? element("div", { class: "scroll" }, table(found.rows, { named: { part: "demand_part" } }, language)) : element("p", { class: "quiet" }, t("behind.none")),
    element("p", { class: "quiet" }, element("code", {}, found.sql), " ",
      element("a", { href: `/t/${encodeURIComponent(tenant)}/sql#${encodeURIComponent(found.sql)}` }, t("behind.sql"))));
};

// What an order change, a transfer or a clearance says, one under the other.
const pairs = (row) => element("table", {}, Object.entries(row).filter(([, value]) => value !== null).map(([name, value]) =>
  element("tr", {}, element("td", { class: "quiet" }, t(name === "quantity" ? "panel.quantity" : `column.${name}`)),
    element("td", {}, /_way$/.test(name) ? t(`clear_way.${value}`) : form(name, value)))));

const arrivals = (rows) => (rows.length
  ? element("table", {}, rows.map((row) => element("tr", {}, element("td", {}, row.po_id), element("td", {}, day(row.day)),
    element("td", { class: "number" }, number(row.quantity)))))
  : element("p", { class: "quiet" }, t("panel.none_coming")));

const since = (line) => {
  const told = line.change === "revised" ? t("since.revised", { before: number(line.quantity_before), after: number(line.suggested_qty) })
    : t(line.change === "new" ? "since.new" : "since.same");
  return line.cause_id ? `${told} · ${t("column.cause_id")}: ${line.cause_id}` : told;
};

// Step by step: the differences add up to that of the quantity.
const moved = (found) => {
  if (!found) { return null; }
  const signed = (value) => (value > 0 ? "+" : "−") + number(Math.abs(value));
  const row = (name, before, now, change) => element("tr", {}, element("td", {}, name), element("td", { class: "number" }, number(before)),
    element("td", { class: "number" }, number(now)), element("td", { class: "number" }, change === 0 ? "0" : signed(change)));
  return element("table", { class: "moved" },
    element("thead", {}, element("tr", {}, [t("since.step"), t("since.before", { day: day(found.at) }), t("since.now"), t("since.change")].map((text) => element("th", {}, text)))),
    element("tbody", {}, found.steps.map((each) => row(t(`bridge.${each.step}`), each.before, each.now, each.difference)),
      row(t("bridge.total"), found.before, found.now, found.now - found.before)));
};

const whyNot = (level) => (language === "zh" ? level.not_orderable_reason_zh : level.not_orderable_reason);
const terms = (level) => element("table", {},
  [
    [t("term.lead"), t("term.days", { days: number(level.lead_time_days), deviation: number(level.lead_time_std_days), source: level.lead_time_source ? words(`source.${level.lead_time_source}`, level.lead_time_source) : "–" })],
    [t("term.minimum"), `${number(level.moq_qty)} · ${number(level.order_multiple_qty)}`],
    [t("term.service"), percent(level.service_target)],
    ...(whyNot(level) ? [[t("term.not_bought"), whyNot(level)]] : []),
    ...(level.defaults?.length ? [[t("term.defaults"), level.defaults.map((each) => words(`default.${each}`, each)).join(", ")]] : []),
  ].map(([name, value]) => element("tr", {}, element("td", { class: "quiet" }, name), element("td", {}, value))));

const history = (events) => element("ul", { class: "history" }, events.map((event) => element("li", {},
  element("span", { class: "quiet" }, `${instant(event.at)} ${event.actor} `),
  t(`event.${event.kind}`, Object.fromEntries(Object.entries(event).map(([name, value]) => [name, value ?? "–"]))),
  event.kind === "edit" && event.until ? ` ${t("holds.until")} ${event.until}` : null,
  event.reason ? element("span", { class: "quiet" }, ` (${reason(event.reason)})`) : null)));

const reason = (told) => {
  const [code, ...rest] = told.split(": ");
  const named = t(`reason.${code}`);
  return [named === `reason.${code}` ? code : named, ...rest].join(": ");
};
