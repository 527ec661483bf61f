// The core of the page: what every other script of it builds on. It is loaded first.
//
// Links of an answer look like #c-<turn>-<number> (c cited, h retrieved, p nearest, t counted) and open their article in
// the source pane (reading.js). What has `data-do` does what a script registered under that name with `dateline.on`. What has
// `data-change` asks turn number `data-turn` again, changed in that way, or saves its list.
window.dateline = (() => {
  "use strict";
  const KEPT = "dateline-conversation";
  const DRAFT = "dateline-draft";
  const LOOK = "dateline-look";
  const doers = new Map();
  const views = new Map();
  const listeners = new Map();
  let log = null;
  let tellLog = null;
  let changing = null; // the number of the turn that is being asked again
  let scope = {};

  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- what other scripts use ---------------------------------------------------------------------------------------

  // `does(element, event)` is called when something with data-do="name" is clicked.
  const on = (name, does) => doers.set(name, does);

  // `listens(detail)` is called when `emit(name, detail)` is: "scope" (what questions are asked of changed), "turns" (the
  // conversation on the page changed), "conversation" (another one is open), "answered" (turn number `detail` was asked
  // again and has another answer), "view" (another view is shown), "ingested" (the archive holds other articles).
  function hear(name, listens) {
    if (!listeners.has(name)) listeners.set(name, []);
    listeners.get(name).push(listens);
  }
  function emit(name, detail) {
    for (const listens of listeners.get(name) || []) listens(detail);
  }

  // `attach(section)` is called once, when the view is first shown, with its empty section.
  const addView = (name, attach) => views.set(name, { attach, attached: false });

  // Words of an article, a file name or a question without what steers a terminal or turns the writing around.
  const STEERS = /\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
  const plain = (words) => String(words).replace(STEERS, "");

  // An element with attributes and children: words are plain text, "text" too, "on…" listens, and null is left out.
  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "text") made.textContent = plain(value ?? "");
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value != null) made.setAttribute(name, ["title", "aria-label", "data-tip"].includes(name) ? plain(value) : value);
    }
    made.append(...children.filter((c) => c != null && c !== "").map((c) => (c instanceof Node ? c : plain(c))));
    return made;
  }

  // Asks the server; an answer that is no success is an Error whose message is for the user.
  async function ask(path, { method = "GET", json, body, signal } = {}) {
    const headers = { "X-Dateline": "1" };
    if (json !== undefined) headers["Content-Type"] = "application/json";
    let reply;
    try {
      reply = await fetch(path, { method, headers, signal, body: json === undefined ? body : JSON.stringify(json) });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("Dateline does not answer. Is it still running?");
    }
    if (reply.ok) return reply;
    const told = await reply.json().catch(() => ({}));
    throw new Error(typeof told.detail === "string" ? told.detail : `Dateline could not do that (${reply.status}).`);
  }

  // Tells the user something in passing; it is read out too.
  function say(words) {
    let place = $("#dl-say");
    if (!place) {
      place = document.createElement("div");
      place.id = "dl-say";
      place.setAttribute("role", "status");
      document.body.append(place);
    }
    place.textContent = words;
    place.classList.add("dl-said");
    clearTimeout(say.timer);
    say.timer = setTimeout(() => place.classList.remove("dl-said"), 6000);
  }

  function save(text, name, type) {
    if (!text) return;
    const a = document.createElement("a");
    // The mark tells spreadsheets that it is UTF-8.
    a.href = URL.createObjectURL(new Blob(type === "text/csv" ? ["\ufeff", text] : [text], { type: `${type};charset=utf-8` }));
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  }

  async function copy(text, words = "Copied.") {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"); // no clipboard without https away from this machine
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(words);
  }

  // --- views --------------------------------------------------------------------------------------------------------

  function show(name) {
    document.body.dataset.view = name;
    for (const tab of $$(".dl-tab")) {
      const chosen = tab.dataset.view === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    const view = views.get(name);
    const section = $(`#view-${name}`);
    if (view && section && !view.attached) {
      view.attached = true;
      view.attach(section);
    }
    emit("view", name);
  }

  on("view", (tab) => show(tab.dataset.view));

  // --- asking -------------------------------------------------------------------------------------------------------

  const turnAt = (number) => $$(".dl-turn", log)[number - 1];

  function put(question) {
    show("chat");
    tellLog("submit", { question });
  }

  // Asks turn number `turn` again; `what` as app/conversation.py knows it, `words` what it needs besides.
  function again(turn, what, words = "") {
    if (!tellLog || turnAt(turn)?.classList.contains("dl-busy")) return;
    if (what !== "csv") changing = String(turn);
    tellLog(what === "csv" ? "download" : "edit", { change: what, turn: String(turn), query: words, conversation: conversation() });
  }

  on("retry", (button) => again(button.dataset.turn, "retry"));

  on("edit", (button) => {
    const heading = $(".dl-question", turnAt(button.dataset.turn));
    if (!heading || $("form", heading)) return;
    const asked = heading.textContent;
    const form = document.createElement("form");
    form.className = "dl-edit-form";
    form.innerHTML = '<textarea rows="2" aria-label="Your question"></textarea><button type="submit" class="dl-again">Ask</button><button type="button" class="dl-again">Cancel</button>';
    const input = $("textarea", form);
    input.value = asked;
    const close = () => { heading.textContent = asked; button.focus(); };
    $("button[type=button]", form).addEventListener("click", close);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        close();
      } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === input) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const words = input.value.trim();
      close();
      if (words) again(button.dataset.turn, "question", words);
    });
    heading.replaceChildren(form);
    input.focus();
    input.select();
  });

  // Once the new answer is there: the numbers of the old one lead nowhere, and the keyboard is where it was.
  function changed() {
    const turn = changing && turnAt(changing);
    if (!turn || turn.classList.contains("dl-busy")) return;
    emit("answered", changing);
    changing = null;
    if (!document.activeElement || document.activeElement === document.body) {
      $(".dl-filters button, .dl-filters summary", turn)?.focus({ preventScroll: true });
    }
  }

  // --- what the user does -------------------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const form = event.target instanceof Element ? event.target.closest("#conversation form[data-change]") : null;
    if (!form) return;
    event.preventDefault();
    event.stopPropagation();
    again(form.dataset.turn, form.dataset.change, $("input", form).value);
  }, true);

  // What is to be edited can be typed over at once.
  document.addEventListener("toggle", (event) => {
    const input = event.target.matches("#conversation .dl-edit[open]") && $("input", event.target);
    if (input) input.select();
  }, true);

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const does = target.closest("[data-do]");
    const changes = target.closest("#conversation button[data-change]");
    if (does && doers.has(does.dataset.do)) doers.get(does.dataset.do)(does, event);
    else if (target.closest(".dl-example") && tellLog) put(target.closest(".dl-example").textContent);
    else if (changes) again(changes.dataset.turn, changes.dataset.change);
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "?") $("#dl-help").showModal();
    else if (event.key === "/") {
      event.preventDefault();
      show("chat");
      box().focus();
    } else if (["ArrowLeft", "ArrowRight"].includes(event.key) && event.target.closest(".dl-tabs")) {
      const tabs = $$(".dl-tab");
      const next = tabs[(tabs.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1) + tabs.length) % tabs.length];
      show(next.dataset.view);
      next.focus();
    }
  });

  // --- the question that is being written ---------------------------------------------------------------------------

  const box = () => $("#question textarea");

  function write(words) {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box(), words);
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  // What is written survives a reload, and so does a question that was sent and did not arrive.
  let drafting = true; // until what was being written before a reload is back
  document.addEventListener("input", (event) => {
    if (event.target === box()) keepDraft();
  }, true);

  function keepDraft() {
    if (!drafting) sessionStorage.setItem(DRAFT, box()?.value || "");
  }

  // Gradio may set up the box later than the rest, and empties it then.
  function restoreDraft(ticks = 0) {
    const draft = sessionStorage.getItem(DRAFT) || "";
    if (box() && draft && !box().value) write(draft);
    drafting = Boolean(draft) && ticks < 20;
    if (drafting) setTimeout(restoreDraft, 50, ticks + 1);
  }

  // --- light and dark -----------------------------------------------------------------------------------------------

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const LOOKS = ["system", "light", "dark"];

  function paint() {
    const asked = new URLSearchParams(location.search).get("__theme"); // Gradio's own way to ask for one
    const wished = localStorage.getItem(LOOK) || (LOOKS.includes(asked) ? asked : "system");
    document.body.classList.toggle("dark", wished === "dark" || (wished === "system" && dark.matches));
    for (const button of $$("[data-do=look]")) {
      button.textContent = { system: "Light or dark: as the system", light: "Light", dark: "Dark" }[wished];
    }
  }

  on("look", () => {
    const now = localStorage.getItem(LOOK) || "system";
    localStorage.setItem(LOOK, LOOKS[(LOOKS.indexOf(now) + 1) % LOOKS.length]);
    paint();
  });
  dark.addEventListener("change", paint);

  // --- help ---------------------------------------------------------------------------------------------------------

  on("help", () => $("#dl-help").showModal());
  on("close", (button) => button.closest("dialog").close());

  // As an answer grows, its question stays in sight; on a narrow page a new one also brings the chat back. An answer
  // that is asked again takes the place of the old one, and the page stays where it is.
  function attachLog(element, trigger, watch) {
    log = element;
    tellLog = trigger;
    let shown = 0;
    paint();
    restoreDraft();
    show(document.body.dataset.view || "chat");
    watch("value", () => {
      const turns = $$(".dl-turn", log);
      const last = turns[turns.length - 1];
      const frame = log.closest("#conversation");
      if (turns.length > shown) frame.scrollIntoView({ block: "nearest" });
      if (turns.length > shown) keepDraft(); // the question arrived
      const stays = changing && turns.length === shown;
      shown = turns.length;
      document.body.classList.toggle("dl-asking", Boolean($("[aria-busy=true]", log)));
      changed();
      if (turns.length > 1 && !stays) frame.scrollTop += last.getBoundingClientRect().top - frame.getBoundingClientRect().top;
      emit("turns");
    });
  }

  // --- which conversation is open, and what is asked of it -----------------------------------------------------------

  // A reload of the tab finds its conversation again by this random key; another tab has another.
  function conversation() {
    return sessionStorage.getItem(KEPT) || renew();
  }

  function renew() {
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem(KEPT, key);
    return key;
  }

  // Opens another conversation; without an id a new one.
  function turnTo(id) {
    changing = null;
    if (id) sessionStorage.setItem(KEPT, id);
    else renew();
    show("chat");
    tellLog("select", { value: conversation() });
    emit("conversation", conversation());
    box()?.focus();
  }

  on("new", () => turnTo(null));

  // What questions are asked of: {sources: [...], from: "2020-01-01", to: "2020-12-31"}; all of it may be missing.
  function setScope(wished) {
    scope = wished;
    emit("scope", scope);
  }

  const sent = () => JSON.stringify({ conversation: conversation(), scope });

  return {
    $, $$, el, on, hear, emit, addView, ask, say, save, copy, show, put, again, turnTo, conversation, sent,
    setScope, get scope() { return scope; }, attachLog,
  };
})();
