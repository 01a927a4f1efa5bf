// Alerts: what is beyond its limit, who looks after it, what was told.

import { element, get, hidden, instant, language, money, number, percent, post, ready, roles, t, toast } from "../frame.js";

const place = document.getElementById("board");
const decides = roles.some((role) => ["planner", "approver"].includes(role));

const figure = (value, unit) => (unit === "share" ? percent(value) : number(value));
const title = (row) => (language === "zh" ? row.title_zh : row.title);
const limit = (row) => t(row.is_upper ? "alerts.above" : "alerts.below", { limit: figure(row.threshold, row.unit) });
const table = (columns, rows, empty) => {
  if (!rows.length) { return element("p", { class: "quiet" }, empty); }
  return element("div", { class: "scroll" }, element("table", {},
    element("thead", {}, element("tr", {}, columns.map(([name, , kind]) => element("th", { class: kind ?? "" }, name && t(`alerts.${name}`))))),
    element("tbody", {}, rows.map((row) => element("tr", {}, columns.map(([, show, kind]) => element("td", { class: kind ?? "" }, show(row))))))));
};
const card = (name, content) => element("section", { class: "card", id: name }, element("h2", {}, t(`alerts.${name}`)), content);

const take = async (row) => {
  try { show(await post("alerts/take", { rule: row.rule, member: row.member })); }
  catch (refused) { toast(t("failed", { why: refused.message }), true); }
};
const mine = (row) => row.taken_by ?? (decides ? element("button", { type: "button", onclick: () => take(row) }, t("alerts.take")) : "–");
const standing = ({ alerts }) => table([
  ["metric", title], ["member", (row) => row.member || "–"],
  ["value", (row) => element("b", { class: "bad" }, figure(row.value, row.unit)), "number"], ["limit", limit, "number"],
  ...(hidden.has("money_at_stake") ? [] : [["stake", (row) => money(row.money), "number"]]),
  ["since", (row) => instant(row.since)], ["owner", (row) => row.owner], ["taken", mine],
], alerts, t("alerts.none"));
const rules = (found) => table([
  ["metric", title], ["limit", limit, "number"], ["owner", (row) => row.owner], ["watched", (row) => number(row.watched), "number"],
  ["open", (row) => number(row.open), "number"], ["read", (row) => instant(row.as_of)],
], found.rules, t("alerts.no_rules"));
const told = ({ notices }) => table([
  ["read", (row) => instant(row.as_of)], ["kind", (row) => t(`kind.${row.kind}`)], ["rule", (row) => row.rule],
  ["member", (row) => row.member || "–"], ["channel", (row) => t(`channel.${row.channel}`)], ["owner", (row) => row.owner],
  ["status", (row) => element("span", { class: row.error ? "bad" : "", title: row.error ?? "" }, t(`notice.${row.status}`))],
], notices, t("alerts.nothing_told"));

const show = (found) => place.replaceChildren(element("div", { class: "sections wide" },
  card("standing", standing(found)), card("rules", rules(found)), card("told", told(found))));

await ready;
try { show(await get("alerts")); }
catch (refused) { place.replaceChildren(element("p", { class: "bad" }, t("failed", { why: refused.message }))); }
