// Carries away: the clipboard, and files that a handler has made.
import { say } from "./saying.js";

export async function copy(text, done, rich = "") {
  try {
    if (rich && window.ClipboardItem) {
      const kinds = { "text/plain": text, "text/html": rich };
      const blobs = Object.entries(kinds).map(([kind, one]) => [kind, new Blob([one], { type: kind })]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    } else await navigator.clipboard.writeText(text);
  } catch {
    // Without https and off this machine browsers hide the clipboard.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(done);
}

// A part of an answer as other programs take it: numbers as [1], none of the page's own signs.
const OURS = ".unseen, .actions, .choices, .chips, .exports, button, details, .asked + [data-unfold]";
function plainer(part) {
  part.querySelectorAll(OURS).forEach((one) => one.remove());
  for (const cite of part.querySelectorAll(".cite")) {
    const number = document.createElement("span");
    number.textContent = `[${cite.textContent.trim()}]`;
    cite.replaceWith(number);
  }
  for (const one of part.querySelectorAll("*")) {
    for (const { name } of [...one.attributes]) if (name !== "href" && name !== "colspan") one.removeAttribute(name);
  }
  return part;
}
function richOf(button) {
  const answer = button.closest(".turn, .review");
  const body = answer && (answer.matches(".review") ? answer : answer.querySelector(".answer"));
  if (!body) return "";
  const holder = document.createElement("div");
  holder.append(body.cloneNode(true));
  plainer(holder);
  const tail = button.dataset.copy.split("\n\n").pop();
  if (answer.matches(".turn") && /^\[\d+\] /.test(tail)) { // the references
    for (const line of tail.split("\n")) {
      const reference = document.createElement("p");
      reference.textContent = line;
      holder.append(reference);
    }
  }
  return holder.innerHTML;
}
function textOf(part) {
  const place = document.createElement("div"); // innerText needs to be laid out
  place.style.cssText = "position: fixed; left: -200vw; white-space: pre-wrap;";
  place.append(part.cloneNode(true));
  document.body.append(place);
  const text = place.innerText.trim();
  place.remove();
  return text;
}
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const at = selection.rangeCount && selection.getRangeAt(0).commonAncestorContainer;
  const within = at && (at.nodeType === 1 ? at : at.parentElement);
  if (!within || selection.isCollapsed || !within.closest("#dialogue, #review") || within.closest("textarea, input")) return;
  const holder = document.createElement("div");
  holder.append(selection.getRangeAt(0).cloneContents());
  plainer(holder);
  event.clipboardData.setData("text/html", holder.innerHTML);
  event.clipboardData.setData("text/plain", textOf(holder));
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const share = event.target.closest("a.share");
  if (share) {
    event.preventDefault();
    copy(new URL(share.getAttribute("href"), location.origin + location.pathname).href, "Link copied");
    return;
  }
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied.dataset.copy, "Copied", richOf(copied));
});

let pressed = "";
export function press(records) {
  const file = records[0].target.closest("#file, #review-file, #list-file");
  const link = file && file.querySelector("a[download]");
  if (!link || link.dataset.mark === pressed) return; // still the file before
  pressed = link.dataset.mark;
  link.click();
}
