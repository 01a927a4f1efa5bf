// The opening line and the rail: tiles, what moved, causes, suppliers, feeds.

import { day, element, money, number, percent, t, words } from "../frame.js";

const fill = (id, value, note) => {
  document.querySelector(`#${id} b`).textContent = value;
  document.querySelector(`#${id} small`).textContent = note;
};

export const show = (found, asked, choose) => {
  const { tiles, work, publication } = found;
  fill("tile-tied", money(tiles.tied_amount), `${work.currency.join(" ")} · ${t("as_of", { instant: day(publication.as_of) })}`);
  fill("tile-risk", money(tiles.risk_amount), t("tile.risk_lines", { lines: number(tiles.risk_lines) }));
  fill("tile-exceptions", number(tiles.exceptions), t("tile.exceptions_amount", { amount: money(tiles.exceptions_amount) }));
  fill("tile-new", percent(tiles.new_skus ? tiles.new_covered / tiles.new_skus : null),
    t("tile.new_covered", { covered: number(tiles.new_covered), skus: number(tiles.new_skus) }));
  moved(found.moved);
  document.getElementById("cash").textContent = found.cash ? t("cash.low", { amount: money(found.cash.low_amount), day: day(found.cash.low_week) }) : "";
  folded("action", found.actions, work, asked, choose);
  folded("cause", found.causes, work, asked, choose);
  suppliers(found.suppliers, publication, asked, choose);
  const feeds = document.getElementById("feeds");
  feeds.textContent = found.feeds.late === null ? t("work.not_made") : found.feeds.late
    ? t("work.feeds_late", { late: found.feeds.late, blocked: found.feeds.blocked.map((each) => words(`hold.${each}`, each)).join(", ") || "–" }) : t("work.feeds_fine");
  feeds.className = found.feeds.late === 0 ? "good" : "warn";
};

const moved = (rows) => {
  const list = document.querySelector("#moved ol");
  const shown = rows.slice(0, 6).map((row) => element("li", {},
    element("span", {}, `${row.cause ? t(`cause.${row.cause}`) : "–"} (${number(row.lines)})`),
    element("span", { class: "number" }, (Number(row.amount) > 0 ? "+" : "") + money(row.amount))));
  list.replaceChildren(...(shown.length ? shown : [element("li", {}, t("moved.nothing"))]));
};

const chip = (name, value, asked, choose, label, count, ...rest) => element("li", {},
  element("button", { type: "button", "aria-pressed": String(asked[name] === value), onclick: () => choose(name, value) },
    element("span", {}, label, element("b", {}, count)), ...rest));

const folded = (name, rows, work, asked, choose) => document.getElementById(`${name}s`).replaceChildren(
  chip(name, null, asked, choose, t(`${name}.all`), number(work.open), element("small", {}, money(work.money_at_stake))),
  ...rows.map((row) => chip(name, row[name], asked, choose, t(`${name}.${row[name]}`), number(row.lines),
    element("small", {}, money(row.money_at_stake)))));

const suppliers = (rows, publication, asked, choose) => document.getElementById("suppliers").replaceChildren(
  ...(rows ?? []).slice(0, 40).map((row) => chip("supplier_id", row.supplier_id, asked, choose,
    (row.supplier_name ?? row.supplier_id ?? "–").slice(0, 14), number(row.lines), ...deadline(row, publication))));

const deadline = (row, publication) => {
  const parts = [];
  if (row.order_by) {
    const late = row.order_by < day(publication.as_of);
    parts.push(element("small", { class: late ? "bad" : "" }, t(late ? "supplier.overdue" : "supplier.order_by", { day: row.order_by })));
  }
  if (Number(row.min_order_amount) > 0) {
    const share = Number(row.amount) / Number(row.min_order_amount);
    parts.push(element("progress", {
      max: 1, value: Math.min(1, share),
      title: t("supplier.minimum", { share: percent(share) }), "aria-label": t("supplier.minimum", { share: percent(share) }),
    }));
  }
  return parts;
};
