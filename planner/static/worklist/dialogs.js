// Questions that a decision asks before it is made.

import { element, get, money, number, percent, roles, t } from "../frame.js";

const dialog = document.getElementById("dialog");
const REASONS = [
  "forecast_too_high", "forecast_too_low", "promotion_known", "supplier_problem", "budget", "space", "stock_is_wrong",
  "end_of_life", "other",
];

// Resolves to what the form says, or to null if it was closed.
const ask = (title, content, go, read, otherwise = {}) => new Promise((resolve) => {
  const form = element("form", { method: "dialog" }, element("h2", {}, title), ...content,
    element("div", { class: "buttons" },
      element("button", { type: "button", onclick: () => dialog.close("") }, t("cancel")),
      go ? element("button", { class: "main", value: "go" }, go) : null));
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.onclose = () => resolve(dialog.returnValue === "go" ? read(new FormData(form)) : otherwise[dialog.returnValue]?.() ?? null);
  dialog.showModal();
});

const reasons = () => [
  element("label", {}, t("reason.title"), element("select", { name: "reason", required: true },
    element("option", { value: "", hidden: true, selected: true }, t("reason.choose")), REASONS.map((code) => element("option", { value: code }, t(`reason.${code}`))))),
  element("label", {}, t("reason.note"), element("input", { name: "note", maxlength: 500 })),
];
const said = (form) => ({ reason: form.get("reason"), note: form.get("note") });

export const edit = (line) => {
  const effect = element("div", { id: "effect", "aria-live": "polite" });
  const input = element("input", { name: "quantity", type: "number", min: 0, step: "any", value: line.quantity, required: true });
  let latest = 0;
  const preview = async () => {
    const mine = ++latest;
    if (input.value === "") { return; }
    const found = await get(`suggestions/${encodeURIComponent(line.suggestion_id)}/preview`, { quantity: input.value });
    if (mine === latest) { effect.replaceChildren(...previewed(found, line)); }
  };
  input.addEventListener("input", preview);
  preview();
  queueMicrotask(() => input.select());
  const day = element("input", { name: "day", type: "date", "aria-label": t("holds.until") });
  const holds = (value, checked, ...more) => element("label", { class: "inline" },
    element("input", { type: "radio", name: "holds", value, checked }), ` ${t(`holds.${value}`)} `, ...more);
  day.addEventListener("focus", () => { day.parentElement.querySelector("[type=radio]").checked = true; });
  const instead = line.action === "buy" ? element("button", { type: "button", class: "plain", onclick: () => dialog.close("forecast") }, t("edit.forecast")) : null;
  return ask(t("edit.title"), [element("label", {}, t("edit.quantity"), input), effect, ...reasons(),
    element("fieldset", {}, element("legend", {}, t("edit.holds")), holds("always", true), holds("once", false), holds("until", false, day)), instead].filter(Boolean), t("save"),
    (form) => ({ new_quantity: form.get("quantity"), until: { always: "", once: "once", until: form.get("day") || "?" }[form.get("holds")], ...said(form) }),
    { forecast: () => ({ forecast: true }) });
};

// Another forecast in the place of another quantity, with what it would move before it is decided.
export const forecast = (line) => {
  const effect = element("p", { id: "reach", "aria-live": "polite" });
  const level = element("select", { name: "level" },
    ["series", "sku", ...(roles.includes("approver") ? [...(line.category_id ? ["category"] : []), "total"] : [])]
      .map((name) => element("option", { value: name }, t(`override.level_${name}`))));
  const change = element("input", { name: "change", type: "number", min: -100, max: 900, step: "any", value: 10, required: true });
  const weeks = element("input", { name: "weeks", type: "number", min: 1, max: 52, step: 1, value: 4, required: true });
  let latest = 0;
  const preview = async () => {
    const mine = ++latest;
    const told = await get(`suggestions/${encodeURIComponent(line.suggestion_id)}/reach`, { level: level.value, change: change.value, weeks: weeks.value })
      .then((found) => [t("override.reach", { skus: number(found.skus), lines: number(found.suggestions), units: number(found.quantity),
        amount: "amount" in found ? `${found.currency} ${money(found.amount)}` : "–" }),
      found.standing ? t("override.standing", { count: number(found.standing) }) : "", found.unknown ? t("override.unknown", { count: number(found.unknown) }) : ""]
        .filter(Boolean).join("; "), (refused) => refused.message);
    if (mine === latest) { effect.textContent = told; }
  };
  for (const field of [level, change, weeks]) { field.addEventListener("input", preview); }
  preview();
  return ask(t("override.title"), [
    element("p", { class: "quiet" }, t("override.how")),
    element("label", {}, t("override.of"), level), element("label", {}, t("override.change"), change),
    element("label", {}, t("override.weeks"), weeks), effect, ...reasons(),
  ], t("override.go"), (form) => ({ level: form.get("level"), change: Number(form.get("change")), weeks: Number(form.get("weeks")), ...said(form) }));
};

