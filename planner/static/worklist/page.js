// The worklist: the grid, the keys, and what each decision does.

import { element, get, money, nonce, number, post, ready, roles, t, tenant, toast, words } from "../frame.js";
import { columns } from "./columns.js";
import * as dialogs from "./dialogs.js";
import * as opening from "./opening.js";
import * as panel from "./panel.js";

const PAGE = 100;
const OPEN = new Set(["proposed", "edited", "countersign", "endorsed"]);
// Approved or rejected as they are: no other quantity makes sense of them.
const WHOLE = new Set(["cancel", "expedite", "defer"]);
const decides = roles.some((role) => ["planner", "approver"].includes(role));
// What the list is narrowed to besides the filters of its columns.
const NARROWED = ["action", "cause", "cause_id", "supplier_id", "location_id", "category_id"];
const asked = { view: "open", search: "", ...Object.fromEntries(NARROWED.map((name) => [name, null])) };
// How to take back what was done on this page, the latest last; null for what cannot be.
const done = [];
let grid;
let asOf = null;
let anchor = null;

// ---------- the list
const filters = (model) => {
  const chosen = { ...model };
  for (const name of NARROWED) {
    if (asked[name] !== null) { chosen[name] = { filterType: "set", values: [asked[name]] }; }
  }
  return chosen;
};
const query = () => ({
  view: asked.view, search: asked.search, filters: JSON.stringify(filters(grid.getFilterModel())),
  order: JSON.stringify(grid.getColumnState().filter((column) => column.sort)
    .sort((one, other) => one.sortIndex - other.sortIndex).map(({ colId, sort }) => ({ colId, sort }))),
});
const source = {
  async getRows(wanted) {
    try {
      const found = await get("worklist", { ...query(), start: wanted.startRow, end: wanted.endRow });
      showCount(found);
      wanted.successCallback(found.lines, found.count);
      if (wanted.startRow === 0 && found.count) { settleFocus(); }
    } catch (refused) {
      wanted.failCallback();
      toast(t("failed", { why: refused.message }), true);
    }
  },
};
const refresh = async () => {
  grid.refreshInfiniteCache();
  await tell();
};
const tell = async () => {
  const found = await get("opening");
  asOf = found.publication.as_of;
  opening.show(found, asked, choose);
  showNarrowed();
};
const showCount = (found) => {
  document.getElementById("count").textContent = t("count", {
    count: number(found.count), amount: money(found.amount), stake: money(found.money_at_stake),
  });
};
// What the list is narrowed to by keys, so that nobody takes a part for all.
const showNarrowed = () => document.getElementById("narrowed").replaceChildren(
  ...["cause_id", "supplier_id", "location_id", "category_id"].filter((name) => asked[name] !== null).map((name) =>
    element("button", { type: "button", class: "plain", title: t("go.off"), onclick: () => choose({ [name]: asked[name] }) }, `${t(`column.${name}`)}: ${asked[name]} ✕`)));
// Narrowed to these; the same again takes it off.
const choose = (narrowed) => {
  const off = Object.entries(narrowed).every(([name, value]) => asked[name] === value);
  for (const [name, value] of Object.entries(narrowed)) { asked[name] = off ? null : value; }
  grid.purgeInfiniteCache();
  tell();
};

// ---------- where the planner is
const settleFocus = () => {
  if (!grid.getFocusedCell()) { setTimeout(() => focusRow(0, false), 0); }
};
const focusRow = (row, take = true) => {
  if (row < 0 || row >= grid.getDisplayedRowCount()) { return; }
  grid.ensureIndexVisible(row);
  grid.setFocusedCell(row, "sku_id");
  if (!take) { document.activeElement?.blur?.(); }
};
const current = () => {
  const cell = grid.getFocusedCell();
  return cell ? grid.getDisplayedRowAtIndex(cell.rowIndex)?.data ?? null : null;
};
const move = (step) => focusRow((grid.getFocusedCell()?.rowIndex ?? -1) + step);
const seen = (line) => ({ suggestion_id: line.suggestion_id, version: line.version, quantity: line.quantity });
const selectedIds = () => grid.getSelectedNodes().map((node) => node.data?.suggestion_id).filter(Boolean);

