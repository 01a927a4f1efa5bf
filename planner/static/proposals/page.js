// Proposals: what the plan would pick, ship or tell others, one kind at a time.

import { form, isNumber } from "../boards/table.js";
import { element, get, language, number, post, ready, roles, t, toast, words } from "../frame.js";
import { reject as askWhy } from "../worklist/dialogs.js";

const [kinds, place, search, more] = ["kinds", "rows", "search", "more"].map((id) => document.getElementById(id));
const buttons = ["approve", "reject", "reopen"].map((id) => document.getElementById(id)).filter(Boolean);
const PAGE = 200;
const OPEN = ["proposed", "countersign"];
// Columns whose values are codes of ours.
const CODED = { action: "push", driver: "driver", current_stage: "stage", proposed_stage: "stage", current_mode: "mode" };
let action = location.hash.slice(1);
let rows = [];
let count = 0;
let publication = "";
const chosen = new Set();

const told = (refused) => toast(t("failed", { why: refused.message }), true);
const columnsOf = () => Object.keys(rows[0] ?? {}).filter((name) => !["name", "status"].includes(name)
  && (name === "reason" ? language !== "zh" || rows.every((row) => !row.reason_zh) : name !== "reason_zh" || (language === "zh" && rows.some((row) => row.reason_zh))));
const shown = (name, value) => (CODED[name] && value ? words(`${CODED[name]}.${value}`, value) : form(name, value));

const mark = () => {
  const picked = rows.filter((row) => chosen.has(row.name));
  const many = picked.length > 1 && !roles.includes("approver");
  for (const button of buttons) {
    const fits = button.id === "reopen" ? picked.filter((row) => row.status === "rejected") : picked.filter((row) => OPEN.includes(row.status));
    button.disabled = fits.length === 0 || (button.id === "approve" && many);
  }
  document.getElementById("selected").textContent = picked.length ? t("selected", { count: number(picked.length) }) : "";
};
const draw = () => {
  const columns = columnsOf();
  const numbers = new Set(columns.filter((name) => isNumber(name, rows)));
  const all = element("input", { type: "checkbox", "aria-label": t("proposal.all"), onchange: (event) => {
    for (const row of rows) { if (event.target.checked) { chosen.add(row.name); } else { chosen.delete(row.name); } }
    draw();
  }, checked: rows.length > 0 && rows.every((row) => chosen.has(row.name)) });
  const line = (row) => element("tr", {},
    element("td", {}, element("input", { type: "checkbox", "aria-label": row.name, checked: chosen.has(row.name), onchange: (event) => {
      if (event.target.checked) { chosen.add(row.name); } else { chosen.delete(row.name); }
      mark();
    } })),
    element("td", {}, element("span", { class: `tag ${row.status}` }, t(row.status === "received" ? "proposal.told" : `status.${row.status}`))),
    columns.map((name) => element("td", { class: numbers.has(name) ? "number" : name.startsWith("reason") ? "words" : "", title: String(row[name] ?? "") }, shown(name, row[name]))));
  place.replaceChildren(rows.length
    ? element("table", {},
      element("thead", {}, element("tr", {}, element("th", {}, all), element("th", {}, t("column.status")),
        columns.map((name) => element("th", { class: numbers.has(name) ? "number" : "" }, t(`column.${name}`))))),
      element("tbody", {}, rows.map(line)))
    : element("p", { class: "quiet" }, t("board.nothing")));
  document.getElementById("count").textContent = t("proposal.count", { shown: number(rows.length), count: number(count) });
  more.hidden = rows.length >= count;
  mark();
};
const load = async (from = 0) => {
  const found = await get("proposals/rows", { action, start: from, end: from + PAGE, search: search.value });
  rows = from ? [...rows, ...found.rows] : found.rows;
  ({ count, publication_id: publication } = found);
  draw();
};
const choose = async (name) => {
  action = name;
  history.replaceState(null, "", `#${name}`);
  chosen.clear();
  await tell();
  await load();
};
const tell = async () => {
  const found = await get("proposals");
  if (!found.kinds.some((each) => each.action === action)) { action = (found.kinds.find((each) => each.waiting) ?? found.kinds[0]).action; }
  kinds.replaceChildren(...found.kinds.map((each) => element("li", {},
    element("button", { type: "button", "aria-pressed": String(each.action === action), onclick: () => choose(each.action).catch(told) },
      element("span", {}, element("span", {}, t(`decision.${each.decision}`)), element("b", {}, number(each.waiting))),
      element("small", {}, each.not_made ? t("proposal.not_made") : t("proposal.of", { count: number(each.count) }))))));
};
const decide = async (path, content = {}) => {
  const wanted = path === "reopen" ? ["rejected"] : OPEN;
  const names = rows.filter((row) => chosen.has(row.name) && wanted.includes(row.status)).map((row) => row.name);
  try {
    const { decided } = await post(`proposals/${path === "approve" && names.length > 1 ? "approve_many" : path}`, { action, names, publication_id: publication, ...content });
    toast(t(`proposal.done_${path}`, { count: number(decided) }));
  } catch (refused) { told(refused); }
  chosen.clear();
  await tell();
  await load();
};

await ready;
for (const button of buttons) {
  button.addEventListener("click", async () => {
    const content = button.id === "reject" ? await askWhy() : {};
    if (content) { await decide(button.id, content).catch(told); }
  });
}
more.addEventListener("click", () => load(rows.length).catch(told));
let typing = 0;
search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => load().catch(told), 200); });
await tell();
await load().catch(told);
