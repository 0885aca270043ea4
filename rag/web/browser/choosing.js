// Papers are chosen by ticks wherever they are shown, and asked about together.
import { act, turnTo } from "./places.js";
import { say } from "./saying.js";

const MOST = 200; // papers that a question can be asked of by name; as many as the server takes
const chosen = new Set(); // ids

function bar() {
  let place = document.getElementById("chosen-bar");
  if (!place) {
    place = document.createElement("div");
    place.id = "chosen-bar";
    place.setAttribute("role", "region");
    place.setAttribute("aria-label", "Chosen papers");
    place.innerHTML =
      '<span role="status"></span><button type="button" data-about-chosen>Ask about these</button>' +
      '<button type="button" data-choose-none>Choose none</button>';
    (document.querySelector("main") || document.body).append(place);
  }
  place.hidden = chosen.size === 0;
  place.firstChild.textContent = `${chosen.size} ${chosen.size === 1 ? "paper" : "papers"} chosen`;
}

export function showChosen() {
  for (const box of document.querySelectorAll("[data-tick]")) box.checked = chosen.has(box.dataset.tick);
}

function askOf(among) {
  turnTo("chat");
  act("scoped", "select", { among: JSON.stringify(among) });
  setTimeout(() => {
    const box = document.querySelector("#question textarea");
    if (box) box.focus();
  }, 350); // milliseconds, a little longer than a handler takes
}

document.addEventListener("change", (event) => {
  const box = event.target.closest && event.target.closest("[data-tick]");
  if (!box) return;
  if (box.checked && chosen.size >= MOST) {
    box.checked = false;
    say(`At most ${MOST} papers can be chosen; ask of a topic or a collection instead.`);
    return;
  }
  if (box.checked) chosen.add(box.dataset.tick);
  else chosen.delete(box.dataset.tick);
  showChosen();
  bar();
});

document.addEventListener("click", (event) => {
  const at = event.target.closest && event.target.closest("button");
  if (!at) return;
  if ("about" in at.dataset) askOf({ ids: [at.dataset.about] });
  else if ("aboutTopic" in at.dataset) askOf({ topic: at.dataset.aboutTopic });
  else if ("aboutChosen" in at.dataset) askOf({ ids: [...chosen] });
  else if ("chooseNone" in at.dataset) chosen.clear();
  else if ("similar" in at.dataset) {
    turnTo("library");
    act("papers", "option_select", { id: at.dataset.similar });
    return;
  } else return;
  if ("aboutChosen" in at.dataset) chosen.clear();
  showChosen();
  bar();
});
