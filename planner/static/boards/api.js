// Tokens by which programs ask in one's own name.

import { element, get, instant, post, ready, t, toast } from "../frame.js";

const place = document.getElementById("tokens");
const told = document.getElementById("told");

const act = async (path, content) => {
  try {
    const { token } = await post(`tokens/${path}`, content);
    told.textContent = token ? t("api.told", { token }) : "";
    await show();
  } catch (refused) { toast(t("failed", { why: refused.message }), true); }
};
const show = async () => {
  const { tokens } = await get("tokens");
  place.replaceChildren(element("table", {}, element("tbody", {}, tokens.map((each) => element("tr", {},
    element("td", {}, each.label), element("td", {}, t("api.until", { day: instant(each.expires_at) })),
    element("td", {}, element("button", { type: "button", onclick: () => act("revoke", { label: each.label }) }, t("api.revoke"))))))));
};
document.getElementById("make").addEventListener("submit", (event) => {
  event.preventDefault();
  const content = new FormData(event.target);
  act("make", { label: content.get("label"), days: Number(content.get("days")) });
});
await ready;
await show();