const explain = (line) => line && panel.open(line.suggestion_id, deeds).catch(told);
const select = (shift) => {
  const row = grid.getFocusedCell()?.rowIndex;
  if (row === undefined) { return; }
  const from = shift && anchor !== null ? Math.min(anchor, row) : row;
  const to = shift && anchor !== null ? Math.max(anchor, row) : row;
  const turn = shift ? true : !grid.getDisplayedRowAtIndex(row).isSelected();
  for (let each = from; each <= to; each += 1) { grid.getDisplayedRowAtIndex(each)?.setSelected(turn); }
  anchor = row;
};

// ---------- decisions
const told = (refused) => {
  if (refused.status === 409 && refused.told?.now) { return dialogs.conflict(refused.told).then(refresh); }
  return toast(t("failed", { why: refused.message }), true);
};
const patch = (lines) => {
  for (const line of lines) { grid.getRowNode(line.suggestion_id)?.setData(line); }
};
const decide = async (path, content, after, goesOn = false) => {
  try {
    const found = await post(path, content);
    patch(found.lines);
    after(found);
    if (goesOn) { move(1); }
    // What the panel explains is what the next key decides on.
    if (panel.isOpen()) { explain((goesOn && current()) || found.lines[0]); }
    await tell();
    showCount(await get("worklist", { ...query(), start: 0, end: 0 }));
  } catch (refused) { await told(refused); }
};
const stands = (line) => t(`told.${line.status}`, { quantity: number(line.quantity) });

const approve = (line) => decide("approve", seen(line), ({ lines: [after] }) => {
  done.push(() => undo([after.suggestion_id]));
  toast(stands(after));
}, true);
const edit = async (line) => {
  const chosen = await dialogs.edit(line);
  if (chosen?.forecast) { await reforecast(line); } else if (chosen) { await change(line, chosen); }
};
const change = (line, chosen) => decide("edit", { ...seen(line), ...chosen }, ({ lines: [after] }) => {
  done.push(() => decide("edit", { ...seen(after), new_quantity: line.quantity, reason: "other", note: t("undo.reason"), until: "" },
    ({ lines: [now] }) => toast(stands(now))));
  toast(stands(after));
});
const reforecast = async (line) => {
  const chosen = await dialogs.forecast(line);
  if (!chosen) { return; }
  try {
    await post("override", { suggestion_id: line.suggestion_id, ...chosen });
    done.push(null);
    toast(t("override.done"));
  } catch (refused) { await told(refused); }
};
const setAside = (how, line, chosen) => decide(how, { ...seen(line), ...chosen }, ({ lines: [after] }) => {
  done.push(() => reopen(after));
  toast(stands(after));
}, true);
const reject = async (line) => {
  const chosen = await dialogs.reject();
  if (chosen) { await setAside("reject", line, chosen); }
};
const snooze = async (line) => {
  // The rows may stand, and a key be pressed, before the opening line was answered.
  if (asOf === null) { await tell(); }
  const chosen = await dialogs.snooze(asOf);
  if (chosen) { await setAside("snooze", line, chosen); }
};
const reopen = (line) => decide("reopen", seen(line), ({ lines: [after] }) => toast(stands(after)));
const approveAll = async () => {
  const ids = selectedIds();
  const what = ids.length ? { suggestion_ids: ids } : { query: query() };
  try {
    const total = await post("total", what);
    if (!(await dialogs.bulk(total))) { return; }
    const { approved } = await post("approve_many", { ...what, seal: total.seal });
    done.push(() => undo(approved));
    grid.deselectAll();
    toast(t("told.approved_many", { count: number(approved.length) }));
    await refresh();
  } catch (refused) { await told(refused); }
};
const takeBack = async () => {
  const step = done.pop();
  if (step) { await step(); } else { toast(t("told.nothing_to_undo")); }
};
const undo = async (names) => {
  await decide("undo", { suggestion_ids: names, reason: t("undo.reason") }, ({ told: became }) => {
    const back = Object.values(became).filter((each) => ["withdrawn", "recalled", "asked"].includes(each)).length;
    toast(t("told.undone", { count: number(back), kept: number(names.length - back) }));
    grid.refreshInfiniteCache();
  });
};

