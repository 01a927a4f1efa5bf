// Analysts' questions: one SELECT over the published marts.

import { element, get, number, post, ready, t, toast } from "../frame.js";

const question = document.getElementById("question");
const told = document.getElementById("told");
const answer = document.getElementById("answer");
const button = document.getElementById("ask");

const parameters = document.getElementById("parameters");
const saved = document.getElementById("saved");

// Every $name outside of quotes is asked for; what a number would be written as is one, so no digit of an id is lost.
const namesOf = (sql) => [...new Set([...sql.replace(/'[^']*'/g, "").matchAll(/\$([A-Za-z_]\w*)/g)].map(([, name]) => name))];
const valueOf = (text) => (Number.isFinite(Number(text)) && String(Number(text)) === text.trim() ? Number(text) : text);
const values = () => Object.fromEntries([...parameters.querySelectorAll("input")].map((field) => [field.name, valueOf(field.value)]));
const askFor = () => {
  const names = namesOf(question.value);
  const kept = Object.fromEntries([...parameters.querySelectorAll("input")].map((field) => [field.name, field.value]));
  if (names.join() === Object.keys(kept).join()) { return; }
  parameters.hidden = names.length === 0;
  parameters.replaceChildren(...names.map((name) => element("label", { class: "inline" }, `$${name} `,
    element("input", { name, value: kept[name] ?? "", onkeydown: (event) => { if (event.key === "Enter") { ask(); } } }))));
};
const put = (sql) => { question.value = sql; askFor(); };
const showSaved = ({ questions }) => saved.replaceChildren(...questions.map(({ title, sql }) => element("li", { class: "saved" },
  element("button", { type: "button", onclick: () => put(sql) }, title),
  element("button", { type: "button", class: "plain", "aria-label": `${t("saved.remove")} ${title}`, onclick: () => post("questions/remove", { title }).then(showSaved).catch(failed) }, "✕"))));
const failed = (refused) => toast(t("failed", { why: refused.message }), true);
const keep = () => {
  const title = prompt(t("saved.name"));
  if (title) { post("questions/save", { title, sql: question.value }).then(showSaved).catch(failed); }
};
// Whoever may ask opens the link with the question ready.
const link = async () => {
  history.replaceState(null, "", `#${encodeURIComponent(question.value)}`);
  await navigator.clipboard?.writeText(location.href).catch(() => null);
  toast(t("question.linked"));
};

const ask = async () => {
  button.disabled = true;
  told.className = "quiet";
  told.textContent = t("loading");
  const started = performance.now();
  try {
    const { columns, rows, is_cut: isCut } = await post("ask", { sql: question.value, parameters: values() });
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
askFor();
await get("questions").then(showSaved);
const { marts } = await get("marts");
const list = document.getElementById("marts");
const shown = (wanted) => list.replaceChildren(...Object.entries(marts)
  .filter(([name, columns]) => `${name} ${columns.join(" ")}`.includes(wanted))
  .map(([name, columns]) => element("li", {}, element("details", {}, element("summary", {}, name),
    element("small", { class: "quiet" }, columns.join(", "))))));
shown("");
document.getElementById("find").addEventListener("input", (event) => shown(event.target.value.trim().toLowerCase()));
button.addEventListener("click", ask);
document.getElementById("keep").addEventListener("click", keep);
document.getElementById("link").addEventListener("click", link);
question.addEventListener("input", askFor);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(); }
});
