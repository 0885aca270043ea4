// From a number to the sentence it rests on, and back; and a card that shows the sentence at once.
import { onEscape } from "./keys.js";

const reduced = matchMedia("(prefers-reduced-motion: reduce)");
let came = null; // the link that led to what is lit

export function jump(id, { step = true, from = null } = {}) {
  const target = document.getElementById(id);
  if (!target) return;
  document.dispatchEvent(new CustomEvent("lighting", { detail: { target, from } }));
  for (let folded = target.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
  target.classList.add("lit");
  if (from) came = from;
  // The sentence has an address; from one to the next it is replaced, so that Back leads to the text.
  if (step && from && target.matches("mark, .card")) {
    const address = location.pathname + location.search + "#" + encodeURIComponent(id);
    if (history.state && history.state.lit) history.replaceState(history.state, "", address);
    else history.pushState({ lit: true }, "", address);
    offerBack(target);
  }
  target.scrollIntoView({ block: "center", behavior: reduced.matches ? "auto" : "smooth" });
  target.focus({ preventScroll: true });
}

function offerBack(target) {
  document.querySelectorAll(".way-back").forEach((one) => one.remove());
  const card = target.closest(".card");
  if (!card || !came) return;
  const back = document.createElement("button");
  back.type = "button";
  back.className = "way-back";
  back.textContent = "↩ Back to the text";
  back.addEventListener("click", goBack);
  card.insertBefore(back, card.querySelector(".abstract, ul") || null);
}

// Put out the light; ``home`` also goes back to the number that it came from.
export function unlight(home = false) {
  const lit = document.querySelector("mark.lit, .card.lit");
  document.querySelectorAll(".way-back").forEach((one) => one.remove());
  if (!lit) return false;
  lit.classList.remove("lit");
  if (!came || !came.isConnected) came = document.querySelector(`a.cite[href="#${CSS.escape(lit.id)}"]`); // loaded like this
  if (home && came) {
    came.scrollIntoView({ block: "nearest", behavior: "auto" });
    came.focus({ preventScroll: true });
  }
  return true;
}
function goBack() {
  if (history.state && history.state.lit) history.back(); // popstate does the rest
  else {
    unlight(true);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return true;
}
onEscape(() => Boolean(document.querySelector("mark.lit, .card.lit")) && goBack());

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest('a[href^="#"]:not([data-skip])');
  if (!link) return;
  event.preventDefault();
  hide();
  jump(decodeURIComponent(link.getAttribute("href").slice(1)), { from: link });
});

// The card on a number. What it says is on the page already: the sentence, its paper, who and when.
let shown = null;
function hide() {
  const card = document.getElementById("peek");
  if (card) card.remove();
  if (shown) shown.removeAttribute("aria-describedby");
  const had = Boolean(shown);
  shown = null;
  return had;
}
function part(kind, text) {
  const line = document.createElement("p");
  line.className = kind;
  line.textContent = text;
  return line;
}
function show(link) {
  if (shown === link) return;
  hide();
  const target = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
  const paper = target && target.closest(".card");
  if (!paper) return;
  const card = document.createElement("div");
  card.id = "peek";
  card.setAttribute("role", "tooltip");
  const title = paper.querySelector(".title");
  card.append(part("peek-title", title ? title.textContent : ""));
  const by = paper.querySelector(".meta .by");
  if (by && by.textContent) card.append(part("peek-by", by.textContent));
  if (target.matches("mark") && !target.closest(".title")) card.append(part("peek-said", `“${target.textContent}”`));
  document.body.append(card);
  const at = link.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left - 20), innerWidth - card.offsetWidth - 8);
  const below = at.bottom + 6 + card.offsetHeight < innerHeight;
  card.style.left = `${left}px`;
  card.style.top = `${Math.max(4, below ? at.bottom + 6 : at.top - card.offsetHeight - 6)}px`;
  link.setAttribute("aria-describedby", "peek");
  shown = link;
}
const numberAt = (event) => event.target.closest && event.target.closest('a.cite[href^="#"]');
document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  const link = numberAt(event);
  if (link) show(link);
  else if (!event.target.closest("#peek")) hide();
});
document.addEventListener("focusin", (event) => {
  const link = numberAt(event);
  if (link && link.matches(":focus-visible")) show(link);
  else hide();
});
addEventListener("scroll", hide, { passive: true, capture: true });
onEscape(() => hide(), true);
