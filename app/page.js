// Markers in the chat open their article in the source pane. Links look like #c-<turn>-<number>
// (c cited, h retrieved, p nearest, t counted); the pane's own script hands its trigger to `attachPane`, the chat's to
// `attachLog`. What has `data-change` asks turn number `data-turn` again, changed in that way, or saves its list.
window.dateline = (() => {
  "use strict";
  const REFERENCE = /^#([chpt]-\d+-\d+)$/;
  const KEPT = "dateline-conversation";
  let pane = null;
  let log = null;
  let tellPane = null;
  let tellLog = null;
  let opened = null;
  let changing = null; // the number of the turn that is being asked again, and whether a control of it had the focus

  const link = (key) => document.querySelector(`#conversation a[href="#${key}"]`);

  function open(key) {
    opened = key;
    point();
    const source = pane && pane.querySelector(".dl-source");
    if (source && source.dataset.key === key) settle();
    else if (tellPane) tellPane("submit", { key, conversation: conversation() });
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

  const turnAt = (number) => log.querySelectorAll(".dl-turn")[number - 1];

  function change(control, query) {
    const { change: what, turn } = control.dataset;
    if (!tellLog || control.closest(".dl-busy")) return;
    if (what !== "csv") changing = turn;
    tellLog(what === "csv" ? "download" : "edit", { change: what, turn, query, conversation: conversation() });
  }

  // Once the new answer is there: the numbers of the old one lead nowhere, and the keyboard is where it was.
  function changed() {
    const turn = changing && turnAt(changing);
    if (!turn || turn.classList.contains("dl-busy")) return;
    if (opened && opened.split("-")[1] === changing) {
      const source = pane.querySelector(".dl-source");
      if (source) delete source.dataset.key;
      opened = null;
    }
    changing = null;
    if (!document.activeElement || document.activeElement === document.body) {
      turn.querySelector(".dl-filters button, .dl-filters summary")?.focus({ preventScroll: true });
    }
  }

  function save(text) {
    if (!text) return;
    const a = document.createElement("a");
    // The mark tells spreadsheets that it is UTF-8.
    a.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
    a.download = "dateline-list.csv";
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target instanceof Element ? event.target.closest("#conversation form[data-change]") : null;
    if (!form) return;
    event.preventDefault();
    event.stopPropagation();
    change(form, form.querySelector("input").value);
  }, true);

  // What is to be edited can be typed over at once.
  document.addEventListener("toggle", (event) => {
    const input = event.target.matches("#conversation .dl-edit[open]") && event.target.querySelector("input");
    if (input) input.select();
  }, true);

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const a = target && target.closest("#conversation a[href]");
    const found = a && REFERENCE.exec(a.getAttribute("href"));
    if (found) {
      event.preventDefault();
      open(found[1]);
    } else if (target && target.closest(".dl-back")) back();
    else if (target && target.closest(".dl-example") && tellLog) tellLog("submit", { question: target.textContent });
    else if (target && target.closest("#conversation button[data-change]")) change(target.closest("button"), "");
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "Escape") back();
  });

  function attachPane(element, trigger, watch) {
    pane = element;
    tellPane = trigger;
    watch("value", settle);
  }

  // As an answer grows, its question stays in sight; on a narrow page a new one also brings the chat back. An answer
  // that is asked again takes the place of the old one, and the page stays where it is.
  function attachLog(element, trigger, watch) {
    log = element;
    tellLog = trigger;
    let shown = 0;
    watch("value", () => {
      const turns = log.querySelectorAll(".dl-turn");
      const last = turns[turns.length - 1];
      const frame = log.closest("#conversation");
      if (turns.length > shown) frame.scrollIntoView({ block: "nearest" });
      const stays = changing && turns.length === shown;
      shown = turns.length;
      changed();
      if (turns.length > 1 && !stays) frame.scrollTop += last.getBoundingClientRect().top - frame.getBoundingClientRect().top;
      point();
    });
  }

  // A reload of the tab finds its conversation again by this random key; another tab has another.
  function conversation() {
    return sessionStorage.getItem(KEPT) || renew();
  }

  function renew() {
    opened = null;
    changing = null;
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem(KEPT, key);
    return key;
  }

  return { attachPane, attachLog, conversation, renew, save };
})();
