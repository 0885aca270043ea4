// What is typed into the question box is kept until it is asked, one draft a conversation.
import { allKept, keep, kept } from "./kept.js";
import { fill } from "./places.js";

const MOST = 50; // drafts; the oldest go first
const name = (conversation) => `draft:${conversation}`;
const textOf = (one) => kept(one).replace(/^\d+ /, ""); // "1764137000000 How …": when, and what

let open; // whose draft is in the box; undefined until the page is there
let sent = null; // {conversation, text} of what was asked and is not known to have arrived

function box() {
  return document.querySelector("#question textarea");
}
function editing() {
  return Boolean(document.querySelector("#note .note")); // an earlier question is in the box
}
function note(conversation, text) {
  keep(name(conversation), text.trim() ? `${Date.now()} ${text}` : "");
  const all = allKept("draft:");
  if (all.length > MOST) all.sort((a, b) => parseInt(kept(a)) - parseInt(kept(b))).slice(0, all.length - MOST).forEach((one) => keep(one, ""));
}

document.addEventListener("input", (event) => {
  if (event.target !== box() || open === undefined || editing()) return;
  note(open, event.target.value);
});

function asked() {
  const text = box() ? box().value : "";
  if (text.trim() && !editing()) sent = { conversation: open, text };
}
document.addEventListener("click", (event) => event.target.closest("#ask") && asked(), true);
document.addEventListener("keydown", (event) => event.target === box() && event.key === "Enter" && !event.shiftKey && asked(), true);

// A question that is on the page has arrived.
function arrived() {
  if (!sent) return;
  const last = [...document.querySelectorAll("#live .asked, #dialogue .asked")].pop();
  if (!last || !last.textContent.includes(sent.text.trim().slice(0, 200))) return;
  keep(name(sent.conversation), "");
  if (box() && box().value === sent.text) fill(box(), "");
  sent = null;
}

export function restore() {
  const turns = document.querySelector("#dialogue [data-conversation]");
  if (!turns && !document.querySelector("#dialogue .welcome")) return;
  const now = turns ? turns.dataset.conversation : "";
  arrived();
  if (now === open || !box()) return;
  const before = open;
  open = now;
  if (before === "" && document.querySelector("#live .turn")) return; // it has just begun here
  const last = [...document.querySelectorAll("#dialogue .asked")].pop();
  const text = textOf(name(now));
  fill(box(), last && text && last.textContent.endsWith(text.trim()) ? "" : text); // it was asked
}