// ---------- saved views
const saved = document.getElementById("saved");
const showSaved = ({ views }) => saved.replaceChildren(
  ...views.map(({ title, asked: kept }) => element("li", { class: "saved" },
    element("button", { type: "button", onclick: () => take(kept) }, title),
    element("button", { type: "button", class: "plain", "aria-label": `${t("saved.remove")} ${title}`, onclick: () => changeSaved("remove", { title }) }, "✕"))),
  element("li", {}, element("button", { type: "button", class: "plain", onclick: keep }, t("saved.save"))));
const changeSaved = (path, content) => post(`views/${path}`, content).then(showSaved).catch(told);
const keep = async () => {
  const title = await dialogs.title();
  const sorts = grid.getColumnState().filter((column) => column.sort).map(({ colId, sort, sortIndex }) => ({ colId, sort, sortIndex }));
  if (title) { await changeSaved("save", { title, asked: { ...asked, model: grid.getFilterModel(), sorts } }); }
};
const take = (kept) => {
  for (const name of ["view", "search", ...NARROWED]) { asked[name] = kept[name] ?? { view: "open", search: "" }[name] ?? null; }
  document.getElementById("search").value = asked.search;
  showView();
  grid.applyColumnState({ state: kept.sorts ?? [], defaultState: { sort: null } });
  grid.setFilterModel(kept.model ?? {});
  document.activeElement?.blur();
  grid.purgeInfiniteCache();
  tell();
};
const showView = () => {
  for (const tab of document.querySelectorAll("#views button")) { tab.setAttribute("aria-selected", String(tab.dataset.view === asked.view)); }
};

const bringIn = async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) { return; }
  try {
    const content = await file.text();
    const found = await post("import/preview", { content });
    const chosen = await dialogs.sheet(found);
    if (!chosen) { return; }
    const { changed } = await post("import/apply", { content, seal: found.seal, ...chosen });
    toast(t("sheet.done", { count: number(changed) }));
    await refresh();
  } catch (refused) { await told(refused); }
};

const deeds = (line) => {
  if (!decides) { return []; }
  const button = (name, act, main = false) => element("button", { class: main ? "main" : "", onclick: () => act(line) }, t(`do.${name}`));
  if (OPEN.has(line.status)) {
    return [button("approve", approve, true), ...(WHOLE.has(line.action) ? [] : [button("edit", edit)]), button("reject", reject), button("snooze", snooze)];
  }
  if (["snoozed", "rejected"].includes(line.status)) { return [button("reopen", reopen)]; }
  return ["approved", "exported", "acknowledged", "seen"].includes(line.status)
    ? [button("undo", () => undo([line.suggestion_id]))] : [];
};

