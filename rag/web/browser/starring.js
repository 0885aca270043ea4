// Stars: pressed at once, put right by what the server says; and notes that are being typed.
import { say } from "./saying.js";

document.addEventListener("click", (event) => {
  const star = event.target.closest("button.star");
  if (star) star.setAttribute("aria-pressed", String(star.getAttribute("aria-pressed") !== "true"));
});

export function settle(records) {
  const told = records[0].target.closest("#starred").querySelector("[data-mark]");
  if (!told) return;
  for (const { dataset } of told.querySelectorAll("[data-on]")) {
    for (const star of document.querySelectorAll("button.star")) {
      const same = star.dataset.id === dataset.id && star.dataset.start === dataset.start;
      if (same) star.setAttribute("aria-pressed", dataset.on);
    }
  }
  say(told.textContent);
}

// A button that saves takes its form's note along, before it is heard.
document.addEventListener("click", (event) => {
  const save = event.target.closest(".noting [data-do=submit]");
  if (save) save.dataset.note = save.closest("form").elements.note.value;
}, true);
document.addEventListener("submit", (event) => {
  if (event.target.matches(".noting")) event.preventDefault();
});

// What is not saved yet stays in its box when the list is drawn anew.
const drafts = new Map();
const star = (form) => {
  const { id, start } = form.querySelector("[data-do=submit]").dataset;
  return start + " " + id;
};
document.addEventListener("input", (event) => {
  const form = event.target.closest(".noting");
  if (form) drafts.set(star(form), event.target.value);
});
export function redraw() {
  for (const form of document.querySelectorAll("#list .noting")) {
    const { note } = form.elements;
    const draft = drafts.get(star(form));
    if (draft === undefined) continue;
    if (draft.trim() === note.defaultValue) drafts.delete(star(form));
    else if (note.value !== draft) note.value = draft;
  }
}
