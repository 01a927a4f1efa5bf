// Who may do what in this workspace.

import { element, get, post, ready, t, toast } from "../frame.js";

const place = document.getElementById("people");
const form = document.getElementById("add");
const told = document.getElementById("told");
const ROLES = ["analyst", "planner", "approver", "admin"];

const act = async (path, content) => {
  try {
    const { name, password } = await post(`people/${path}`, content);
    told.textContent = password ? t("people.password", { name, password }) : t("people.done", { name });
    await show();
  } catch (refused) { toast(t("failed", { why: refused.message }), true); }
};
const row = (person) => {
  const mine = new Set((person.roles ?? "").split(","));
  const boxes = ROLES.map((role) => element("label", { class: "inline" },
    element("input", { type: "checkbox", value: role, checked: mine.has(role) }), ` ${t(`role.${role}`)} `));
  const chosen = () => boxes.map((box) => box.firstChild).filter((box) => box.checked).map((box) => box.value);
  return element("tr", {}, element("td", {}, person.name), element("td", {}, person.tenant_id ?? "–"),
    element("td", {}, t(person.is_active ? "people.active" : "people.shut")), element("td", {}, boxes),
    element("td", {},
      element("button", { type: "button", onclick: () => act("grant", { name: person.name, roles: chosen() }) }, t("save")), " ",
      element("button", { type: "button", onclick: () => act("reset", { name: person.name }) }, t("people.reset")), " ",
      element("button", { type: "button", onclick: () => act("shut_out", { name: person.name }) }, t("people.shut_out"))));
};
const show = async () => {
  const { people } = await get("people");
  place.replaceChildren(element("table", {}, element("tbody", {}, people.map(row))));
};
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const content = new FormData(form);
  act("add", { name: content.get("name"), roles: content.getAll("roles") });
});
await ready;
await show();
