// The sources beside the dialogue are those of the answer in view, and only what it cites is lit.
let now = "";

// The line where one reads goes from the top to the bottom of the window as the dialogue is scrolled.
function inView() {
  const turns = [...document.querySelectorAll("#dialogue .turn[id]")];
  const place = document.getElementById("dialogue").getBoundingClientRect();
  const rest = place.height - innerHeight;
  const line = rest > 0 ? innerHeight * Math.min(1, Math.max(0, -place.top / rest)) : innerHeight;
  return turns.filter((turn) => turn.getBoundingClientRect().top <= line).pop() || turns[0];
}

function showOf(turn) {
  if (!turn) return;
  now = turn.id;
  const id = turn.id.replace("turn-", "");
  const mine = (names) => names.split(" ").includes(id);
  for (const part of document.querySelectorAll("#sources [data-turns]")) part.hidden = !mine(part.dataset.turns);
  for (const mark of document.querySelectorAll("#sources [data-cited]")) mark.classList.toggle("now", mine(mark.dataset.cited));
  const of = document.getElementById("sources-of");
  const asked = turn.querySelector(".asked");
  const several = document.querySelectorAll("#dialogue .turn[id]").length > 1;
  const text = several && asked ? asked.lastChild.textContent : "";
  if (of) of.textContent = text.length > 80 ? `${text.slice(0, 79)} …` : text;
}

let waiting = false;
let held = 0; // until then a jump has said whose sources are shown
function look() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    if (Date.now() < held || !document.querySelector("#sources [data-turns]")) return;
    const turn = inView();
    if (turn && turn.id !== now) showOf(turn);
  });
}
export function renew() {
  now = "";
  look();
}
addEventListener("scroll", look, { passive: true });
addEventListener("resize", look, { passive: true });
for (const kind of ["focusin", "pointerdown"]) {
  document.addEventListener(kind, (event) => {
    const turn = event.target.closest && event.target.closest("#dialogue .turn[id]");
    if (!turn) return;
    held = Date.now() + 1000; // milliseconds
    if (turn.id !== now) showOf(turn);
  });
}
document.addEventListener("lighting", (event) => {
  const { target, from } = event.detail;
  const turn = (from && from.closest("#dialogue .turn[id]")) || target.closest("#dialogue .turn[id]");
  held = Date.now() + 1500; // milliseconds, a smooth scroll and a little
  if (turn) showOf(turn);
  else if (target.closest("[hidden]")) {
    const part = target.closest("[data-turns]");
    showOf(document.getElementById("turn-" + part.dataset.turns.split(" ").pop()));
  }
});
