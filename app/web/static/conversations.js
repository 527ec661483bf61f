// The conversations that are kept, and what is done with an answer: copied, shared, exported, judged.
(() => {
  "use strict";
  const d = window.dateline;
  const { $, $$, el } = d;
  const LIST = "/page/conversations";
  const here = () => `${LIST}/${d.conversation()}`;
  const at = (turn) => `${here()}/turns/${turn}`;
  const json = async (path, options) => (await d.ask(path, options)).json();

  const button = (words, does, attributes = {}) => {
    const made = el("button", { type: "button", class: "dl-tool", ...attributes }, words);
    made.addEventListener("click", does);
    return made;
  };

  // A dialog over the page; `fill(body, tell)` makes what is in it, anew each time. Keys pressed in it are its own.
  function dialog(kind, title) {
    const body = el("div", { class: "dl-dialog-body" });
    const told = el("p", { class: "dl-dialog-told", role: "status" });
    const close = el("button", { type: "button", class: "dl-dialog-close", "aria-label": "Close" }, "✕");
    const head = el("header", {}, el("h2", {}, title), close);
    const box = el("dialog", { class: `dl-dialog ${kind}`, "aria-label": title }, el("div", {}, head, body, told));
    close.addEventListener("click", () => box.close());
    box.addEventListener("keydown", (event) => event.stopPropagation());
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    const tell = (words) => { told.textContent = words; };
    function open(...children) {
      if (!box.isConnected) document.body.append(box);
      tell("");
      body.replaceChildren(...children);
      if (!box.open) box.showModal();
      ($("[autofocus], input, textarea, .dl-dialog-body button, .dl-dialog-body a", body) || close).focus();
    }
    return { box, body, tell, open, close: () => box.close() };
  }

  // Does what may fail, and says so where the user looks.
  const trying = (tell, does) => async (...given) => {
    try {
      return await does(...given);
    } catch (error) {
      tell(error.message);
    }
  };

  // --- the list -----------------------------------------------------------------------------------------------------

  const drawer = dialog("dl-drawer", "Conversations");
  const search = el("input", { type: "search", "aria-label": "Search in conversations", placeholder: "Search in questions and answers", autocomplete: "off" });
  const list = el("ul", { class: "dl-kept-list" });
  const note = el("p", { class: "dl-kept-note" });
  let latest = 0;
  let sought = null; // the question to scroll to once its conversation is shown

  const when = (iso) => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
  const counted = (n) => `${n} question${n === 1 ? "" : "s"}`;

  const refresh = trying(drawer.tell, async () => {
    const mine = ++latest;
    const words = search.value.trim();
    const found = await json(`${LIST}?search=${encodeURIComponent(words)}`);
    if (mine !== latest) return;
    list.replaceChildren(...found.map(row));
    note.textContent = found.length ? "" : words
      ? "No conversation holds all of these words."
      : "Nothing is kept yet. Ask a question: its answer is kept here with every quotation, also when Dateline is closed and started again. Only you see your conversations.";
  });

  function row(kept) {
    const item = el("li", { class: "dl-kept", "data-id": kept.id });
    const about = el("span", { class: "dl-kept-about" }, `${when(kept.changed)} · ${counted(kept.questions)}`);
    const found = kept.found && kept.found !== kept.title ? el("span", { class: "dl-kept-about" }, `In: ${kept.found}`) : null;
    const open = el(
      "button", { type: "button", class: "dl-kept-open", "aria-current": kept.id === d.conversation() ? "true" : null },
      el("span", { class: "dl-kept-title" }, kept.title), about, found,
    );
    open.addEventListener("click", () => turnTo(kept));
    item.append(
      open,
      button("Rename", () => rename(item, kept), { "aria-label": `Rename: ${kept.title}` }),
      button("Delete", () => remove(item, kept), { "aria-label": `Delete: ${kept.title}` }),
    );
    return item;
  }

  function turnTo(kept) {
    drawer.close();
    sought = kept.found;
    if (kept.id !== d.conversation()) d.turnTo(kept.id);
    else seek();
  }

  // After a search: to the question that was found.
  function seek() {
    const start = sought && sought.replace(/ …$/, "");
    const found = start && $$("#conversation .dl-turn").find((turn) => $(".dl-question", turn).textContent.startsWith(start));
    if (!found) return;
    sought = null;
    setTimeout(() => found.scrollIntoView({ block: "start" }), 50);
  }

  function rename(item, kept) {
    const input = el("input", { type: "text", "aria-label": "Name of the conversation", maxlength: 200, autocomplete: "off" });
    input.value = kept.title;
    const form = el("form", { class: "dl-kept-form" }, input, el("button", { type: "submit", class: "dl-tool" }, "Save"));
    const back = () => {
      const again = row(kept);
      item.replaceWith(again);
      $(".dl-kept-open", again).focus();
    };
    form.append(button("Cancel", back));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // the list stays open
      back();
    });
    form.addEventListener("submit", trying(drawer.tell, async (event) => {
      event.preventDefault();
      const named = await json(`${LIST}/${kept.id}`, { method: "PATCH", json: { title: input.value } });
      kept = { ...kept, title: named.title };
      back();
    }));
    item.replaceChildren(form);
    input.focus();
    input.select();
  }

  const remove = trying(drawer.tell, async (item, kept) => {
    const open = kept.id === d.conversation();
    const { undo } = await json(`${LIST}/${kept.id}`, { method: "DELETE" });
    if (open) d.turnTo(null);
    const again = button("Undo", trying(drawer.tell, async () => {
      const { id } = await json(`${LIST}/undo`, { method: "POST", json: { undo } });
      if (open) d.turnTo(id);
      await refresh();
      $(`[data-id="${id}"] .dl-kept-open`, list)?.focus();
    }));
    item.classList.add("dl-kept-gone");
    item.replaceChildren(el("span", { role: "status" }, `Deleted: ${kept.title}`), again);
    again.focus();
  });

  search.addEventListener("input", () => {
    clearTimeout(search.timer);
    search.timer = setTimeout(refresh, 150);
  });

  // Up and down go through the list.
  drawer.body.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.target.closest("form")) return;
    const stops = [search, ...$$(".dl-kept-open", list)];
    const now = stops.indexOf(event.target.closest(".dl-kept")?.querySelector(".dl-kept-open") || event.target);
    const next = stops[Math.min(stops.length - 1, Math.max(0, now + by))];
    event.preventDefault();
    next.focus();
  });

  d.on("conversations", () => {
    search.value = "";
    drawer.open(search, list, note);
    refresh();
  });

  // --- with an answer -----------------------------------------------------------------------------------------------

  const number = (element) => Number(element.dataset.turn);

  d.on("turn-copy", trying(d.say, async (tool) => {
    const text = await (await d.ask(`${at(number(tool))}/text`)).text();
    await d.copy(text, "Copied, with its footnotes.");
  }));

  const exporting = dialog("dl-exporting", "Export");

  d.on("turn-export", (tool) => {
    const links = (title, query) => el("p", { class: "dl-export" }, el("b", {}, title), ...[["md", "Markdown"], ["html", "HTML"], ["json", "JSON"]].map(
      ([form, words]) => el("a", { class: "dl-tool", href: `${here()}/export?form=${form}${query}`, download: true, "aria-label": `${title} as ${words}` }, words),
    ));
    exporting.open(
      el("p", {}, "Footnotes are numbered once over all of it, and hold each quotation in full with where it stands."),
      links("This answer", `&turn=${number(tool)}`), links("The whole conversation", ""),
    );
  });

  const sharing = dialog("dl-sharing", "Share link");

  d.on("turn-share", (tool) => {
    const turn = number(tool);
    const show = trying(sharing.tell, async () => {
      const { path } = await json(`${at(turn)}/share`, { method: "POST", json: {} });
      const address = new URL(path, window.location.href).href;
      const field = el("input", { type: "text", readonly: true, "aria-label": "The link", autofocus: true });
      field.value = address;
      const withdraw = trying(sharing.tell, async () => {
        await d.ask(`${at(turn)}/share`, { method: "DELETE" });
        mark();
        sharing.open(el("p", {}, "Withdrawn. The link leads nowhere now."));
      });
      sharing.open(
        el("p", {}, "This page shows the answer as it is now, each quotation in full, and the article around it."), field,
        el("p", { class: "dl-dialog-row" }, button("Copy the link", async () => {
          field.select();
          await copyHere(field.value);
          sharing.tell("Copied.");
        }), el("a", { class: "dl-tool", href: address, target: "_blank", rel: "noopener" }, "Open"), button("Withdraw", withdraw)),
      );
      field.select();
      mark();
    });
    if (marks.shared.includes(turn)) return void show();
    sharing.open(
      el("p", {}, "Whoever has the link and can reach this Dateline can read this one answer: the question, the quotations and the articles around them. Nothing else of the conversation. You can withdraw it."),
      el("p", { class: "dl-dialog-row" }, button("Make the link", show, { autofocus: true }), button("Cancel", sharing.close)),
    );
  });

  // What lies outside a dialog cannot be selected while it is open, so a copy without a clipboard is made in it.
  async function copyHere(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      document.execCommand("copy");
    }
  }

  // --- judging ------------------------------------------------------------------------------------------------------

  const REASONS = [
    ["evidence", "Wrong evidence"], ["answer", "Wrong answer"],
    ["unanswerable", "It should have said that the articles do not say"],
    ["missed", "The answer is in the articles and was not found"], ["other", "Something else"],
  ];
  let marks = { judged: {}, shared: [] };
  let marked = null; // whose marks they are
  const cases = new Map(); // turn of a conversation to what was said of its gold case

  // Reads what was judged and shared, and shows it.
  async function mark() {
    const conversation = d.conversation();
    try {
      marks = await json(`${here()}/marks`);
      marked = conversation;
    } catch {
      return; // the page is still of use without it
    }
    if (conversation === d.conversation()) show();
  }

  function show() {
    const own = marked === d.conversation() ? marks : { judged: {}, shared: [] };
    for (const tools of $$("#conversation .dl-tools")) {
      const turn = number($("[data-turn]", tools));
      const judged = own.judged[turn];
      $("[data-do=turn-helpful]", tools)?.setAttribute("aria-pressed", String(judged?.helpful === true));
      $("[data-do=turn-unhelpful]", tools)?.setAttribute("aria-pressed", String(judged?.helpful === false));
      const share = $("[data-do=turn-share]", tools);
      if (share) share.textContent = own.shared.includes(turn) ? "Shared" : "Share link";
      tell(tools.nextElementSibling, turn, judged);
    }
  }

  // The line below the tools: how it was judged, and what can be made of that.
  function tell(line, turn, judged) {
    if (!line || !line.classList.contains("dl-judged")) return;
    const made = cases.get(`${d.conversation()}-${turn}`);
    const reason = judged && !judged.helpful ? REASONS.find(([name]) => name === judged.reason)?.[1] : null;
    const words = judged ? (judged.helpful ? "You found this helpful." : `Not helpful: ${(judged.words || reason || "").trim()}.`.replace("..", ".")) : "";
    const key = `${words}|${made || ""}`;
    if (line.dataset.told === key) return;
    line.dataset.told = key;
    const gold = judged && !made ? el("button", { type: "button", class: "dl-tool", "data-do": "turn-gold", "data-turn": turn }, "Make it a gold case") : null;
    line.replaceChildren(...[words && el("span", {}, words), gold, made && el("span", {}, made)].filter(Boolean));
  }

  async function judge(turn, judgement) {
    await d.ask(`${at(turn)}/judgement`, { method: "POST", json: judgement });
    cases.delete(`${d.conversation()}-${turn}`);
    await mark();
  }

  d.on("turn-helpful", trying(d.say, (tool) => judge(number(tool), { helpful: true })));

  const judging = dialog("dl-judging", "What is wrong with this answer?");

  d.on("turn-unhelpful", (tool) => {
    const turn = number(tool);
    const before = marks.judged[turn];
    const choices = REASONS.map(([name, words], n) => el(
      "label", {}, el("input", { type: "radio", name: "reason", value: name, checked: before && !before.helpful ? before.reason === name : n === 0, autofocus: n === 0 }), words,
    ));
    const words = el("textarea", { rows: 2, "aria-label": "In your own words", placeholder: "In your own words (may stay empty)" });
    words.value = before && !before.helpful ? before.words : "";
    const form = el(
      "form", { class: "dl-form" }, el("fieldset", {}, el("legend", {}, "The reason"), ...choices), words,
      el("p", { class: "dl-dialog-row" }, el("button", { type: "submit", class: "dl-tool" }, "Save"), button("Cancel", judging.close)),
    );
    form.addEventListener("submit", trying(judging.tell, async (event) => {
      event.preventDefault();
      await judge(turn, { helpful: false, reason: new FormData(form).get("reason"), words: words.value });
      judging.close();
      $(`#conversation [data-do=turn-gold][data-turn="${turn}"]`)?.focus();
    }));
    judging.open(form);
  });

  // --- gold cases ---------------------------------------------------------------------------------------------------

  async function gold(turn, wished) {
    const { file } = await json(`${at(turn)}/gold`, { method: "POST", json: wished });
    cases.set(`${d.conversation()}-${turn}`, `A gold case, in ${file} beside the index.`);
    show();
  }

  const golden = dialog("dl-golden", "What is the right answer?");

  d.on("turn-gold", trying(d.say, async (tool) => {
    const turn = number(tool);
    const judged = marks.judged[turn];
    if (judged?.helpful) return gold(turn, { expect: "as-answered" });
    if (judged?.reason === "unanswerable") return gold(turn, { expect: "decline" });
    const offered = await json(`${at(turn)}/gold`);
    const answer = el("textarea", { rows: 2, "aria-label": "The right answer", placeholder: "A few words that have to stand in the answer; another wording on a line of its own", autofocus: true });
    if (judged?.reason === "evidence") answer.value = offered.answers.join("\n");
    const passages = offered.passages.map((passage, n) => el(
      "label", {}, el("input", { type: "radio", name: "passage", value: n }), el("span", {}, el("b", {}, passage.headline), ` ${passage.excerpt}`),
    ));
    const other = el("label", {}, el("input", { type: "radio", name: "passage", value: "other", checked: !passages.length }), "Other words of an article, pasted below");
    const pasted = el("textarea", { rows: 2, "aria-label": "Words of an article that answer", placeholder: "Words of an article that answer, as they stand there" });
    const chosen = $("input", other);
    pasted.addEventListener("input", () => { chosen.checked = true; });
    const form = el(
      "form", { class: "dl-form" }, answer,
      el("fieldset", {}, el("legend", {}, "Where the articles say it"), ...passages, other, pasted),
      el("p", { class: "dl-dialog-row" }, el("button", { type: "submit", class: "dl-tool" }, "Make the case"),
        button("The articles do not say", trying(golden.tell, async () => { await gold(turn, { expect: "decline" }); golden.close(); })),
        button("Cancel", golden.close)),
    );
    form.addEventListener("submit", trying(golden.tell, async (event) => {
      event.preventDefault();
      const picked = new FormData(form).get("passage");
      const passage = picked === "other" ? { words: pasted.value } : offered.passages[Number(picked)];
      if (picked === null || !passage.words.trim()) return golden.tell("Choose the passage that answers, or paste its words.");
      const evidence = [{ words: passage.words, source: passage.source || null }];
      await gold(turn, { expect: "answer", answers: answer.value.split("\n"), evidence });
      golden.close();
    }));
    golden.open(form);
  }));

  // --- as the conversation changes ----------------------------------------------------------------------------------

  let settled = null;
  d.hear("turns", () => {
    show();
    seek();
    if ($("#conversation [aria-busy=true]")) return;
    clearTimeout(settled);
    settled = setTimeout(mark, 100);
  });
})();
