// Who acts in one's place while one is away.

import { element, get, post, ready, t, toast } from "../frame.js";

const place = document.getElementById("deputies");

const act = async (path, content) => {
  try { show(await post(`deputies/${path}`, content)); }
  catch (refused) { toast(t("failed", { why: refused.message }), true); }
};
const me = document.querySelector(".who a")?.textContent;
const show = ({ deputies }) => place.replaceChildren(element("table", {}, element("tbody", {}, deputies.map((each) => element("tr", {},
  element("td", {}, t(each.name === me ? "absence.mine" : "absence.theirs", each)), element("td", {}, `${each.first_day} – ${each.last_day}`),
  element("td", {}, each.name === me ? element("button", { type: "button", onclick: () => act("end", { deputy: each.deputy }) }, t("absence.end")) : null))))));
document.getElementById("absence").addEventListener("submit", (event) => {
  event.preventDefault();
  act("name", Object.fromEntries(new FormData(event.target)));
});
await ready;
show(await get("deputies"));