// ---------- keys
const onLine = (act) => () => { const line = current(); if (line && decides && OPEN.has(line.status)) { act(line); } };
// g and then one of these: only the supplier, warehouse or category of this line; the same again takes it off.
const GO = { s: "supplier_id", w: "location_id", c: "category_id" };
const GO_SECONDS = 1.5;
let going = 0;
const go = (name) => {
  const line = current();
  if (asked[name] !== null) { choose({ [name]: asked[name] }); } else if (line?.[name]) { choose({ [name]: line[name] }); toast(t("go.only", { value: (name === "supplier_id" && line.supplier_name) || line[name] })); }
};
const KEYS = {
  j: () => { move(1); if (panel.isOpen()) { explain(current()); } },
  k: () => { move(-1); if (panel.isOpen()) { explain(current()); } },
  ArrowRight: () => explain(current()),
  ArrowLeft: () => panel.close(),
  e: onLine((line) => { if (!WHOLE.has(line.action)) { edit(line); } }), a: onLine(approve), r: onLine(reject), s: onLine(snooze),
  x: () => select(false), X: () => select(true),
  A: () => { if (roles.includes("approver")) { approveAll(); } },
  z: () => { if (decides) { takeBack(); } },
  g: () => { going = Date.now(); },
  f: () => { panel.close(); saved.querySelector("button")?.focus(); },
  "/": () => document.getElementById("search").focus(),
  "?": () => dialogs.keys(),
  Escape: () => { if (panel.isOpen()) { panel.close(); } else { grid.deselectAll(); } },
};
const pressed = (event) => {
  if (["Escape", "Enter"].includes(event.key) && event.target.id === "search") { event.target.blur(); return; }
  if (dialogs.isOpen() || event.ctrlKey || event.metaKey || event.altKey) { return; }
  if (["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName)) { return; }
  const goes = Date.now() - going < GO_SECONDS * 1000 && GO[event.key];
  going = 0;
  const act = goes ? () => go(goes) : KEYS[event.key];
  if (act) { event.preventDefault(); event.stopPropagation(); act(); }
};

// ---------- the page
const theme = () => agGrid.themeQuartz.withPart(agGrid.colorSchemeVariable).withParams({
  fontFamily: "inherit", fontSize: 13, headerFontSize: 12, spacing: 5, accentColor: "var(--accent)",
  backgroundColor: "var(--card)", foregroundColor: "var(--ink)", borderColor: "var(--line)", headerBackgroundColor: "var(--paper)",
});

await ready;
grid = agGrid.createGrid(document.getElementById("grid"), {
  theme: theme(), styleNonce: nonce, columnDefs: columns(), defaultColDef: { resizable: true, sortable: true, suppressHeaderMenuButton: false },
  rowModelType: "infinite", cacheBlockSize: PAGE, maxBlocksInCache: 20, blockLoadDebounceMillis: 30,
  datasource: source, getRowId: (row) => row.data.suggestion_id, rowSelection: { mode: "multiRow", enableClickSelection: false, headerCheckbox: false },
  selectionColumnDef: { pinned: "left", width: 40 },
  rowClassRules: { "row-decided": (row) => row.data && !OPEN.has(row.data.status) },
  onRowClicked: (event) => { if (event.data && panel.isOpen()) { explain(event.data); } },
  onRowDoubleClicked: (event) => explain(event.data),
  onSelectionChanged: () => {
    const count = selectedIds().length;
    document.getElementById("selected").textContent = count ? t("selected", { count: number(count) }) : "";
  },
  getLocaleText: ({ key, defaultValue }) => words(`grid.${key}`, defaultValue),
  tooltipShowDelay: 400,
});
document.addEventListener("keydown", pressed, true);
document.getElementById("help").addEventListener("click", () => dialogs.keys());
document.getElementById("approve-all")?.addEventListener("click", approveAll);
for (const ending of ["csv", "xlsx"]) {
  const link = document.getElementById(ending);
  // Of what is listed at that moment.
  link.addEventListener("click", () => { link.href = `/t/${encodeURIComponent(tenant)}/api/export.${ending}?${new URLSearchParams(query())}`; });
}
document.getElementById("import")?.addEventListener("click", () => document.getElementById("file").click());
document.getElementById("file")?.addEventListener("change", bringIn);
document.getElementById("views").addEventListener("click", (event) => {
  if (!event.target.dataset.view) { return; }
  asked.view = event.target.dataset.view;
  showView();
  grid.purgeInfiniteCache();
});
let typing = 0;
document.getElementById("search").addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(() => { asked.search = event.target.value; grid.purgeInfiniteCache(); }, 200);
});
document.addEventListener("theme", () => { if (panel.isOpen() && panel.shownId()) { panel.open(panel.shownId(), deeds); } });
await tell();
await get("views").then(showSaved);
