// Carries away: the clipboard, and files that a handler has made.
import { say } from "./saying.js";

export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
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

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const share = event.target.closest("a.share");
  if (share) {
    event.preventDefault();
    copy(new URL(share.getAttribute("href"), location.origin + location.pathname).href, "Link copied");
    return;
  }
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied.dataset.copy, "Copied");
});

let pressed = "";
export function press(records) {
  const file = records[0].target.closest("#file, #review-file, #list-file");
  const link = file && file.querySelector("a[download]");
  if (!link || link.dataset.mark === pressed) return; // still the file before
  pressed = link.dataset.mark;
  link.click();
}
