import { say } from "./saying.js";

// Says so when the server is gone, and when it is back.
let gone = false;
async function ping() {
  let answers = false;
  try {
    answers = (await fetch("healthz", { cache: "no-store" })).ok;
  } catch {
    answers = false;
  }
  if (answers === !gone) return;
  gone = !answers;
  document.documentElement.classList.toggle("offline", gone);
  if (!gone) say("The server is back");
}
setInterval(() => {
  if (document.visibilityState === "visible") ping();
}, 5000);