// The whole order of this supplier to this place, as planned and as it would be.
const ofOrder = (order) => {
  const { planned: now, asked: then } = order ?? {};
  if (!then) { return []; }
  const share = (each) => percent(each.amount / each.min_order_amount);
  const full = (each) => (each.containers === null ? "–" : t("effect.containers_told", { count: number(each.containers), share: percent(each.container_fill) }));
  return [
    ...(Number(then.min_order_amount) > 0 ? [["minimum", share(now), share(then)]] : []),
    ...(then.containers === null ? [] : [["containers", full(now), full(then)]]),
    ...(then.pallets > 0 ? [["pallets", number(now.pallets), number(then.pallets)]] : []),
    ...(then.volume_l > 0 ? [["volume", number(now.volume_l / 1000), number(then.volume_l / 1000)]] : []),
  ];
};
const previewed = ({ asked, planned, packs, minds, order }, line) => (!("service" in asked) ? [] : [
  line.pack_qty > 1 ? element("p", { class: "quiet" }, t("edit.packs", { packs: number(packs), pack: number(line.pack_qty) })) : "",
  element("table", {},
    element("tr", {}, element("th", {}), element("th", {}, t("edit.planned")), element("th", {}, t("edit.yours"))),
    [["service", percent], ["cover", (value) => t("effect.days", { days: number(value) }), "cover_days"],
      ["lost", money, "lost_margin"], ["cash", money], ["value", money]].filter(([name, , field]) => (field ?? name) in asked).map(([name, form, field]) =>
      element("tr", {}, element("td", {}, t(`effect.${name}`)), element("td", {}, form(planned[field ?? name])),
        element("td", {}, form(asked[field ?? name])))),
    ofOrder(order).map(([name, now, then]) => element("tr", {}, element("td", {}, t(`effect.${name}`)), element("td", {}, now), element("td", {}, then)))),
  ...minds.map((each) => element("p", { class: "warn" }, t(`mind.${each.mind}`, {
    pack: number(each.pack), minimum: number(each.minimum), days: number(each.days), target: percent(each.target),
  }))),
]);

export const reject = () => ask(t("reject.title"), reasons(), t("reject.title"), said);

export const snooze = (asOf) => {
  const week = new Date(Date.parse(asOf) + 7 * 86400000).toISOString().slice(0, 10);
  return ask(t("snooze.title"), [
    element("p", { class: "quiet" }, t("snooze.until")),
    element("label", {}, t("snooze.day"), element("input", { name: "day", type: "date", value: week })),
    element("label", {}, t("snooze.event"), element("input", { name: "event", maxlength: 200 })),
  ], t("snooze.title"), (form) => ({ until: form.get("event").trim() || form.get("day") }));
};

export const bulk = (total) => {
  if (!total.lines) { return ask(t("bulk.title"), [element("p", {}, t("bulk.nothing"))], null, () => null); }
  const summed = (amounts) => Object.entries(amounts ?? {}).map(([currency, value]) => `${currency} ${money(value)}`).join(" + ") || "–";
  const amount = summed(total.amounts);
  const actions = Object.entries(total.actions);
  return ask(t("bulk.title"), [
    element("p", {}, t("bulk.total", { lines: number(total.lines), amount })),
    actions.length > 1 ? element("table", {}, actions.map(([action, of]) => element("tr", {}, element("td", {}, t(`action.${action}`)),
      element("td", {}, number(of.lines)), element("td", {}, summed(of.amounts))))) : null,
    total.second_signature ? element("p", { class: "warn" }, t("bulk.second", { count: number(total.second_signature) })) : null,
    total.priceless ? element("p", { class: "warn" }, t("bulk.priceless", { count: number(total.priceless) })) : null,
  ].filter(Boolean), t("bulk.go", { lines: number(total.lines) }), () => true);
};

export const conflict = (told) => ask(t("conflict.title"), [element("p", {}, t("conflict.text", {
  yours: number(told.yours?.quantity), now: number(told.now?.quantity), status: t(`status.${told.now?.status}`),
}))], null, () => null);

export const sheet = (found) => ask(t("sheet.title"), [
  element("p", {}, t("sheet.count", { count: number(found.count), faults: number(found.fault_count) })),
  element("div", { class: "scroll" },
    element("table", {}, found.changes.map((each) => element("tr", {}, element("td", {}, each.suggestion_id),
      element("td", {}, `${number(each.before)} → ${number(each.after)}`)))),
    found.faults.map((each) => element("p", { class: "bad" }, t("sheet.row", each)))),
  ...(found.count && !found.fault_count ? reasons() : []),
], found.count && !found.fault_count ? t("sheet.go", { count: number(found.count) }) : null, said);

export const title = () => ask(t("saved.save"), [
  element("label", {}, t("saved.name"), element("input", { name: "title", maxlength: 64, required: true })),
], t("save"), (form) => form.get("title").trim());

export const keys = () => ask(t("keys.title"), [element("dl", {},
  [["j", "j"], ["k", "k"], ["→", "right"], ["←", "left"], ["e", "e"], ["a", "a"], ["r", "r"], ["s", "s"], ["x", "x"], ["A", "A"],
    ["z", "z"], ["g s", "gs"], ["g w", "gw"], ["g c", "gc"], ["f", "f"], ["/", "/"], ["?", "?"]].flatMap(([key, name]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, t(`key.${name}`))]))],
null, () => null);

export const isOpen = () => dialog.open;
