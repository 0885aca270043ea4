// The map: a paper's title beside the pointer; a topic of the list stands out among the points;
// zoom, by which more names find room.
const WIDE = 400, HIGH = 300; // units of all of it, as it is drawn
const CLOSEST = 16; // times
const view = { x: 0, y: 0, w: WIDE }; // what is shown of it, also when it is drawn anew
const map = () => document.querySelector("svg.atlas");

function tip(event) {
  let place = document.getElementById("map-tip");
  if (!place) {
    place = document.createElement("div");
    place.id = "map-tip";
    place.setAttribute("aria-hidden", "true");
  }
  const home = document.fullscreenElement || document.body; // nothing else is seen in full screen
  if (place.parentNode !== home) home.append(place);
  const over = event.pointerType === "mouse" && event.target.closest;
  const point = over ? event.target.closest(".atlas circle") : null;
  place.textContent = point ? point.dataset.title : "";
  if (!point) return;
  const left = Math.min(event.clientX + 12, innerWidth - place.offsetWidth - 8);
  place.style.left = Math.max(left, 8) + "px";
  const above = event.clientY - place.offsetHeight - 12;
  place.style.top = (above > 4 ? above : event.clientY + 16) + "px";
}
function point(event) {
  const topic = event.target.closest && event.target.closest(".topics > [data-topic]");
  if (!map()) return;
  map().classList.toggle("pointed", !!topic);
  for (const group of map().querySelectorAll(".points")) {
    group.classList.toggle("on", !!topic && group.dataset.topic === topic.dataset.topic);
  }
}
document.addEventListener("pointermove", tip);
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, point);

// Shows as many names as have room: all of one, else its number, the first ones before the others.
function name(svg) {
  const frame = svg.getBoundingClientRect(), taken = [];
  const free = (box) =>
    box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom &&
    taken.every((one) => box.left >= one.right + 2 || one.left >= box.right + 2 || box.top >= one.bottom || one.top >= box.bottom);
  for (const label of svg.querySelectorAll(".label")) {
    for (const shown of ["", "short", "off"]) {
      label.setAttribute("class", "label " + shown);
      const box = shown === "off" ? null : label.getBoundingClientRect();
      if (!box) break;
      if (free(box)) {
        taken.push(box);
        break;
      }
    }
  }
}
let waiting = 0;
function apply() {
  const svg = map();
  const wide = svg ? Math.min(svg.clientWidth, (svg.clientHeight * WIDE) / HIGH) : 0;
  if (!wide) return; // another tab is open
  view.w = Math.min(WIDE, Math.max(WIDE / CLOSEST, view.w));
  view.x = Math.min(WIDE - view.w, Math.max(0, view.x));
  view.y = Math.min(HIGH * (1 - view.w / WIDE), Math.max(0, view.y));
  svg.setAttribute("viewBox", [view.x, view.y, view.w, (view.w * HIGH) / WIDE].map((n) => +n.toFixed(2)).join(" "));
  svg.style.setProperty("--unit", view.w / wide); // so that letters keep their size
  svg.style.setProperty("--dot", Math.sqrt(view.w / wide)); // and points grow less than the map
  svg.classList.toggle("zoomed", view.w < WIDE);
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => name(svg));
}
function zoom(times, across = 0.5, down = 0.5) {
  const w = Math.min(WIDE, Math.max(WIDE / CLOSEST, view.w / times));
  view.x += (view.w - w) * across;
  view.y += (view.w - w) * down * (HIGH / WIDE);
  view.w = w;
  apply();
}
function move(across, down) {
  view.x += across * view.w;
  view.y += down * view.w * (HIGH / WIDE);
  apply();
}
function all() {
  Object.assign(view, { x: 0, y: 0, w: WIDE });
  apply();
}
function full(svg) {
  if (document.fullscreenElement) document.exitFullscreen();
  else svg.closest(".chart").requestFullscreen();
}
const pressed = { in: () => zoom(1.5), out: () => zoom(1 / 1.5), all, full: () => full(map()) };
const keys = {
  "+": pressed.in, "=": pressed.in, "-": pressed.out, 0: all,
  ArrowLeft: () => move(-0.2, 0), ArrowRight: () => move(0.2, 0),
  ArrowUp: () => move(0, -0.2), ArrowDown: () => move(0, 0.2),
};
document.addEventListener("keydown", (event) => {
  const over = event.target.closest && event.target.closest("svg.atlas");
  const act = over && !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key];
  if (!act || (event.key.startsWith("Arrow") && view.w === WIDE)) return;
  event.preventDefault();
  act();
});
document.addEventListener("wheel", (event) => {
  const svg = event.target.closest && event.target.closest("svg.atlas");
  if (!svg || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const frame = svg.getBoundingClientRect();
  zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, (event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height);
}, { passive: false });

// What is zoomed is dragged; letting go presses no point.
let held = null;
document.addEventListener("pointerdown", (event) => {
  const svg = event.target.closest && event.target.closest("svg.atlas.zoomed");
  held = svg && event.button === 0 ? { svg, x: event.clientX, y: event.clientY, moved: false } : null;
});
document.addEventListener("pointermove", (event) => {
  if (!held || !event.buttons) return;
  const across = event.clientX - held.x, down = event.clientY - held.y;
  if (!held.moved && Math.hypot(across, down) < 4) return;
  const frame = held.svg.getBoundingClientRect();
  Object.assign(held, { moved: true, x: event.clientX, y: event.clientY });
  move(-across / frame.width, -down / frame.height);
});
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => setTimeout(() => { held = null; })); // after the click
}
document.addEventListener("click", (event) => {
  const dragged = held && held.moved;
  held = null;
  if (dragged) {
    event.stopPropagation();
    event.preventDefault();
    return;
  }
  const button = event.target.closest("[data-zoom]");
  if (button) pressed[button.dataset.zoom]();
  else if (document.fullscreenElement && event.target.closest(".atlas circle")) document.exitFullscreen(); // to the paper
}, true);
document.addEventListener("fullscreenchange", () => {
  const button = document.querySelector("[data-zoom=full]");
  if (button) button.textContent = document.fullscreenElement ? "Leave full screen" : "Full screen";
  apply();
});

const sized = new ResizeObserver(apply);
let asked = null; // the button that found topics anew: another one is there afterwards
document.addEventListener("click", (event) => { asked = event.target.closest("#topics [data-do=retry]") || asked; });
export function draw() {
  const svg = map();
  sized.disconnect();
  if (!svg) return;
  sized.observe(svg);
  apply();
}
export function stayOnList() {
  const button = document.querySelector("#topics [data-do=retry]");
  if (!asked || !button || button === asked) return;
  asked = null;
  if (document.activeElement === document.body) button.focus({ preventScroll: true });
}

// On a narrow page the review begins below the map: go there when it does.
let reviewed = "";
export function turnToReview() {
  const now = document.querySelector("#growing .streaming, #review .review");
  const key = now && now.dataset.key ? now.dataset.key + now.tagName : ""; // begun, then finished
  if (!key || key === reviewed) return;
  reviewed = key;
  const top = document.getElementById("reviewing").getBoundingClientRect().top;
  if (top < 0 || top > innerHeight / 2) document.getElementById("reviewing").scrollIntoView();
}
