// Columns of the worklist: what each shows, how it is filtered.

import { day, element, hidden, money, number, t } from "../frame.js";

const text = { filter: "agTextColumnFilter", filterParams: { filterOptions: ["contains", "equals", "startsWith"], maxNumConditions: 1 } };
const numeric = { filter: "agNumberColumnFilter", cellClass: "number", headerClass: "ag-right-aligned-header", filterParams: { maxNumConditions: 2 } };
const amount = (name, width = 96) => ({ field: name, width, ...numeric, valueFormatter: (cell) => money(cell.value) });
const quantity = (name, width = 86) => ({ field: name, width, ...numeric, valueFormatter: (cell) => number(cell.value) });
const date = (name) => ({
  field: name, width: 106, filter: "agDateColumnFilter", valueFormatter: (cell) => day(cell.value),
  filterParams: { filterOptions: ["equals", "lessThan", "greaterThan", "inRange"], maxNumConditions: 1 },
});
// Who else would deliver it, and for how much more a unit.
const runnerUp = (line) => (line.runner_up_supplier_name
  ? t("runner_up", { name: line.runner_up_supplier_name, more: number(line.runner_up_cost_difference) }) : null);
const named = (kind) => (cell) => (cell.value ? t(`${kind}.${cell.value}`) : "");

export const columns = () => [
  { field: "sku_id", width: 124, ...text, pinned: "left", tooltipField: "sku_name" },
  { field: "location_id", width: 80, ...text },
  { field: "action", width: 84, filter: false, valueFormatter: named("action") },
  amount("money_at_stake", 92),
  {
    field: "cause", width: 176, sortable: true, filter: false,
    cellRenderer: (cell) => (cell.value ? element("span", { class: `tag ${cell.value}` }, t(`cause.${cell.value}`)) : ""),
  },
  quantity("suggested_qty", 76),
  { ...quantity("quantity", 82), cellClass: ["number", "decide"], valueFormatter: (cell) => number(cell.value) },
  { field: "status", width: 104, ...text, filter: false, valueFormatter: named("status") },
  amount("amount"),
  {
    colId: "packs", width: 76, sortable: false, filter: false, cellClass: "number", headerClass: "ag-right-aligned-header",
    valueGetter: (cell) => (cell.data?.pack_qty && cell.data.quantity !== null ? cell.data.quantity / cell.data.pack_qty : null),
    valueFormatter: (cell) => number(cell.value),
  },
  quantity("available_qty", 94),
  quantity("in_transit_qty", 98),
  quantity("on_order_qty", 98),
  quantity("on_order_unacknowledged_qty", 104),
  quantity("cover_days_before", 92),
  quantity("cover_days_after", 92),
  date("stock_out_date"),
  date("stock_out_early_date"),
  {
    colId: "need", width: 96, sortable: false, filter: false, cellClass: "number", headerClass: "ag-right-aligned-header",
    valueGetter: (cell) => (cell.data?.need_high_qty === null || !cell.data ? null : `${number(cell.data.need_low_qty)}–${number(cell.data.need_high_qty)}`),
  },
  date("requested_date"),
  { field: "sku_name", width: 190, ...text, tooltipField: "sku_name" },
  { field: "supplier_name", width: 150, ...text, tooltipValueGetter: ({ data }) => data && [data.supplier_name, runnerUp(data)].filter(Boolean).join("\n") },
  { colId: "via", width: 130, sortable: false, filter: false, valueGetter: ({ data }) => data && (data.from_location_id ?? data.po_id ?? (data.clear_way ? t(`clear_way.${data.clear_way}`) : "")) },
  {
    field: "last_status", width: 168, filter: false,
    valueFormatter: ({ value, data }) => (value ? t("last.told", { quantity: number(data.last_qty), planned: number(data.last_planned_qty), status: t(`status.${value}`) }) : ""),
  },
  amount("last_earned_amount", 104),
  { field: "abc", width: 66, ...text },
  { field: "lifecycle", width: 92, ...text },
  { field: "change", width: 92, ...text, valueFormatter: named("change") },
  { field: "cause_id", width: 150, ...text },
  {
    field: "tags", width: 220, ...text, sortable: false,
    valueFormatter: (cell) => (cell.value ?? "").split(" ").filter(Boolean).map((tag) => t(`cause.${tag}`)).join(", "),
  },
].filter((column) => !hidden.has(column.field)).map((column) => ({ headerName: t(`column.${column.field ?? column.colId}`), sortingOrder: ["desc", "asc", null], ...column }));
