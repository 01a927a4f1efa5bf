// A table of rows, each value shown by what its column is called.

import { day, element, instant, money, number, percent, t } from "../frame.js";

const SHARE = /(_rate|wape|bias|coverage|value_added)$/;
const form = (name, value) => {
  if (value === null || value === undefined) { return "–"; }
  if (/(_at|^at)$/.test(name)) { return instant(value); }
  if (/(_on|_start|_week)$/.test(name)) { return day(value); }
  if (SHARE.test(name)) { return percent(value); }
  if (/amount|money/.test(name)) { return money(value); }
  if (typeof value === "number" || /(_qty|_days|_hours|difference|units)$/.test(name)) { return number(value); }
  return String(value);
};
const isNumber = (name, rows) => SHARE.test(name) || /amount|money|_qty|_days|_hours|quantity|difference|lines|messages/.test(name)
  || rows.some((row) => typeof row[name] === "number");

// A title in the language of the page stands in the place of both.
const columnsOf = (rows, language) => Object.keys(rows[0] ?? {}).filter((name) => !(name === "title_zh" || (name === "title" && language === "zh" && "title_zh" in rows[0])) || (name === "title_zh" && language === "zh"));

export const table = (rows, { bar = "", coded = {} } = {}, language = "en") => {
  if (!rows.length) { return element("p", { class: "quiet" }, t("board.nothing")); }
  const columns = columnsOf(rows, language);
  const largest = Math.max(1e-9, ...rows.map((row) => Math.abs(Number(row[bar] ?? 0))));
  const numbers = new Set(columns.filter((name) => isNumber(name, rows)));
  const cell = (row, name) => {
    const text = coded[name] ? t(`${coded[name]}.${row[name]}`) : form(name, row[name]);
    const shown = coded[name] && row[name] ? element("span", { class: `tag ${row[name]}` }, text) : text;
    return element("td", { class: numbers.has(name) ? "number" : "" }, shown,
      name === bar ? element("progress", { max: largest, value: Math.abs(Number(row[name] ?? 0)) }) : null);
  };
  return element("table", {},
    element("thead", {}, element("tr", {}, columns.map((name) =>
      element("th", { class: numbers.has(name) ? "number" : "" }, t(`column.${name === "title_zh" ? "title" : name}`))))),
    element("tbody", {}, rows.map((row) => element("tr", {}, columns.map((name) => cell(row, name))))));
};
