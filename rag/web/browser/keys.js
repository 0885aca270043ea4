// What the keyboard does, beside what browsers do by themselves.
import { keep, kept } from "./kept.js";
import { box, nextTab, TABS, turnTo } from "./places.js";

const typing = (at) => at.closest && at.closest("input, textarea, select, [contenteditable]");

// From the topmost to the lowest: each says whether it had something to leave.
const escapes = [];
export function onEscape(leave, first = false) {
  if (first) escapes.unshift(leave);
  else escapes.push(leave);
}
function press(selector) {
  const found = [...document.querySelectorAll(selector)].find((one) => one.offsetParent);
  if (found) found.click();
  return Boolean(found);
}
onEscape(() => press("#paper [data-do=clear]"));
onEscape(() => press("#history [data-do=clear]"));
onEscape(() => press("#note [data-do=clear]"));
onEscape(() => press("#place [data-do=clear]"));

function showKeys() {
  const list = document.getElementById("keys");
  if (!list || list.open) return;
  document.getElementById("single-keys").checked = kept("keys") !== "off";
  list.showModal();
}
document.addEventListener("change", (event) => {
  if (event.target.id === "single-keys") keep("keys", event.target.checked ? "" : "off");
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) showKeys();
  if (event.target.closest("[data-hint-read]")) {
    keep("hint", "read");
    tend();
    if (box()) box().focus();
  }
  if (!event.target.closest("[data-skip]")) return;
  event.preventDefault();
  event.stopPropagation();
  const found = box();
  if (found) found.focus();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const tab = event.target.closest && event.target.closest("#tabs [role=tab]");
  const steps = { ArrowRight: 1, ArrowLeft: -1, Home: 0, End: Infinity };
  if (tab && event.key in steps) {
    event.preventDefault();
    nextTab(tab, steps[event.key]);
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (event.isComposing || !escapes.some((leave) => leave())) return;
    event.preventDefault();
    return;
  }
  if (typing(event.target) || kept("keys") === "off") return;
  const named = Object.keys(TABS).find((id) => TABS[id] === event.key);
  if (event.key === "?") showKeys();
  else if (event.key === "/") (box() || document.body).focus();
  else if (event.key === "n") {
    turnTo("chat");
    press("#new");
  } else if (named) turnTo(named, true);
  else return;
  event.preventDefault();
});

// Only the open tab is a stop of the tab key; the arrows lead to the others. Gradio leaves its
// words for an upload untranslated where it knows none.
export function tend() {
  for (const tab of document.querySelectorAll("#tabs [role=tab]")) {
    const stop = tab.getAttribute("aria-selected") === "true" && tab.offsetHeight > 1 ? 0 : -1;
    if (tab.tabIndex !== stop) tab.tabIndex = stop;
  }
  for (const hint of document.querySelectorAll(".first-use")) hint.hidden = kept("hint") === "read";
  for (const [is, shall] of [["common.upload", "Upload files"], ["common.clear", "Clear the files"], ["common.remove", "Remove this file"]]) {
    document.querySelectorAll(`[aria-label="${is}"]`).forEach((one) => one.setAttribute("aria-label", shall));
  }
}
