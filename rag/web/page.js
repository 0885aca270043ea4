// What the browser does by itself: jump to a cited sentence, copy, keep the address true.
(() => {
  "use strict";
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");

  function say(text) {
    let place = document.getElementById("said");
    if (!place) {
      place = document.createElement("p");
      place.id = "said";
      place.setAttribute("role", "status");
      document.body.append(place);
    }
    place.textContent = text;
    place.classList.add("shown");
    clearTimeout(say.timer);
    say.timer = setTimeout(() => place.classList.remove("shown"), 2500);
  }

  function jump(id) {
    const target = document.getElementById(id);
    if (!target) return;
    const folded = target.closest("details");
    if (folded) folded.open = true;
    document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
    target.classList.add("lit");
    const smooth = reduced.matches ? "auto" : "smooth";
    target.scrollIntoView({ block: "center", behavior: smooth });
    target.focus({ preventScroll: true });
  }

  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https and off this machine browsers hide the clipboard.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(done);
  }

  // Where the focus goes once what was pressed has been done; a touch screen keeps its keyboard down.
  const focusAfter = { "#ask, #stop, #new, #dialogue [data-do=edit], :is(#note, #scoped) [data-do], #dialogue .chip button": "#question textarea" };
  const atlasAfter = { "#map [data-do], #topics [data-do=option_select], #grounds [data-do], .review details [data-do]": "#place .card" };
  const shelfAfter = { "#papers [data-do=select], #paper [data-do]": "#paper .card, #paper .failure button" };
  function focusLater(pressed) {
    for (const [what, where] of Object.entries({ ...focusAfter, ...shelfAfter, ...atlasAfter })) {
      if (!pressed.closest(what)) continue;
      if (where.startsWith("#question") && !matchMedia("(pointer: fine)").matches) continue;
      setTimeout(() => {
        const found = [...document.querySelectorAll(where)].pop();
        if (found) found.focus();
      }, 350); // milliseconds, a little longer than a handler takes
    }
  }

  document.addEventListener("click", (event) => {
    focusLater(event.target);
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest('a[href^="#"]');
    if (link) {
      event.preventDefault();
      jump(decodeURIComponent(link.getAttribute("href").slice(1)));
      return;
    }
    const share = event.target.closest("a.share");
    if (share) {
      event.preventDefault();
      copy(new URL(share.getAttribute("href"), location.origin + location.pathname).href, "Link copied");
      return;
    }
    const copied = event.target.closest("[data-copy]");
    if (copied) copy(copied.dataset.copy, "Copied");
  });

  // The address names the open conversation, so that a reload opens it again.
  function follow() {
    const turns = document.querySelector("#dialogue [data-conversation]");
    if (!turns && !document.querySelector("#dialogue .welcome")) return; // not there yet
    const query = new URLSearchParams(location.search);
    if (query.has("answer") && (!turns || !turns.dataset.conversation)) return;
    const open = turns ? turns.dataset.conversation : "";
    if ((query.get("c") || "") === open && !query.has("answer")) return;
    query.delete("answer");
    query.delete("c");
    if (open) query.set("c", open);
    const text = query.toString();
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : ""));
  }

  let last = "";
  function reveal() {
    const now = document.querySelector("#live .turn");
    const turns = document.querySelectorAll("#dialogue .turn");
    const newest = now || turns[turns.length - 1];
    const id = now ? "now" + now.textContent.slice(0, 60) : newest ? newest.id : "";
    if (newest && id !== last && (now || last)) newest.scrollIntoView({ block: "nearest" });
    last = id;
  }

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
  function turnToReview() {
    const now = document.querySelector("#growing .streaming, #review .review");
    const key = now && now.dataset.key ? now.dataset.key + now.tagName : ""; // begun, then finished
    if (!key || key === reviewed) return;
    reviewed = key;
    const top = document.getElementById("reviewing").getBoundingClientRect().top;
    if (top < 0 || top > innerHeight / 2) document.getElementById("reviewing").scrollIntoView();
  }

  // What was pressed in the table is pressed again in the next one, from the keyboard too.
  let turned = "";
  document.addEventListener("click", (event) => {
    const at = event.target.closest("#papers :is(.pager, th) button");
    const by = at && (at.dataset.turn ? ["turn", at.dataset.turn] : ["sort", at.dataset.sort]);
    turned = by ? `#papers [data-${by[0]}="${by[1]}"]` : "";
  });
  function stayOnTable() {
    const same = turned && document.querySelector(turned);
    const open = same && same.disabled ? document.querySelector("#papers .pager button:enabled") : same;
    const lost = document.activeElement === document.body || document.activeElement.disabled;
    if (open && lost) open.focus({ preventScroll: true });
  }

  // What a place does when its content changes. Tabs are drawn when they are first turned to.
  let pressed = "";
  function press(records) {
    const file = records[0].target.closest("#file, #review-file");
    const link = file && file.querySelector("a[download]");
    if (!link || link.dataset.mark === pressed) return; // still the file before
    pressed = link.dataset.mark;
    link.click();
  }
  function talk() {
    follow();
    reveal();
  }
  const duties = { papers: stayOnTable, dialogue: talk, live: talk, file: press, "review-file": press, growing: turnToReview, review: turnToReview };
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
})();
