// On a narrow page the conversations are a drawer. A long question is unfolded on request.
import { onEscape } from "./keys.js";
import { act } from "./places.js";

const root = document.documentElement;
function setDrawer(open) {
  if (root.classList.contains("drawer") === open) return false;
  root.classList.toggle("drawer", open);
  const button = document.querySelector("[data-drawer]");
  button.setAttribute("aria-expanded", String(open));
  for (const id of ["talk", "panel"]) document.getElementById(id).inert = open;
  const first = document.querySelector("#sought :is(input, textarea)");
  (open ? first || button : button).focus();
  return true;
}
onEscape(() => !document.querySelector("#history [data-do=clear]") && setDrawer(false), true); // after what is asked in it

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-drawer]")) setDrawer(true);
  else if (root.classList.contains("drawer") && (!event.target.closest("#past") || event.target.closest("#new, #history a"))) setDrawer(false);
  const unfold = event.target.closest("[data-unfold]");
  if (!unfold) return;
  const long = unfold.previousElementSibling.classList.toggle("long");
  unfold.setAttribute("aria-expanded", String(!long));
  unfold.textContent = long ? "Show all" : "Show less";
});
matchMedia("(min-width: 1025px)").addEventListener("change", () => setDrawer(false));

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-rename]");
  if (!form) return;
  event.preventDefault();
  act("history", "submit", { id: form.dataset.rename, title: form.elements.title.value });
});
