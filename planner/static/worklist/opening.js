// The opening line and the rail: tiles, what moved, causes, orders, feeds.

import { brief, day, element, hidden, money, number, percent, t, words } from "../frame.js";

const fill = (id, value, note) => {
  document.querySelector(`#${id} b`).textContent = value;
  document.querySelector(`#${id} small`).textContent = note;
};

export const show = (found, asked, choose) => {
  const { tiles, work, publication } = found;
  fill("tile-tied", money(tiles.tied_amount), `${work.currency.join(" ")} · ${t("as_of", { instant: day(publication.as_of) })}`);
  fill("tile-risk", money(tiles.risk_amount), t("tile.risk_lines", { lines: number(tiles.risk_lines) }));
  fill("tile-exceptions", number(tiles.exceptions), t("tile.exceptions_amount", { amount: money(tiles.exceptions_amount), causes: number(tiles.exception_causes) }));
  fill("tile-new", percent(tiles.new_skus ? tiles.new_covered / tiles.new_skus : null),
    t("tile.new_covered", { covered: number(tiles.new_covered), skus: number(tiles.new_skus) }));
  moved(found.moved, asked, choose);
  document.getElementById("cash").textContent = found.cash ? t("cash.low", { amount: money(found.cash.low_amount), day: day(found.cash.low_week) }) : "";
  folded("action", found.actions, work, asked, choose);
  folded("cause", found.causes, work, asked, choose);
  orders(found.orders, found.budgets, publication, asked, choose);
  const feeds = document.getElementById("feeds");
  feeds.textContent = found.feeds.late === null ? t("work.not_made") : found.feeds.late
    ? t("work.feeds_late", { late: found.feeds.late, blocked: found.feeds.blocked.map((each) => words(`hold.${each}`, each)).join(", ") || "–" }) : t("work.feeds_fine");
  feeds.className = found.feeds.late === 0 ? "good" : "warn";
};

// What the last plan changed, one row for one cause; pressed, the list shows what it moved.
const moved = (rows, asked, choose) => {
  const list = document.querySelector("#moved ol");
  list.replaceChildren(...(rows.length ? rows.map((row) => element("li", {}, blamed(row, asked, choose))) : [element("li", {}, t("moved.nothing"))]));
};
const signed = (value, told) => (Number(value) > 0 ? "+" : "") + told;
const blamed = (row, asked, choose) => {
  const cause = t(`cause_kind.${row.cause_kind}`, { subject: row.cause_subject ?? "" });
  const said = t(row.gone ? "moved.lines_gone" : "moved.lines", { lines: number(row.lines), skus: number(row.skus), gone: number(row.gone) });
  const parts = [element("span", { title: `${cause} · ${said}` }, `${cause} (${number(row.lines)})`),
    element("span", { class: "number" }, row.quantity === null ? "" : t("moved.units", { units: signed(row.quantity, number(row.quantity)) })),
    element("span", { class: "number" }, row.amount === null || row.amount === undefined ? "" : signed(row.amount, money(row.amount)))];
  // A role that may not see suppliers has no cause to ask for.
  return row.cause_id === undefined ? element("span", { class: "row" }, ...parts)
    : element("button", { type: "button", class: "row", "aria-pressed": String(asked.cause_id === row.cause_id), onclick: () => choose({ cause_id: row.cause_id }) }, ...parts);
};

const chip = (is, click, label, money_, count, ...rest) => element("li", {},
  element("button", { type: "button", "aria-pressed": String(is), onclick: click },
    element("span", {}, element("span", { title: label }, label), money_, element("b", {}, count)), ...rest));

const folded = (name, rows, work, asked, choose) => document.getElementById(`${name}s`).replaceChildren(
  ...[{ [name]: null, lines: work.open, money_at_stake: work.money_at_stake }, ...rows].map((row) => chip(
    asked[name] === row[name], () => choose({ [name]: row[name] }), t(`${name}.${row[name] ?? "all"}`),
    element("small", { title: t("column.money_at_stake") }, brief(row.money_at_stake)), number(row.lines))));

// Purchases as the orders they will be: one supplier, one place.
const orders = (rows, budgets, publication, asked, choose) => document.getElementById("orders").replaceChildren(
  ...(budgets ?? []).filter((row) => !row.supplier_id).map((row) => element("li", { class: "fills" }, budget(row))),
  ...(hidden.has("supplier_id") ? [] : rows ?? []).slice(0, 60).map((row) => chip(
    asked.supplier_id === row.supplier_id && asked.location_id === row.location_id,
    () => choose({ supplier_id: row.supplier_id, location_id: row.location_id }),
    `${row.location_id} · ${row.supplier_name ?? row.supplier_id ?? "–"}`, element("small", {}, brief(row.amount)), number(row.lines),
    ...deadline(row, publication), ...fills(row), ...(budgets ?? []).filter((each) => each.supplier_id && each.supplier_id === row.supplier_id).map(budget))));

const deadline = (row, publication) => {
  if (!row.order_by) { return []; }
  const late = row.order_by < day(publication.as_of);
  return [element("small", { class: late ? "bad" : "" }, t(late ? "order.overdue" : "order.by", { day: row.order_by }))];
};
const bar = (name, share, told, title) => element("span", { class: name === "budget" && share > 1 ? "fill over" : "fill", title },
  element("small", {}, t(`order.${name}`)), element("progress", { max: 1, value: Math.min(1, share), "aria-label": title }), element("small", {}, told));
// How far it reaches the supplier's minimum, fills its containers and its last pallet.
const fills = (row) => {
  const found = [];
  if (Number(row.min_order_amount) > 0) {
    const share = Number(row.amount) / Number(row.min_order_amount);
    found.push(bar("minimum", share, percent(share), t("order.minimum_title", { share: percent(share), amount: money(row.min_order_amount) })));
  }
  if (row.containers) {
    found.push(bar("containers", row.container_fill, `${number(row.containers)} × ${percent(row.container_fill)}`,
      t("order.containers_title", { count: number(row.containers), share: percent(row.container_fill), volume: number(row.volume_l / 1000), weight: number(row.weight_kg) })));
  }
  if (row.pallets > 0) {
    found.push(bar("pallets", row.pallets / Math.ceil(row.pallets), number(row.pallets), t("order.pallets_title", { count: number(row.pallets) })));
  }
  if (row.volume_l > 0) { found.push(element("span", { class: "fill" }, element("small", {}, t("order.volume")), element("small", {}, t("order.volume_told", { volume: number(row.volume_l / 1000), weight: number(row.weight_kg) })))); }
  return found;
};
const budget = (row) => {
  if (!(row.budget_amount > 0)) { return null; }
  const share = (row.spent_amount + row.open_amount) / row.budget_amount;
  return bar("budget", share, percent(share), t("order.budget_title", {
    period: row.period, budget: `${row.currency ?? ""} ${money(row.budget_amount)}`, spent: money(row.spent_amount), open: money(row.open_amount) }));
};
