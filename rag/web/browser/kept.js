// What this browser keeps for itself. Gradio's BrowserState saves through the server, which is gone
// when a draft is needed most; where storage is forbidden, nothing is kept.
const OURS = "cited-rag:";

export function kept(name) {
  try {
    return localStorage.getItem(OURS + name) || "";
  } catch {
    return "";
  }
}

export function keep(name, value) {
  try {
    if (value) localStorage.setItem(OURS + name, value);
    else localStorage.removeItem(OURS + name);
  } catch {
    // full or forbidden
  }
}

export function allKept(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(OURS + prefix)).map((key) => key.slice(OURS.length));
  } catch {
    return [];
  }
}
