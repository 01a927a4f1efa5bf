// Who decided what, what was refused, and whether the trail is whole.

import { element, get, language, number, ready, t, toast } from "../frame.js";
import { spread, table } from "./table.js";

const place = document.getElementById("board");
const verdict = element("p", { class: "quiet" });
const check = async () => {
  verdict.textContent = t("loading");
  try {
    const { broken } = await get("audit/verified");
    verdict.className = broken.length ? "bad" : "good";
    verdict.textContent = broken.length ? broken.map((each) => `${each.place}: ${each.what}`).join(" ") : t("audit.whole");
  } catch (refused) { toast(t("failed", { why: refused.message }), true); }
};
const card = (name, rows) => element("section", { class: "card", id: name }, element("h2", {}, t(`section.${name}`)),
  element("div", { class: "scroll" }, table(rows, { named: { kind: "deed" } }, language)));

await ready;
const found = await get("audit");
const kept = (row, names) => Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
place.replaceChildren(
  element("div", { class: "bar" }, element("span", { class: "quiet" }, t("audit.head", { head: number(found.head) })),
    element("button", { type: "button", id: "verify", onclick: check }, t("audit.verify")), verdict),
  element("div", { class: "sections" },
    card("audit_events", found.events.map((row) => kept(row, ["sequence", "at", "actor", "kind", "subject", "payload"]))),
    card("audit_deeds", found.deeds.map((row) => kept(row, ["at", "actor", "what", "name", "roles"]))),
    card("audit_refusals", found.refusals.map((row) => kept(row, ["at", "name", "address", "method", "path", "status", "why"])))),
);
spread(place);
