// A table of rows, each value shown by what its column is called.

import { day, element, instant, money, number, percent, t, words } from "../frame.js";

const SHARE = /(_rate|wape|bias|coverage|value_added|probability)$/;
export const form = (name, value) => {
  if (value === null || value === undefined) { return "–"; }
  if (/(_at|^at|deliver_by)$/.test(name)) { return instant(value); }
  if (/(_on|_start|_week|_date)$|^(clear|count)_by$|^valid_to$/.test(name)) { return day(value); }
  if (name === "age_band") { return String(value).replace(/\b0+(?=\d)/g, "").replace("-", "–"); }
  if (SHARE.test(name)) { return percent(value); }
  if (/amount|money|value_of|yearly_gain|capital/.test(name)) { return money(value); }
  if (typeof value === "number" || /(_qty|_days|_hours|_m|_cost|_price|difference|units|margin|_now|_stocked)$/.test(name)) { return number(value); }
  return String(value);
};
export const isNumber = (name, rows) => SHARE.test(name) || /amount|money|value_of|yearly_gain|capital|_qty|_days|_hours|_m$|_cost$|_price$|margin|quantity|difference|lines|messages/.test(name)
  || rows.some((row) => typeof row[name] === "number");

// What is told in both languages stands once, in that of the page.
const columnsOf = (rows, language) => Object.keys(rows[0] ?? {}).filter((name) => (name.endsWith("_zh")
  ? language === "zh" : language !== "zh" || !(`${name}_zh` in rows[0])));
const nameOf = (prefix, value) => String(value ?? "").split(", ").filter(Boolean).map((code) => words(`${prefix}.${code}`, code)).join(", ") || "–";

export const table = (rows, { bar = "", coded = {}, named = {} } = {}, language = "en") => {
  if (!rows.length) { return element("p", { class: "quiet" }, t("board.nothing")); }
  const columns = columnsOf(rows, language);
  const largest = Math.max(1e-9, ...rows.map((row) => Math.abs(Number(row[bar] ?? 0))));
  const numbers = new Set(columns.filter((name) => isNumber(name, rows)));
  const cell = (row, name) => {
    const text = coded[name] ? t(`${coded[name]}.${row[name]}`) : named[name] ? nameOf(named[name], row[name]) : form(name, row[name]);
    const shown = coded[name] && row[name] ? element("span", { class: `tag ${row[name]}` }, text) : text;
    return element("td", { class: numbers.has(name) ? "number" : "", title: typeof text === "string" && text.length > 40 ? text : null }, shown,
      name === bar ? element("progress", { max: largest, value: Math.abs(Number(row[name] ?? 0)) }) : null);
  };
  return element("table", {},
    element("thead", {}, element("tr", {}, columns.map((name) =>
      element("th", { class: numbers.has(name) ? "number" : "" }, t(`column.${name.replace(/_zh$/, "")}`))))),
    element("tbody", {}, rows.map((row) => element("tr", {}, columns.map((name) => cell(row, name))))));
};

// What does not fit beside another takes the whole width.
export const spread = (place) => {
  for (const card of place.querySelectorAll(".sections .card")) {
    card.classList.toggle("whole", [...card.querySelectorAll(".scroll")].some((each) => each.scrollWidth > each.clientWidth + 1));
  }
};
