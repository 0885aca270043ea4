// The address names what is open: the tab, the conversation, the review, the check, the paper, the lit sentence.
// Each change of it is a step of the history; Back and Forward open what the step was.
import { act, tabNow, turnTo } from "./places.js";
import { jump, unlight } from "./lighting.js";

const NAMES = { "topics-tab": "topics", "reading-tab": "reading" }; // tabs whose address reads better than their id
const PATIENCE = 5000; // milliseconds that a handler may take to open what a step names

function named(id) {
  return NAMES[id] || id;
}
function idOf(name) {
  return Object.keys(NAMES).find((id) => NAMES[id] === name) || name;
}

// What is open now, by the names that the address has for it; undefined where it is not there yet.
function open() {
  const turns = document.querySelector("#dialogue [data-conversation]");
  const there = turns || document.querySelector("#dialogue .welcome");
  const review = document.querySelector("#review article[data-key]");
  const check = document.querySelector(":is(#check-live, #checked) [data-key]");
  const paper = document.querySelector("#paper .card[data-id]");
  const tab = named(tabNow());
  const written = document.querySelector("#growing .streaming") ? undefined : "";
  return { // what is open in a tab belongs to the address while one looks at it
    tab: tab === "chat" ? "" : tab,
    c: there ? (turns ? turns.dataset.conversation : "") : undefined,
    review: tab !== "topics" ? "" : review ? review.dataset.key : written,
    check: tab === "check" && check ? check.dataset.key : "",
    paper: tab === "library" && paper ? paper.dataset.id : "",
  };
}

let awaited = null; // what a step of the history asked for, until it is there: one at a time
function waits(is) {
  if (!awaited) return false;
  const there = Object.keys(awaited.for).every((name) => awaited.for[name] === (is[name] || ""));
  if (!there && Date.now() < awaited.until) return true;
  awaited = null;
  return there && settle(); // there may have been a further step meanwhile
}

// Open what the address names; whether something had to be opened.
function settle() {
  if (awaited && Date.now() < awaited.until) return true;
  const query = new URLSearchParams(location.search);
  const is = open();
  const wanted = {};
  for (const name of ["tab", "c", "review", "check", "paper"]) {
    if ((query.get(name) || "") !== (is[name] || "")) wanted[name] = query.get(name) || "";
  }
  if (!Object.keys(wanted).length) return false;
  awaited = { for: wanted, until: Date.now() + PATIENCE };
  if ("tab" in wanted) turnTo(idOf(wanted.tab || "chat"));
  if ("c" in wanted) act("history", "select", { id: wanted.c });
  if ("review" in wanted) act("review", "select", { id: wanted.review });
  if ("check" in wanted && query.get("tab") === "check" && !document.querySelector(`#checked [data-key="${CSS.escape(wanted.check)}"]`)) act("checked", "select", { id: wanted.check });
  if ("paper" in wanted) act("paper", wanted.paper ? "select" : "clear", { id: wanted.paper });
  return true;
}

// Open a paper from another tab, in one step of the history.
export function openPaper(id) {
  const query = new URLSearchParams(location.search);
  for (const name of ["review", "check"]) query.delete(name);
  query.set("tab", "library");
  query.set("paper", id);
  history.pushState(null, "", location.pathname + "?" + query.toString());
  awaited = null;
  settle();
}

let turned = false; // who has turned to a tab before the page knew its address stays there
document.addEventListener("click", (event) => {
  if (event.isTrusted && event.target.closest("[role=tab]")) turned = true;
}, true);
let begun = false; // the first look at a page that has just been loaded makes no step
export function follow() {
  const is = open();
  if (is.c === undefined) return;
  const query = new URLSearchParams(location.search);
  if (!begun) {
    begin(query, is);
    return;
  }
  if (waits(is)) return;
  if (query.has("answer") && !is.c) delete is.c; // one shared answer
  const before = query.toString();
  for (const [name, value] of Object.entries(is)) {
    if (value === undefined) continue;
    if (value) query.set(name, value);
    else query.delete(name);
  }
  if (is.c) query.delete("answer");
  if (query.toString() === before) return;
  const text = query.toString();
  unlight();
  history.pushState(null, "", location.pathname + (text ? "?" + text : ""));
}

function begin(query, is) {
  begun = true;
  const gone = query.has("c") && query.get("c") !== is.c; // it is no longer here
  if (gone) query.delete("c");
  const implied = query.has("review") ? "topics" : query.has("paper") ? "library" : query.has("check") ? "check" : "";
  if (implied && !query.has("tab")) query.set("tab", implied);
  if (gone || implied) history.replaceState(null, "", location.pathname + "?" + query.toString() + location.hash);
  if (query.has("tab") && !turned) {
    const names = ["tab", "paper", "review", "check"].map((name) => [name, query.get(name) || ""]);
    awaited = { for: Object.fromEntries(names), until: Date.now() + PATIENCE };
    turnTo(idOf(query.get("tab")));
    if (query.has("check")) act("checked", "select", { id: query.get("check") });
  }
  if (location.hash) light(location.hash.slice(1), 20);
}

// A sentence that the address names, as soon as it is there.
function light(id, tries) {
  const found = document.getElementById(decodeURIComponent(id));
  if (found) jump(found.id, { step: false });
  else if (tries) setTimeout(() => light(id, tries - 1), 250); // milliseconds
}

addEventListener("popstate", () => {
  settle();
  if (location.hash) light(location.hash.slice(1), 8);
  else unlight(true);
});
