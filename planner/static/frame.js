// What every page does: language, light, the switch of workspaces, words, requests, short notes.

const body = document.body;
export const tenant = body.dataset.tenant;
export const language = body.dataset.lang;
export const nonce = body.dataset.nonce;
export const hidden = new Set(body.dataset.hidden.split(" ").filter(Boolean));
export const roles = body.dataset.roles.split(" ").filter(Boolean);

const YEAR = 365 * 24 * 3600;
const remember = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax`; };

// ---------- light and dark
const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const shine = (theme) => {
  const shown = theme === "auto" ? (prefersDark.matches ? "dark" : "light") : theme;
  root.dataset.theme = shown;
  root.dataset.agThemeMode = shown;
  document.dispatchEvent(new CustomEvent("theme"));
};
let theme = root.dataset.theme;
shine(theme);
prefersDark.addEventListener("change", () => theme === "auto" && shine(theme));
document.getElementById("theme").addEventListener("click", () => {
  theme = root.dataset.theme === "dark" ? "light" : "dark";
  remember("theme", theme);
  shine(theme);
});
document.getElementById("language").addEventListener("click", () => {
  remember("lang", language === "zh" ? "en" : "zh");
  location.reload();
});
document.getElementById("tenant")?.addEventListener("change", (event) => {
  location.href = `/t/${encodeURIComponent(event.target.value)}/desk`;
});

// ---------- words and numbers
let texts = {};
export const ready = fetch(`/texts/${language}.json`).then((answer) => answer.json()).then((found) => { texts = found; });
export const t = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), texts[key] ?? key);
// Of a code of the data, which may be one that nobody named.
export const words = (key, code) => texts[key] ?? code;

const locale = language === "zh" ? "zh-CN" : "en-GB";
// What rounds to nought has no sign.
const digits = (most, more = {}) => new Intl.NumberFormat(locale, { maximumFractionDigits: most, signDisplay: "negative", ...more });
const [whole, tenths, short] = [digits(0), digits(1), digits(1, { notation: "compact" })];
const none = (value) => value === null || value === undefined || value === "" || Number.isNaN(Number(value));
export const number = (value) => (none(value) ? "–" : tenths.format(Number(value)));
export const money = (value) => (none(value) ? "–" : whole.format(Number(value)));
export const brief = (value) => (none(value) ? "–" : (Math.abs(value) < 10000 ? whole : short).format(Number(value)));
export const percent = (value) => (none(value) ? "–" : `${whole.format(Number(value) * 100)} %`);
export const day = (value) => (value ? String(value).slice(0, 10) : "–");
// In the zone of the workspace, whoever looks from wherever.
const clock = new Intl.DateTimeFormat("sv-SE", {
  timeZone: body.dataset.zone || "UTC", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
});
export const instant = (value) => (value ? clock.format(new Date(value)) : "–");

// ---------- requests
export class Refused extends Error {
  constructor(status, told) { super((language === "zh" && told.error_zh) || (told.error ?? String(status))); this.status = status; this.told = told; }
}
const asked = async (path, options) => {
  let answer;
  try { answer = await fetch(`/t/${encodeURIComponent(tenant)}/api/${path}`, options); }
  catch { throw new Refused(0, { error: t("offline") }); }
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) { location.href = "/login"; }
  if (!answer.ok) { throw new Refused(answer.status, told); }
  return told;
};
export const get = (path, values = {}) => asked(`${path}?${new URLSearchParams(values)}`, {});
export const post = (path, content) => asked(path, {
  method: "POST",
  headers: { "content-type": "application/json", "x-csrf-token": body.dataset.csrf },
  body: JSON.stringify(content),
});

// ---------- pieces of pages; text is always set as text
export const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) { made.addEventListener(name.slice(2), value); }
    else if (value === true) { made.setAttribute(name, ""); }
    else if (value !== false && value !== null && value !== undefined) { made.setAttribute(name, value); }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
};
export const toast = (text, bad = false) => {
  const shown = element("div", { class: bad ? "toast bad" : "toast" }, text);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), bad ? 9000 : 4000);
};
