// The text to be checked and the claims found in it: Ctrl+Enter, what is typed, papers that are opened.
import { openPaper } from "./address.js";
import { keep, kept } from "./kept.js";
import { act, fill } from "./places.js";

const MOST = 500000; // characters that are taken; more than that is told here, since none would be sent
const DRAFT = 200000; // characters of a draft; a browser keeps some millions in all
const PAUSE = 500; // milliseconds without a key, after which a draft is kept

function box() {
  return document.querySelector("#to-check textarea");
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.target !== box()) return;
  event.preventDefault();
  document.getElementById("run-check").click();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("#run-check") || box().value.length <= MOST) return;
  const { length } = [...box().value];
  if (length <= MOST) return;
  event.preventDefault();
  event.stopPropagation();
  act("check-live", "submit", { length: String(length) });
}, true);

let soon = 0;
document.addEventListener("input", (event) => {
  if (event.target !== box()) return;
  clearTimeout(soon);
  soon = setTimeout(() => keep("check", event.target.value.length <= DRAFT ? event.target.value : ""), PAUSE);
});
let restored = false;
export function restoreText() {
  if (restored || !box()) return;
  restored = true;
  if (!box().value) fill(box(), kept("check"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#checked a[data-paper]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openPaper(link.dataset.paper);
});

// What was pressed among the claims is pressed again in the next ones; more of them begin where they begin.
let next = "";
document.addEventListener("click", (event) => {
  const at = event.target.closest("#checked [data-do]");
  const { do: what, finding, most } = at ? at.dataset : {};
  if (what === "apply") next = `#checked [data-do=apply][data-finding="${finding}"]`;
  else next = what === "expand" ? `#checked .claims > :nth-child(${Number(most) + 1})` : "";
});
export function stayOnClaims() {
  const found = next && document.querySelector(next);
  if (!found) return;
  if (document.activeElement !== found) found.focus({ preventScroll: found.matches("button") });
  if (!found.matches("button")) next = "";
}
