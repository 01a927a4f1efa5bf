// Health, forecast and feeds: sections of rows, those by week or month as a chart too.

import * as charts from "../charts.js";
import { day, element, get, language, post, ready, roles, t, tenant, toast, words } from "../frame.js";
import { spread, table } from "./table.js";

const place = document.getElementById("board");
const TIME = ["month_start", "week_start"];

const sentence = ({ held, late, failed, not_made: notMade }) => {
  if (notMade) { return element("p", { class: "sentence warn" }, t("feeds.not_made")); }
  const parts = [held.length ? t("feeds.held", { held: held.map((each) => words(`hold.${each}`, each)).join(", ") }) : t("feeds.safe")];
  if (late) { parts.push(t("feeds.late", { late })); }
  if (failed) { parts.push(t("feeds.failed", { failed })); }
  return element("p", { class: `sentence ${held.length ? "bad" : late || failed ? "warn" : "good"}` }, parts.join(" "));
};
// The switch that keeps every message in, and why it was turned.
const sending = (why) => {
  const turns = roles.includes("approver") || roles.includes("admin");
  const reason = element("input", { name: "reason", maxlength: 500, required: true, placeholder: t("sending.reason"), "aria-label": t("sending.reason") });
  const turn = async (event) => {
    event.preventDefault();
    try {
      await post(why === null ? "sending/stop" : "sending/resume", { reason: reason.value });
      location.reload();
    } catch (refused) { toast(t("failed", { why: refused.message }), true); }
  };
  return element("form", { class: "bar", id: "sending", onsubmit: turn },
    element("span", { class: why === null ? "quiet" : "bad" }, why === null ? t("sending.goes") : t("sending.stopped", { why })),
    ...(turns ? [reason, element("button", {}, t(why === null ? "sending.stop" : "sending.resume"))] : []));
};
const section = (each) => {
  const chart = element("div", { class: "chart" });
  const made = element("section", { class: "card", id: each.name }, element("h2", {}, t(`section.${each.name}`)), chart,
    each.name === "quarantined" && each.rows.length ? element("p", {}, element("a", { class: "button", href: `/t/${encodeURIComponent(tenant)}/api/quarantined.csv`, download: true }, "CSV")) : null,
    each.not_made ? element("p", { class: "quiet" }, t("board.not_made"))
      : each.rows.length || t(`hint.${each.name}`) === `hint.${each.name}` ? element("div", { class: "scroll" }, table(each.rows, each, language))
        : element("p", { class: "quiet" }, t(`hint.${each.name}`)));
  return { made, chart, time: TIME.find((name) => each.rows[0]?.[name]), ...each };
};
let drawn = [];
const draw = (sections) => {
  for (const chart of drawn) { chart.destroy(); }
  drawn = sections.filter(({ time, bar, rows }) => time && rows[0][bar] !== undefined)
    .map(({ chart, rows, time, bar }) => charts.byTime(chart, rows.map((row) => row[time]), rows.map((row) => Number(row[bar]))));
};

await ready;
try {
  const found = await get(`boards/${document.body.dataset.page}`);
  const sections = found.sections.map(section);
  place.replaceChildren(
    element("p", { class: "quiet" }, [t("as_of", { instant: day(found.as_of) }), found.currency ? t("board.money", { currency: found.currency }) : ""].filter(Boolean).join(" · ")),
    ...(found.sentence ? [sentence(found.sentence), sending(found.sending_stopped)] : []),
    element("div", { class: "sections" }, sections.map(({ made }) => made)),
  );
  spread(place);
  draw(sections);
  document.addEventListener("theme", () => draw(sections));
} catch (refused) {
  place.replaceChildren(element("p", { class: "bad" }, t("failed", { why: refused.message })));
  toast(t("failed", { why: refused.message }), true);
}
