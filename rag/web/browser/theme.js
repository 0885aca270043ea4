// Light, dark, or as the system has it. Gradio follows the system by itself, and ?__theme=.
import { keep, kept } from "./kept.js";

const system = matchMedia("(prefers-color-scheme: dark)");
let named = kept("theme") || new URLSearchParams(location.search).get("__theme") || "";

function apply() {
  const dark = named === "dark" || (named !== "light" && system.matches);
  if (document.body.classList.contains("dark") !== dark) document.body.classList.toggle("dark", dark);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
}

export function showTheme() {
  const box = document.getElementById("theme");
  if (box && box.value !== named && [...box.options].some((one) => one.value === named)) box.value = named;
  apply();
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "theme") return;
  named = event.target.value;
  keep("theme", named);
  apply();
});
system.addEventListener("change", apply);
new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
apply();
