// Who words the answers: a language model that runs on this machine, that of the settings, or none. It is looked for
// when the page opens and when its window gets the focus again, and it is used once somebody says so.
(() => {
  "use strict";
  const { $, ask, el, say } = window.dateline;
  const EVERY_MS = 10_000; // at most: looking asks other programs of this machine
  let looked = -EVERY_MS;
  let shown = "";

  // --- what it says -------------------------------------------------------------------------------------------------

  const named = (model) => (model.name ? el("b", { class: "dl-model-name", text: model.name }) : "a language model");
  const words = (...parts) => el("span", { class: "dl-model-words" }, ...parts);
  const row = (...parts) => el("div", { class: "dl-model", role: "group", "aria-label": "Who words the answers" }, ...parts);
  const USE = "Let it word the answers";

  // What can be chosen: each with the words for it in a list, and what the server is sent.
  function choices({ configured, offers }) {
    const own = configured && { model: configured, told: `${configured.name || "The one of the settings"} ${configured.place}${configured.is_local ? "" : " (quotes are sent there)"}`, wish: { use: "configured" } };
    const found = offers.map((o) => ({ model: o, told: `${o.name} (${o.where})`, wish: { use: "offer", address: o.address, model: o.model } }));
    return own ? [own, ...found] : found;
  }

  function made(told) {
    const { current, may, configured } = told;
    if (current) {
      const where = current.is_local ? ` ${current.place}.` : ` ${current.place}: quotes from the articles are sent there.`;
      return row(words("Answers are worded by ", named(current), where), may && button("Answer without it", () => ({ use: "none" })));
    }
    const all = may ? choices(told) : [];
    if (!all.length) return null;
    if (all.length > 1) {
      const list = el("select", { class: "dl-model-choice", "aria-label": "Language model" }, ...all.map((c, n) => el("option", { value: String(n), text: c.told })));
      return row(words("A language model can word the answers:"), list, button(USE, () => all[Number(list.value)].wish));
    }
    const [{ model, wish }] = all;
    const there = configured
      ? [` ${model.place} can word the answers${model.is_local ? "." : "; quotes from the articles would be sent there."}`]
      : [` is running on this machine (${model.where}).`];
    return row(words(model.name ? named(model) : "A language model", ...there), button(USE, () => wish));
  }

  function show(told) {
    const place = $("#model");
    const whole = JSON.stringify(told);
    if (!place || whole === shown) return; // a list that somebody is choosing from stays
    shown = whole;
    const line = made(told);
    place.replaceChildren(...(line ? [line] : []));
  }

  // --- what it does -------------------------------------------------------------------------------------------------

  function button(text, wish) {
    return el("button", { type: "button", class: "dl-model-does", text, onclick: (event) => choose(event.currentTarget, wish()) });
  }

  async function choose(pressed, wish) {
    const words = pressed.textContent;
    pressed.disabled = true;
    pressed.textContent = "One moment …"; // the first time packages are loaded, which takes seconds
    try {
      show(await (await ask("/page/model", { method: "POST", json: wish })).json());
      ($("#model button") || $("#question textarea"))?.focus();
    } catch (error) {
      say(error.message);
      pressed.textContent = words;
      pressed.disabled = false;
      pressed.focus();
    }
  }

  async function look() {
    if (performance.now() - looked < EVERY_MS) return;
    looked = performance.now();
    try {
      show(await (await ask("/page/model")).json());
    } catch {
      // What is shown stays: whether it still holds is seen at the next question.
    }
  }

  window.addEventListener("focus", look);

  // The page builds its parts after this is loaded.
  function start(tries = 100) {
    if ($("#model")) look();
    else if (tries) setTimeout(start, 100, tries - 1);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start());
  else start();
})();
