// Where the focus and the page go when something has been done.
// A touch screen keeps its keyboard down.
const focusAfter = { "#ask, #stop, #new, #dialogue [data-do=edit], :is(#note, #scoped) [data-do], #dialogue .chip button": "#question textarea" };
const atlasAfter = { "#map [data-do], #topics [data-do=option_select], #grounds [data-do], .review details [data-do]": "#place .card" };
const shelfAfter = { "#papers [data-do=select], #paper [data-do]:not(.star)": "#paper .card, #paper :is(.failure, .note) button" };
const listAfter = { "#list [data-do=delete]": "#list-removed button", "#list-removed [data-do]": "#list .card, #list .hint" };
const checkAfter = { "#check-live [data-do]": "#run-check" };
function focusLater(pressed) {
  for (const [what, where] of Object.entries({ ...focusAfter, ...shelfAfter, ...atlasAfter, ...listAfter, ...checkAfter })) {
    if (!pressed.closest(what)) continue;
    if (where.startsWith("#question") && !matchMedia("(pointer: fine)").matches) continue;
    setTimeout(() => {
      const found = [...document.querySelectorAll(where)].pop();
      if (found) found.focus();
    }, 350); // milliseconds, a little longer than a handler takes
  }
}
document.addEventListener("click", (event) => focusLater(event.target));

let last = "";
export function reveal() {
  const now = document.querySelector("#live .turn");
  const turns = document.querySelectorAll("#dialogue .turn");
  const newest = now || turns[turns.length - 1];
  const id = now ? "now" + now.textContent.slice(0, 60) : newest ? newest.id : "";
  if (newest && id !== last && (now || last)) newest.scrollIntoView({ block: "nearest" });
  last = id;
}

// What was pressed in the table is pressed again in the next one, from the keyboard too.
let turned = "";
document.addEventListener("click", (event) => {
  const at = event.target.closest("#papers :is(.pager, th) button");
  const by = at && (at.dataset.turn ? ["turn", at.dataset.turn] : ["sort", at.dataset.sort]);
  turned = by ? `#papers [data-${by[0]}="${by[1]}"]` : "";
});
export function stayOnTable() {
  const same = turned && document.querySelector(turned);
  const open = same && same.disabled ? document.querySelector("#papers .pager button:enabled") : same;
  const lost = document.activeElement === document.body || document.activeElement.disabled;
  if (open && lost) open.focus({ preventScroll: true });
}
