// Stars: pressed at once, put right by what the server says; and notes that are being typed.
import { say } from "./saying.js";

document.addEventListener("click", (event) => {
  const star = event.target.closest("button.star");
  if (star) star.setAttribute("aria-pressed", String(star.getAttribute("aria-pressed") !== "true"));
});

let heard = "";
export function settle() {
  const told = document.querySelector("#starred [data-mark]");
  if (!told || told.dataset.mark === heard) return; // still what was said before
  heard = told.dataset.mark;
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

// What is not saved yet stays with its star when the list is drawn anew, which Gradio does by changing
// the boxes that are there one by one: what was typed into the third stays in the third.
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
    const text = drafts.get(star(form)) ?? note.defaultValue;
    if (text.trim() === note.defaultValue) drafts.delete(star(form));
    if (note.value !== text) note.value = text;
  }
}
