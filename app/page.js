// Markers in the chat open their article in the source pane. Links look like #c-<turn>-<number>
// (c cited, h retrieved, p nearest, t counted); the pane's own script hands its trigger to `attachPane`, the chat's in `attachLog`.
window.dateline = (() => {
  "use strict";
  const REFERENCE = /^#([chpt]-\d+-\d+)$/;
  const KEPT = "dateline-conversation";
  let pane = null;
  let log = null;
  let openPane = null;
  let askExample = null;
  let opened = null;

  const link = (key) => document.querySelector(`#conversation a[href="#${key}"]`);

  function open(key) {
    opened = key;
    point();
    const source = pane && pane.querySelector(".dl-source");
    if (source && source.dataset.key === key) settle();
    else if (openPane) openPane({ key, conversation: conversation() });
  }

  function point() {
    for (const a of log.querySelectorAll("a[href]")) {
      if (a.getAttribute("href") === `#${opened}`) a.setAttribute("aria-current", "true");
      else a.removeAttribute("aria-current");
    }
  }

  function settle() {
    const mark = pane.querySelector("mark.cited, mark.near");
    const target = mark || pane.querySelector(".dl-source");
    if (!target || !opened) return;
    target.scrollIntoView({ block: mark ? "center" : "start" });
    if (!mark) target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
  }

  function back() {
    const origin = opened && link(opened);
    if (!origin) return;
    origin.scrollIntoView({ block: "center" });
    origin.focus({ preventScroll: true });
  }

  function step(by) {
    const parts = opened && opened.split("-");
    if (!parts) return;
    const key = `${parts[0]}-${parts[1]}-${Number(parts[2]) + by}`;
    if (link(key)) open(key);
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const a = target && target.closest("#conversation a[href]");
    const found = a && REFERENCE.exec(a.getAttribute("href"));
    if (found) {
      event.preventDefault();
      open(found[1]);
    } else if (target && target.closest(".dl-back")) back();
    else if (target && target.closest(".dl-example") && askExample) askExample({ question: target.textContent });
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "Escape") back();
  });

  function attachPane(element, trigger, watch) {
    pane = element;
    openPane = trigger;
    watch("value", settle);
  }

  // As an answer grows, its question stays in sight; on a narrow page a new one also brings the chat back.
  function attachLog(element, trigger, watch) {
    log = element;
    askExample = trigger;
    let shown = 0;
    watch("value", () => {
      const turns = log.querySelectorAll(".dl-turn");
      const last = turns[turns.length - 1];
      const frame = log.closest("#conversation");
      if (turns.length > shown) frame.scrollIntoView({ block: "nearest" });
      shown = turns.length;
      if (last) frame.scrollTop += last.getBoundingClientRect().top - frame.getBoundingClientRect().top;
      point();
    });
  }

  // A reload of the tab finds its conversation again by this random key; another tab has another.
  function conversation() {
    return sessionStorage.getItem(KEPT) || renew();
  }

  function renew() {
    opened = null;
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem(KEPT, key);
    return key;
  }

  return { attachPane, attachLog, conversation, renew };
})();
