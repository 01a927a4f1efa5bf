// Analysts' questions: one SELECT over the published marts.

import { element, get, number, post, ready, t } from "../frame.js";

const question = document.getElementById("question");
const told = document.getElementById("told");
const answer = document.getElementById("answer");
const button = document.getElementById("ask");

const ask = async () => {
  button.disabled = true;
  told.className = "quiet";
  told.textContent = t("loading");
  const started = performance.now();
  try {
    const { columns, rows, is_cut: isCut } = await post("ask", { sql: question.value });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    told.textContent = t(isCut ? "sql.cut" : "sql.rows", { rows: number(rows.length), seconds });
    answer.replaceChildren(element("table", {},
      element("thead", {}, element("tr", {}, columns.map((name) => element("th", {}, name)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((value) =>
        element("td", { class: typeof value === "number" ? "number" : "" },
          value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value))))))));
  } catch (refused) {
    told.className = "bad";
    told.textContent = refused.message;
  } finally { button.disabled = false; }
};

// A question that another page leads to stands ready to be asked.
if (location.hash.length > 1) { question.value = decodeURIComponent(location.hash.slice(1)); }
await ready;
const { marts } = await get("marts");
const list = document.getElementById("marts");
const shown = (wanted) => list.replaceChildren(...Object.entries(marts)
  .filter(([name, columns]) => `${name} ${columns.join(" ")}`.includes(wanted))
  .map(([name, columns]) => element("li", {}, element("details", {}, element("summary", {}, name),
    element("small", { class: "quiet" }, columns.join(", "))))));
shown("");
document.getElementById("find").addEventListener("input", (event) => shown(event.target.value.trim().toLowerCase()));
button.addEventListener("click", ask);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(); }
});
