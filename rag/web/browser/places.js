// Where things are on the page, and how a handler of the server is called from here.
export const TABS = { chat: "c", "topics-tab": "t", check: "k", library: "l", "reading-tab": "r" }; // by what Gradio calls them

function tabs() {
  return [...document.querySelectorAll("#tabs [role=tab]")].filter((tab) => tab.offsetHeight > 1);
}

export function tabNow() {
  const open = document.querySelector("#tabs [role=tab][aria-selected=true]");
  return open ? open.dataset.tabId : "chat";
}

// Turn to a tab; again and again where Gradio is still drawing them, and deaf, unless another is wanted.
let wanted = "";
export function turnTo(id, focus = false, tries = 30) {
  wanted = id;
  const tab = tabs().find((one) => one.dataset.tabId === id);
  if (tab && tabNow() !== id) tab.click();
  setTimeout(() => {
    if (wanted !== id) return;
    if (tabNow() !== id && tries) turnTo(id, focus, tries - 1);
    else if (focus && tab) (tabs().find((one) => one.dataset.tabId === id) || tab).focus();
  }, 60); // milliseconds
}

export function nextTab(from, by) {
  const all = tabs();
  const at = all.indexOf(from);
  if (at < 0) return;
  const to = by === 0 ? 0 : by === Infinity ? all.length - 1 : (at + by + all.length) % all.length;
  turnTo(all[to].dataset.tabId, true);
}

// The box of the open tab, which is what one comes for.
export function box() {
  const boxes = { chat: "#question textarea", "topics-tab": "#topic textarea", check: "#to-check textarea", library: "#search :is(textarea, input)" };
  return document.querySelector(boxes[tabNow()] || ".tabitem :is(textarea, input)");
}

// Trigger one of Gradio's events of a place, as a button in it would; soon, where its tab is being drawn.
export function act(place, event, data = {}, tries = 20) {
  const inner = document.querySelector(`#${place} .html-container > *`);
  if (!inner) {
    if (tries) setTimeout(() => act(place, event, data, tries - 1), 100); // milliseconds
    return;
  }
  const button = document.createElement("button");
  button.hidden = true;
  Object.assign(button.dataset, { do: event, ...data });
  inner.append(button);
  button.click();
  button.remove();
}

// Put a text into a box so that Gradio knows of it.
export function fill(box, text) {
  if (!box || box.value === text) return;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
