// What the browser does by itself. Each file is one matter; this one calls them when a place of the
// page changes, since Gradio draws a tab when it is first turned to.
import { follow } from "./address.js";
import { press } from "./carrying.js";
import { turnToReview } from "./map.js";
import { reveal, stayOnTable } from "./focus.js";
import "./lighting.js";
import "./server.js";
import { redraw, settle } from "./starring.js";

function talk() {
  follow();
  reveal();
}
const duties = {
  papers: stayOnTable,
  dialogue: talk,
  live: talk,
  file: press,
  "review-file": press,
  growing: turnToReview,
  review: turnToReview,
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
  }
}
new MutationObserver(watch).observe(document.documentElement, { childList: true, subtree: true });
