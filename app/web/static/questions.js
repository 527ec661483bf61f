// The Questions view: saved questions and what changed about them, and many questions at once.
//
// Fragments with answers come from the server with every word escaped; all else is set as text. An answer's links open
// their article in the source pane, which stands beside this view as long as an article is open.
(() => {
  "use strict";
  const { $, $$, el: h, on, hear, addView, ask, say, show, conversation } = window.dateline;
  const LINK = /^#([chpt]-\d+-\d+)$/;
  const STATES = { running: "running", stopped: "stopped", interrupted: "interrupted", done: "done" };
  let section = null;
  let opener = null; // the link whose article is open
  let timer = null;

  // --- small things -------------------------------------------------------------------------------------------------

  const button = (words, onclick, attributes = {}) => h("button", { type: "button", class: "dl-tool", onclick, ...attributes }, words);
  const many = (n, one, more = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : more}`;
  const json = async (path, options) => (await ask(path, options)).json();

  function when(iso) {
    const day = iso && new Date(iso);
    return day ? day.toLocaleString("en-GB", { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" }) : "";
  }

  // What goes wrong is told, and whoever asked goes on.
  const told = (does) => async (...given) => {
    try {
      return await does(...given);
    } catch (error) {
      say(error.message);
      return null;
    }
  };

  // A button that asks once more before it removes something.
  function removing(words, does) {
    const one = button(words, () => {
      if (one.dataset.sure) return does();
      one.dataset.sure = "1";
      one.textContent = "Really remove?";
      setTimeout(() => { delete one.dataset.sure; one.textContent = words; }, 5000);
      return null;
    });
    return one;
  }

  // The server's fragment of an answer, without what belongs to a conversation alone; its links open below `path`.
  function answer(html, path) {
    const shown = h("div", { class: "dl-q-answer", "data-source": path });
    shown.innerHTML = html;
    for (const tool of $$(".dl-tools, .dl-filters, [data-change]", shown)) tool.remove();
    return shown;
  }

  // --- the article beside the view ----------------------------------------------------------------------------------

  function openSource(link) {
    const key = LINK.exec(link.getAttribute("href"))[1];
    const path = link.closest("[data-source]").dataset.source;
    point(link);
    window.dateline.fill(`${path}?key=${key}`);
    beside(true);
  }

  function closeSource() {
    if (!opener) return;
    beside(false);
    const back = opener;
    point(null);
    if (back?.isConnected) back.focus();
  }

  function beside(open) {
    for (const part of $$("#panes, #questions")) part.classList.toggle("dl-q-beside", open);
  }

  function point(link) {
    opener?.removeAttribute("aria-current");
    opener = link;
    opener?.setAttribute("aria-current", "true");
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest("#view-questions [data-source] a[href]");
    if (link && LINK.test(link.getAttribute("href"))) {
      event.preventDefault();
      openSource(link);
    } else if (target?.closest("#pane .dl-back") && opener) setTimeout(closeSource);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.dataset.view === "questions" && !event.target.closest("input, textarea")) closeSource();
  });

  hear("view", (name) => {
    if (name !== "questions") {
      beside(false);
      point(null);
    }
    refreshSoon(0);
  });

  // --- the badge ----------------------------------------------------------------------------------------------------

  function badge(number) {
    const tab = $("#tab-questions");
    if (!tab) return;
    let mark = $(".dl-q-badge", tab);
    if (!mark) tab.append(" ", (mark = h("span", { class: "dl-q-badge" })));
    mark.hidden = !number;
    mark.textContent = String(number);
    mark.setAttribute("aria-label", `${number} changed`);
    mark.title = `${many(number, "saved question")} with another answer than before`;
  }

  async function countChanged() {
    if (document.hidden || !$("#tab-questions")) return;
    try {
      badge((await json("/page/saved/changed")).changed);
    } catch {
      // the server is away for a moment; the next look finds it
    }
  }

  setTimeout(countChanged, 1500);
  setInterval(countChanged, 20000);
  hear("ingested", () => setTimeout(countChanged, 10000));

  // --- saving from the chat -----------------------------------------------------------------------------------------

  on("save-question", told(async (tool) => {
    await json("/page/saved", { method: "POST", json: { conversation: conversation(), turn: Number(tool.dataset.turn) } });
    say("Saved. It is asked again when articles are added; the Questions view says what changed.");
    refreshSoon(0);
  }));

  // --- saved questions ----------------------------------------------------------------------------------------------

  const savedOpen = new Map(); // the details that are open, by question
  let savedShown = "";

  function savedForm() {
    const input = h("input", { type: "text", id: "dl-q-new", autocomplete: "off", maxlength: 4000, placeholder: "A question to keep an eye on" });
    const form = h("form", { class: "dl-q-form" }, h("label", { class: "dl-unseen", for: "dl-q-new" }, "Question to save"), input, h("button", { type: "submit", class: "dl-again" }, "Save"));
    form.addEventListener("submit", told(async (event) => {
      event.preventDefault();
      await json("/page/saved", { method: "POST", json: { question: input.value, scope: window.dateline.scope } });
      input.value = "";
      await listSaved();
    }));
    return form;
  }

  async function listSaved() {
    const { questions, changed } = await json("/page/saved");
    badge(changed);
    const same = JSON.stringify(questions);
    if (same !== savedShown && section) {
      savedShown = same;
      const focused = document.activeElement?.dataset?.focus;
      const list = $(".dl-q-saved-list", section);
      list.replaceChildren(...(questions.length ? questions.map(savedItem) : [savedNone()]));
      $(".dl-q-all", section).hidden = !questions.length;
      if (focused) $(`[data-focus="${focused}"]`, list)?.focus();
    }
    return questions.some((q) => q.waiting);
  }

  const savedNone = () => h("p", { class: "dl-q-none" }, "No question is saved yet. Write one above, or choose “Save question” below an answer.");

  function savedItem(q) {
    const path = `/page/saved/${q.id}`;
    const post = (what) => told(async () => { await json(`${path}/${what}`, { method: "POST" }); await listSaved(); refreshSoon(600); });
    const open = savedOpen.get(q.id);
    const about = [q.checked ? `Asked ${when(q.checked)}, index generation ${q.generation}` : "Not asked yet", q.scope, q.waiting ? (q.checked ? "about to be asked again" : "about to be asked") : ""];
    const item = h(
      "article", { class: `dl-q-item${q.unseen ? " dl-q-new" : ""}`, "data-id": q.id },
      h("h3", { class: "dl-q-question" }, q.question),
      short(q),
      q.changes.length ? h("ul", { class: "dl-q-changes", "aria-label": "What changed" }, ...q.changes.map((words) => h("li", {}, words))) : null,
      q.trouble ? h("p", { class: "dl-q-trouble" }, `It could not be asked: ${q.trouble}`) : null,
      h("p", { class: "dl-q-about" }, about.filter(Boolean).join(" · ")),
    );
    const place = h("div", { class: "dl-q-detail" });
    const words = q.versions > 1 ? "Compare" : "Show answer";
    const opening = button(open ? "Close" : words, told(async () => {
      if (savedOpen.has(q.id)) {
        savedOpen.delete(q.id);
        place.replaceChildren();
        opening.textContent = words;
      } else {
        await showSaved(q.id, 0, place);
        opening.textContent = "Close";
      }
      opening.setAttribute("aria-expanded", String(savedOpen.has(q.id)));
    }), { "aria-expanded": String(Boolean(open)), "data-focus": `open-${q.id}` });
    const tools = h("div", { class: "dl-q-tools" });
    if (q.versions) tools.append(opening);
    if (q.unseen) tools.append(button("Mark as seen", post("seen"), { "data-focus": `open-${q.id}` }));
    tools.append(button("Ask again now", post("run"), { "data-focus": `run-${q.id}` }));
    tools.append(removing("Remove", told(async () => { await json(path, { method: "DELETE" }); savedOpen.delete(q.id); await listSaved(); })));
    item.append(tools, place);
    if (open) told(showSaved)(q.id, open.version, place);
    return item;
  }

  function short(q) {
    if (q.state === "abstained") return h("p", { class: "dl-q-short dl-q-silent" }, "The articles do not say");
    return q.short ? h("p", { class: "dl-q-short" }, q.short) : null;
  }

  // Both versions side by side, and below them the history; version 0 is what is new.
  async function showSaved(id, version, place) {
    const one = await json(`/page/saved/${id}?version=${version}`);
    savedOpen.set(id, { version });
    const path = `/page/saved/${id}/source`;
    const names = one.sides.length > 1 ? ["Before", "After"] : [""];
    const sides = one.sides.map((side, n) => h(
      "section", { class: "dl-q-side", "aria-label": names[n] || "Answer" },
      h("p", { class: "dl-q-when" }, names[n] ? h("strong", {}, names[n]) : null, ` ${when(side.asked)}, index generation ${side.generation}`),
      answer(side.html, path),
    ));
    const changes = one.changes.length ? h("ul", { class: "dl-q-changes" }, ...one.changes.map((c) => h("li", {}, c.words))) : null;
    const history = one.versions.map((v) => h(
      "li", {},
      button(`${when(v.asked)}, generation ${v.generation}`, told(() => showSaved(id, v.number, place)), { class: "dl-q-link", "aria-label": `Show the version of ${when(v.asked)}` }),
      h("span", {}, v.changes.length ? ` ${v.changes.join("; ")}` : " First version kept"),
    ));
    const more = one.versions.length > 1 ? h("details", { class: "dl-more" }, h("summary", {}, `History (${one.versions.length})`), h("ol", {}, ...history)) : null;
    place.replaceChildren(...[one.sides.length > 1 && one.unseen ? null : changes, h("div", { class: "dl-q-sides" }, ...sides), more].filter(Boolean));
  }

  // --- many at once: what to ask ------------------------------------------------------------------------------------

  let limits = { questions: 0, bytes: 0 };
  let wished = null; // {name, body}: what was listed and may be started

  function manyForm() {
    const area = h("textarea", { id: "dl-q-paste", rows: 5, placeholder: "One question a line" });
    const file = h("input", { type: "file", id: "dl-q-file", accept: ".csv,.tsv,.txt,.jsonl,.ndjson,text/csv,text/plain" });
    const hint = h("p", { class: "dl-q-about", id: "dl-q-limits" });
    const list = h("button", { type: "submit", class: "dl-again" }, "List the questions");
    const form = h(
      "form", { class: "dl-q-many-form" },
      h("label", { for: "dl-q-paste" }, "Questions"), area,
      h("div", { class: "dl-q-row" }, h("label", { for: "dl-q-file" }, "or a file"), file, list),
      hint,
    );
    area.addEventListener("input", () => { if (area.value) file.value = ""; });
    file.addEventListener("change", () => { if (file.files.length) area.value = ""; });
    form.addEventListener("submit", told(async (event) => {
      event.preventDefault();
      const chosen = file.files[0];
      if (chosen && chosen.size > limits.bytes) throw new Error(`${chosen.name} has more than ${limits.bytes / 2 ** 20} MB. Split it, or use dateline ask --batch.`);
      wished = chosen ? { name: chosen.name, body: chosen } : { name: "", body: area.value };
      if (!chosen && !area.value.trim()) throw new Error("Write a question, or choose a file.");
      const found = await json(`/page/batches/read?name=${encodeURIComponent(wished.name)}`, { method: "POST", body: wished.body });
      preview(found, () => { area.value = ""; file.value = ""; });
    }));
    return form;
  }

  function preview(found, clear) {
    const place = $(".dl-q-preview", section);
    const more = found.total - found.questions.length;
    const scoped = Object.values(window.dateline.scope || {}).some((value) => (Array.isArray(value) ? value.length : value));
    const rows = found.questions.map((q) => h("li", { value: q.number }, q.question || "(empty: this one will be refused)", q.id ? h("span", { class: "dl-q-about" }, ` ${q.id}`) : null));
    const start = button(`Ask ${many(found.total, "question")}`, told(async () => {
      const scope = encodeURIComponent(JSON.stringify(window.dateline.scope || {}));
      const { id } = await json(`/page/batches?name=${encodeURIComponent(wished.name)}&scope=${scope}`, { method: "POST", body: wished.body });
      place.replaceChildren();
      clear();
      batchOpen = id;
      await listBatches();
      refreshSoon(500);
    }), { class: "dl-again dl-q-start" });
    place.replaceChildren(
      h("h3", {}, many(found.total, "question")),
      found.columns.length ? h("p", { class: "dl-q-about" }, `Other columns: ${found.columns.join(", ")}`) : "",
      scoped ? h("p", { class: "dl-q-about" }, "They are asked of the articles that are chosen in the Ask view.") : "",
      h("ol", { class: "dl-q-listed", tabindex: "0", "aria-label": "Questions to ask" }, ...rows),
      more > 0 ? h("p", { class: "dl-q-about" }, `and ${more.toLocaleString("en")} more`) : "",
      h("div", { class: "dl-q-tools" }, start, button("Cancel", () => place.replaceChildren())),
    );
    start.focus();
  }

  // --- many at once: how far they are -------------------------------------------------------------------------------

  let batchOpen = null;
  let batchShown = "";

  async function listBatches() {
    const told = await json("/page/batches");
    limits = told.limits;
    if (!section) return false;
    $("#dl-q-limits", section).textContent =
      `CSV with a column named question, TXT with one question a line, or JSONL; at most ${limits.questions.toLocaleString("en")} questions and ${limits.bytes / 2 ** 20} MB. ` +
      "Further columns are kept: id, sources, from, to, as_of, query, conversation are read, all others copied.";
    const same = JSON.stringify([told.batches.map(({ done, answered, abstained, errors, ...rest }) => rest), batchOpen]);
    if (same !== batchShown) {
      batchShown = same;
      const list = $(".dl-q-batches", section);
      const focused = document.activeElement?.dataset?.focus;
      list.replaceChildren(...told.batches.map(batchItem));
      if (focused) $(`[data-focus="${focused}"]`, list)?.focus();
    }
    for (const one of told.batches) progress(one);
    return told.batches.some((b) => b.condition === "running");
  }

  function batchItem(b) {
    const path = `/page/batches/${b.id}`;
    const post = (what) => told(async () => { await json(`${path}/${what}`, { method: "POST" }); await listBatches(); refreshSoon(500); });
    const open = batchOpen === b.id;
    const tools = h("div", { class: "dl-q-tools" });
    tools.append(button(open ? "Close" : "Open", told(async () => { batchOpen = open ? null : b.id; await listBatches(); }), { "aria-expanded": String(open), "data-focus": `open-${b.id}` }));
    if (b.condition === "running") tools.append(button("Stop", post("stop"), { "data-focus": `go-${b.id}` }));
    if (b.condition === "stopped" || b.condition === "interrupted") tools.append(button("Go on", post("resume"), { "data-focus": `go-${b.id}` }));
    for (const ending of ["csv", "html", "jsonl"]) tools.append(h("a", { class: "dl-tool dl-q-download", href: `${path}/answers.${ending}`, download: true }, ending.toUpperCase()));
    tools.append(
      button("Save these questions", told(async () => {
        const { saved } = await json("/page/saved", { method: "POST", json: { batch: b.id } });
        say(`${many(saved, "question")} saved.`);
        await listSaved();
      })),
      removing("Remove", told(async () => { await json(path, { method: "DELETE" }); await listBatches(); })),
    );
    const item = h(
      "article", { class: "dl-q-item", "data-batch": b.id },
      h("h3", { class: "dl-q-question" }, b.title),
      h("progress", { class: "dl-q-progress", max: b.total, value: b.done, "aria-label": "Questions asked" }),
      h("p", { class: "dl-q-about dl-q-far" }),
      tools,
    );
    if (open) {
      const table = h("div", { class: "dl-q-table" });
      item.append(table);
      told(showRows)(b, table);
    }
    return item;
  }

  function progress(b) {
    const item = $(`[data-batch="${b.id}"]`, section);
    if (!item) return;
    $("progress", item).value = b.done;
    $("progress", item).hidden = b.condition === "done";
    const parts = [
      when(b.made), STATES[b.condition], b.condition === "done" ? many(b.total, "question") : `${b.done.toLocaleString("en")} of ${many(b.total, "question")}`,
      `${b.answered.toLocaleString("en")} answered`, `${b.abstained.toLocaleString("en")} where the articles do not say`,
      b.errors ? `${b.errors.toLocaleString("en")} not asked` : "",
    ];
    $(".dl-q-far", item).textContent = parts.filter(Boolean).join(" · ");
    const table = $(".dl-q-table", item);
    const waits = table && $("tr[data-state='']", table);
    if (waits && b.done) told(updateRows)(b.id, table, Number(waits.dataset.row) - 1);
  }

  async function showRows(b, table) {
    const body = h("tbody");
    const head = ["No.", "Question", "Answer", "Confidence", "Sources"].map((words) => h("th", { scope: "col" }, words));
    const more = button("Show more questions", told(() => nextRows(b.id, body, more)));
    table.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, ...head)), body), more);
    await nextRows(b.id, body, more);
  }

  async function nextRows(id, body, more) {
    const last = Number(body.querySelector("tr[data-row]:last-of-type")?.dataset.row || [...body.querySelectorAll("tr[data-row]")].pop()?.dataset.row || 0);
    const { rows, total } = await json(`/page/batches/${id}?after=${last}`);
    body.append(...rows.map((row) => rowOf(id, row)));
    more.hidden = !rows.length || rows[rows.length - 1].number >= total;
  }

  async function updateRows(id, table, after) {
    const { rows } = await json(`/page/batches/${id}?after=${after}`);
    for (const row of rows) {
      const shown = $(`tr[data-row="${row.number}"]`, table);
      if (shown && shown.dataset.state !== row.state) shown.replaceWith(rowOf(id, row));
    }
  }

  function rowOf(id, row) {
    const said = { answered: row.short, abstained: "The articles do not say", error: row.error, "": "waiting" }[row.state];
    const words = row.question || "(empty)";
    const question = row.state ? button(words, told(() => toggle(id, row.number, tr)), { class: "dl-q-link", "aria-expanded": "false" }) : h("span", {}, words);
    const tr = h(
      "tr", { "data-row": row.number, "data-state": row.state },
      h("td", { class: "dl-q-number" }, String(row.number)),
      h("td", {}, question),
      h("td", { class: row.state === "answered" ? "" : "dl-q-silent" }, said),
      h("td", { class: "dl-q-number", "data-name": "Confidence" }, row.state === "answered" ? `${Math.round(row.confidence * 100)}%` : ""),
      h("td", { class: "dl-q-number", "data-name": "Sources" }, row.sources ? String(row.sources) : ""),
    );
    return tr;
  }

  async function toggle(id, number, tr) {
    const opened = tr.nextElementSibling?.classList.contains("dl-q-whole");
    $("button", tr).setAttribute("aria-expanded", String(!opened));
    if (opened) return tr.nextElementSibling.remove();
    const html = await (await ask(`/page/batches/${id}/rows/${number}`)).text();
    return tr.after(h("tr", { class: "dl-q-whole" }, h("td", { colspan: 5 }, answer(html, `/page/batches/${id}/source`))));
  }

  // --- the view -----------------------------------------------------------------------------------------------------

  function part(name) {
    section.dataset.part = name;
    for (const one of $$(".dl-q-parts button", section)) one.setAttribute("aria-pressed", String(one.dataset.part === name));
  }

  addView("questions", (place) => {
    section = place;
    const parts = [["saved", "Saved questions"], ["many", "Many at once"]].map(([name, words]) => button(words, () => part(name), { class: "dl-tab", "data-part": name }));
    const all = h("div", { class: "dl-q-tools dl-q-all", hidden: true }, button("Ask all again", told(async () => { await json("/page/saved/run", { method: "POST" }); await listSaved(); refreshSoon(600); })), button("Mark all as seen", told(async () => { await json("/page/saved/seen", { method: "POST" }); await listSaved(); })));
    section.replaceChildren(
      h("div", { class: "dl-q-bar" }, h("div", { class: "dl-q-parts", role: "group", "aria-label": "Questions" }, ...parts), button("Close the article", closeSource, { class: "dl-tool dl-q-close" })),
      h("div", { class: "dl-q-saved" },
        h("h2", {}, "Saved questions"),
        h("p", { class: "dl-q-lead" }, "They are asked again each time articles are added or taken out, and what changed is told here."),
        savedForm(), all, h("div", { class: "dl-q-saved-list", "aria-live": "polite" })),
      h("div", { class: "dl-q-many" },
        h("h2", {}, "Many questions at once"),
        h("p", { class: "dl-q-lead" }, "Each is asked by itself, one after the other; whoever asks in the chat goes first. The answers stay here until you remove them."),
        manyForm(), h("div", { class: "dl-q-preview" }), h("div", { class: "dl-q-batches" })),
    );
    part("saved");
    refreshSoon(0);
  });

  function refreshSoon(after) {
    clearTimeout(timer);
    timer = setTimeout(refresh, after);
  }

  // Looks often while something is on its way, seldom otherwise, and not at all while another view is shown.
  async function refresh() {
    if (!section || document.body.dataset.view !== "questions") return;
    let busy = false;
    try {
      busy = (await Promise.all([listSaved(), listBatches()])).some(Boolean);
    } catch (error) {
      if (!document.hidden) say(error.message);
    }
    refreshSoon(busy ? 1500 : 10000);
  }
})();
