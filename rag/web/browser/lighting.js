// From a number to the sentence it rests on.
const reduced = matchMedia("(prefers-reduced-motion: reduce)");

function jump(id) {
  const target = document.getElementById(id);
  if (!target) return;
  const folded = target.closest("details");
  if (folded) folded.open = true;
  document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
  target.classList.add("lit");
  target.scrollIntoView({ block: "center", behavior: reduced.matches ? "auto" : "smooth" });
  target.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  jump(decodeURIComponent(link.getAttribute("href").slice(1)));
});
