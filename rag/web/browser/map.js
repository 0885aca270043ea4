// The map: a paper's title beside the pointer; a topic of the list stands out among the points.
function tip(event) {
  let place = document.getElementById("map-tip");
  if (!place) {
    place = document.createElement("div");
    place.id = "map-tip";
    place.setAttribute("aria-hidden", "true");
    document.body.append(place);
  }
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
  const map = document.querySelector("svg.atlas");
  const topic = event.target.closest && event.target.closest(".topics > [data-topic]");
  if (!map) return;
  map.classList.toggle("pointed", !!topic);
  for (const group of map.querySelectorAll(".points")) {
    group.classList.toggle("on", !!topic && group.dataset.topic === topic.dataset.topic);
  }
}
document.addEventListener("pointermove", tip);
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, point);

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
