// The address names the open conversation, so that a reload opens it again.
export function follow() {
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
