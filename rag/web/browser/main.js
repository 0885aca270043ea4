// What the browser does by itself. Each file is one matter; this one calls them when a place of the
// page changes, since Gradio draws a tab when it is first turned to.
import { follow } from "./address.js";
import { press } from "./carrying.js";
import { restore } from "./drafts.js";
import { reveal, stayOnTable } from "./focus.js";
import { tend } from "./keys.js";
import { restoreText, stayOnClaims } from "./check.js";
import { showChosen } from "./choosing.js";
import "./drawer.js";
import "./lighting.js";
import { draw, stayOnList, turnToReview } from "./map.js";
import "./server.js";
import { renew } from "./sources.js";
import { redraw, settle } from "./starring.js";
import { showTheme } from "./theme.js";

function talk() {
  follow();
  restore();
  reveal();
}
function review() {
  turnToReview();
  follow();
}
function claims() {
  stayOnClaims();
  follow();
}
const duties = {
  badge: showTheme,
  papers: stayOnTable,
  paper: follow,
  dialogue: talk,
  live: talk,
  sources: renew,
  file: press,
  "review-file": press,
  map: draw,
  topics: stayOnList,
  growing: review,
  review,
  "to-check": restoreText,
  "check-live": follow,
  checked: claims,
  starred: settle,
  list: redraw,
  "list-file": press,
};
const watched = new WeakSet();
function watch() {
  for (const [id, duty] of Object.entries(duties)) {
    const place = document.getElementById(id);
    if (!place || watched.has(place)) continue;
    watched.add(place);
    new MutationObserver(duty).observe(place, { childList: true, subtree: true });
    duty([{ target: place }]);
  }
  const tabs = document.getElementById("tabs");
  if (tabs && !watched.has(tabs)) {
    watched.add(tabs);
    new MutationObserver(follow).observe(tabs, { attributes: true, subtree: true, attributeFilter: ["aria-selected"] });
  }
  tend();
  showChosen();
}
// Once a frame: Gradio draws the page in hundreds of steps, and what is looked at here is laid out.
let waiting = false;
function watchSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    watch();
  });
}
new MutationObserver(watchSoon).observe(document.documentElement, { childList: true, subtree: true });
watch();
