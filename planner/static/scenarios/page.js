// What if: scenarios side by side with the plan, and the lines that move.

import { element, get, instant, money, number, percent, post, ready, roles, t, toast } from "../frame.js";

const side = document.getElementById("side");
const moved = document.getElementById("moved");
const AGAIN = 2000;
const TOTALS = [
  ["lines", number], ["units", number], ["cash", money], ["stock", money], ["short_units", number],
  ["lost_margin", money], ["left_over_units", number], ["earned", money],
];

const told = (refused) => toast(t("failed", { why: refused.message }), true);
const signed = (value, form) => (Math.abs(value) < 0.05 ? "±0" : (value > 0 ? "+" : "−") + form(Math.abs(value)));
const head = (each) => element("th", { class: "number" }, element("b", {}, each.title), element("br"),
  element("small", {}, each.status === "done" ? t("scenario.as_of", { instant: instant(each.as_of) }) : t(`scenario.${each.status}`)),
  each.error ? element("p", { class: "bad" }, each.error) : null,
  element("div", {},
    each.status === "done" ? element("button", { type: "button", onclick: () => lines(each) }, t("scenario.show")) : null, " ",
    each.status === "done" && roles.includes("approver") && (each.levers.policy || each.levers.service_target)
      ? element("button", { type: "button", onclick: () => because("promote", { scenario_id: each.scenario_id }) }, t("scenario.promote")) : null, " ",
    element("button", { type: "button", class: "plain", onclick: () => act("remove", { scenario_id: each.scenario_id }) }, t("scenario.remove"))));
const cell = (each, name, form) => {
  const totals = each.totals ?? {};
  if (totals.then?.[name] === undefined) { return element("td", { class: "number" }, "–"); }
  const { base, then } = totals;
  return element("td", { class: "number" }, form(then[name]), " ", element("small", { class: "quiet" }, signed(then[name] - base[name], form)));
};
// A change of policy says why.
const because = (path, content) => {
  const reason = prompt(t("scenario.why"));
  if (reason) { act(path, { ...content, reason }); }
};
const holds = document.getElementById("adopted");
const show = ({ scenarios, adopted }) => {
  holds.hidden = !adopted;
  holds.replaceChildren(...(adopted ? [
    t("scenario.holds", { policy: t(`policy.${adopted.policy ?? "service_level"}`), service: adopted.service_target ? percent(adopted.service_target) : t("policy.as_set") }), " ",
    roles.includes("approver") ? element("button", { type: "button", onclick: () => because("settle", {}) }, t("scenario.settle")) : ""] : []));
  if (!scenarios.length) { side.replaceChildren(element("p", { class: "quiet" }, t("scenario.none"))); return; }
  const solved = scenarios.find((each) => each.totals);
  const seen = TOTALS.filter(([name]) => !solved || solved.totals.then[name] !== undefined);
  side.replaceChildren(element("table", {},
    element("thead", {}, element("tr", {}, element("th"), element("th", { class: "number" }, t("scenario.plan")), scenarios.map(head))),
    element("tbody", {}, seen.map(([name, form]) => element("tr", {}, element("td", {}, t(`total.${name}`)),
      element("td", { class: "number" }, solved ? form(solved.totals.base[name]) : "–"), scenarios.map((each) => cell(each, name, form)))))));
  if (scenarios.some((each) => ["waiting", "solving"].includes(each.status))) { setTimeout(refresh, AGAIN); }
};
const lines = ({ title, moved: rows }) => {
  const columns = Object.keys(rows[0] ?? {});
  const form = (name, value) => (name === "amount" ? signed(value, money) : typeof value === "number" ? number(value) : value ?? "–");
  moved.hidden = false;
  moved.replaceChildren(element("h2", {}, t("scenario.moved", { title })),
    rows.length ? element("div", { class: "scroll" }, element("table", {},
      element("thead", {}, element("tr", {}, columns.map((name) => element("th", { class: typeof rows[0][name] === "number" ? "number" : "" }, t(`moved.${name}`))))),
      element("tbody", {}, rows.map((row) => element("tr", {}, columns.map((name) =>
        element("td", { class: typeof row[name] === "number" ? "number" : "" }, form(name, row[name]))))))))
      : element("p", { class: "quiet" }, t("scenario.nothing_moves")));
  moved.scrollIntoView({ block: "nearest" });
};
const refresh = () => get("scenarios").then(show).catch(told);
const act = (path, content) => post(`scenarios/${path}`, content).then(show).catch(told);

document.getElementById("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const percent = (name) => 1 + Number(form.get(name)) / 100;
  act("ask", {
    title: form.get("title"), budget: percent("budget"), demand: percent("demand"), lead_time_days: Number(form.get("lead_time_days")),
    policy: form.get("policy"), service_target: form.get("service_target") === "" ? null : Number(form.get("service_target")) / 100, suppliers_out: form.get("suppliers_out").split(/[\s,，]+/).filter(Boolean),
  });
});
await ready;
await refresh();
