// Health, forecast and feeds: sections of rows, those by week or month as a chart too.

import * as charts from "../charts.js";
import { day, element, get, language, ready, t, toast, words } from "../frame.js";
import { table } from "./table.js";

const place = document.getElementById("board");
const TIME = ["month_start", "week_start"];

const sentence = ({ held, late, failed, not_made: notMade }) => {
  if (notMade) { return element("p", { class: "sentence warn" }, t("feeds.not_made")); }
  const parts = [held.length ? t("feeds.held", { held: held.map((each) => words(`hold.${each}`, each)).join(", ") }) : t("feeds.safe")];
  if (late) { parts.push(t("feeds.late", { late })); }
  if (failed) { parts.push(t("feeds.failed", { failed })); }
  return element("p", { class: `sentence ${held.length ? "bad" : late || failed ? "warn" : "good"}` }, parts.join(" "));
};
const section = (each) => {
  const chart = element("div", { class: "chart" });
  const made = element("section", { class: "card", id: each.name }, element("h2", {}, t(`section.${each.name}`)), chart,
    each.not_made ? element("p", { class: "quiet" }, t("board.not_made"))
      : element("div", { class: "scroll" }, table(each.rows, each, language)));
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
    element("p", { class: "quiet" }, t("as_of", { instant: day(found.as_of) })),
    ...(found.sentence ? [sentence(found.sentence)] : []),
    element("div", { class: "sections" }, sections.map(({ made }) => made)),
  );
  draw(sections);
  document.addEventListener("theme", () => draw(sections));
} catch (refused) {
  place.replaceChildren(element("p", { class: "bad" }, t("failed", { why: refused.message })));
  toast(t("failed", { why: refused.message }), true);
}
