// The archive view: every article as a list, by story, outlet or folder; narrowed, sorted, opened, ticked to be asked.
(() => {
  "use strict";
  const KEPT = "dateline-library";
  const COLUMNS = [
    ["headline", "Headline"], ["outlet", "Outlet"], ["date", "Date"], ["file", "File"], ["folder", "Folder"], ["language", "Lang."],
    ["passages", "Passages"], ["label", "Kind"], ["copies", "Copies"], ["notes", "Notes"],
  ];
  const LARGEST_FIRST = ["date", "passages", "copies", "notes"];
  const GROUPINGS = [["", "Articles"], ["story", "Stories"], ["outlet", "Outlets"], ["folder", "Folders"]];
  const LANGUAGES = window.Intl?.DisplayNames ? new Intl.DisplayNames(["en"], { type: "language" }) : null;
  const MOST_TICKED = 200; // one by one; the server hands out no more rows at once

  function attach(section) {
    const { el } = dateline;
    const { chips, tick, untick, tickList, untickList, hasList, isEmpty, tidy, daysInWords, outletInWords, articles, number } = dateline.scopes;
    const state = { choice: {}, sort: "date", descending: true, page: 1, group: "", ...kept() };
    let asking = null;
    let shown = null; // what the server answered last
    let opened = null; // the source of the article beside the list

    // --- what it is made of -----------------------------------------------------------------------------------------

    const intake = el("div", { id: "intake" });
    const sum = el("p", { class: "dl-lib-sum" });
    const days = dateline.daysOf((wished) => narrow(wished), () => {
      const { from, to, undated } = state.choice;
      dateline.setScope(clean({ ...dateline.scope, from, to, undated }));
      dateline.say(`Questions are asked of what was published ${daysInWords({ from, to, undated })}.`);
    });
    const search = el("input", { type: "search", class: "dl-input dl-search", placeholder: "Words in the text, headline, outlet, author or file", "aria-label": "Search the articles", autocomplete: "off", value: state.choice.words || "" });
    const menus = {
      outlets: menu("outlets", "Outlet", outletInWords), folders: menu("folders", "Folder", (f) => f),
      languages: menu("languages", "Language", languageInWords),
    };
    const groupings = GROUPINGS.map(([name, words]) => el("button", { type: "button", class: "dl-tab", "data-group": name, text: words, onclick: () => { state.group = name; go(); } }));
    const sortBy = el("select", { class: "dl-input", "aria-label": "Sort by", onchange: () => sort(sortBy.value) }, ...COLUMNS.map(([name, words]) => el("option", { value: name, text: words })));
    const sortWay = el("button", { type: "button", class: "dl-tool", onclick: () => { state.descending = !state.descending; go(); } });
    const csv = el("button", { type: "button", class: "dl-tool", text: "Save as CSV", onclick: save });
    const matches = el("p", { class: "dl-lib-matches", role: "status" });
    const narrowed = el("div", { class: "dl-lib-chips" });
    const list = el("div", { class: "dl-lib-list" });
    const pager = el("nav", { class: "dl-lib-pager", "aria-label": "Pages" });
    const asked = el("div", { class: "dl-asked", role: "group", "aria-label": "What is asked of" });
    const body = el(
      "div", { class: "dl-lib" },
      el("header", { class: "dl-lib-head" }, el("h2", { text: "Archive" }), sum),
      days.made,
      el("div", { class: "dl-lib-bar", role: "search" }, search, menus.outlets.made, menus.folders.made, menus.languages.made),
      el("div", { class: "dl-lib-bar" }, el("div", { class: "dl-groupings", role: "group", "aria-label": "Show as" }, ...groupings), el("span", { class: "dl-lib-sort" }, sortBy, sortWay), csv),
      el("div", { class: "dl-lib-found" }, matches, narrowed), list, pager, asked,
    );
    section.append(intake, body);
    const slim = matchMedia("(max-width: 940px)");
    const over = () => document.body.classList.toggle("dl-over", slim.matches); // an article covers the list
    slim.addEventListener("change", over);
    over();
    new ResizeObserver(() => body.classList.toggle("dl-lib-narrow", list.clientWidth <= 880)).observe(list);

    // --- what is shown ----------------------------------------------------------------------------------------------

    const clean = (scope) => Object.fromEntries(Object.entries(scope).filter(([, v]) => v && (!Array.isArray(v) || v.length)));
    const request = (more = {}) => ({ choice: state.choice, scope: dateline.scope, sort: state.sort, descending: state.descending, ...more });

    async function fetchList(more, signal) {
      return (await dateline.ask("/page/library", { method: "POST", json: request(more), signal })).json();
    }

    async function load() {
      asking?.abort();
      const mine = (asking = new AbortController());
      keep();
      body.setAttribute("aria-busy", "true");
      try {
        shown = await fetchList({ page: state.page, group: state.group }, mine.signal);
        state.page = shown.page;
        draw();
      } catch (error) {
        if (error.name === "AbortError") return;
        matches.replaceChildren(error.message, " ", el("button", { type: "button", class: "dl-again", text: "Try again", onclick: load }));
      }
      if (asking === mine) body.removeAttribute("aria-busy");
    }

    function go({ stay = false } = {}) {
      if (!stay) state.page = 1;
      load();
    }

    function narrow(wished) {
      state.choice = tidy({ ...state.choice, ...wished });
      go();
    }

    let typed = 0;
    search.addEventListener("input", () => {
      clearTimeout(typed);
      typed = setTimeout(() => narrow({ words: search.value }), 220);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      clearTimeout(typed);
      narrow({ words: search.value });
    });

    function clear() {
      search.value = "";
      state.choice = {};
      go();
      search.focus();
    }

    function draw() {
      body.classList.toggle("dl-lib-empty", !shown.total);
      sum.textContent = shown.total ? sumInWords() : "";
      days.show(shown, state.choice);
      for (const [name, one] of Object.entries(menus)) one.show(shown[name]);
      for (const button of groupings) button.setAttribute("aria-pressed", String(button.dataset.group === state.group));
      sortBy.value = state.sort;
      sortWay.textContent = state.descending ? "descending" : "ascending";
      drawMatches();
      keepFocus(list, () => list.replaceChildren(...drawList()));
      drawPager();
      drawAsked();
    }

    function sumInWords() {
      const span = !shown.first ? "" : shown.first === shown.last ? `, published ${shown.first}` : `, published ${shown.first} to ${shown.last}`;
      const files = shown.files === shown.total ? "" : ` in ${number(shown.files)} files`;
      return `${articles(shown.total)}${files}, ${number(shown.stories)} independent ${shown.stories === 1 ? "story" : "stories"}${span}.`;
    }

    function drawMatches() {
      const isNarrowed = Object.keys(tidy(state.choice)).length > 0;
      const stories = `${number(shown.matching_stories)} independent ${shown.matching_stories === 1 ? "story" : "stories"}`;
      matches.textContent = !shown.total ? "" : isNarrowed ? `${number(shown.matches)} of ${articles(shown.total)} ${shown.matches === 1 ? "matches" : "match"}, ${stories}.` : `All ${articles(shown.total)}.`;
      const off = (words, left) => el("button", { type: "button", class: "dl-filter", "aria-label": `Show again without: ${words}`, onclick: () => { state.choice = tidy(left); search.value = state.choice.words || ""; go(); search.focus(); } }, el("span", { text: words }), " ", el("span", { class: "dl-does", text: "✕" }));
      const c = state.choice;
      const made = [];
      if (c.words) made.push(off(`“${c.words}”`, { ...c, words: "" }));
      for (const [name, inWords] of [["outlets", outletInWords], ["folders", (f) => `${f}/`], ["languages", languageInWords]]) {
        for (const one of c[name] || []) made.push(off(inWords(one), { ...c, [name]: c[name].filter((o) => o !== one) }));
      }
      if (daysInWords(c)) made.push(off(daysInWords(c), { ...c, from: "", to: "", undated: false }));
      if (made.length) made.push(el("button", { type: "button", class: "dl-link", text: "clear filters", onclick: clear }));
      narrowed.replaceChildren(...made);
    }

    function drawList() {
      if (!shown.total) {
        return [el(
          "div", { class: "dl-card dl-lib-nothing" }, el("p", { class: "dl-card-title", text: "Nothing has been ingested yet" }),
          el("p", { text: "Dateline answers from a folder of news articles: text, web pages, PDF, Word, mail, JSON or CSV files, also in zip archives. What is ingested is listed here, and every answer cites it." }),
          el("p", {}, "Add files above, or in a terminal: ", el("code", { text: "dateline ingest FOLDER" })),
        )];
      }
      if (!shown.matches) {
        return [el(
          "div", { class: "dl-card dl-lib-nothing" }, el("p", { class: "dl-card-title", text: "No article matches" }),
          el("p", { text: state.choice.words ? "Every word has to be in the article, in any inflection; put words in quotation marks to find them in a row." : "No article is all of what was chosen at once." }),
          el("button", { type: "button", class: "dl-again", text: "Clear filters", onclick: clear }),
        )];
      }
      return state.group ? [groups(shown, state.choice)] : [table(shown.rows, { head: true })];
    }

    // --- articles ---------------------------------------------------------------------------------------------------

    function sort(column) {
      state.descending = state.sort === column ? !state.descending : LARGEST_FIRST.includes(column);
      state.sort = column;
      go();
    }

    function table(rows, { head }) {
      const heads = COLUMNS.map(([name, words]) => {
        const sorted = state.sort === name ? (state.descending ? "descending" : "ascending") : "none";
        const button = el("button", { type: "button", class: "dl-sort", "data-keep": `sort-${name}`, onclick: () => sort(name) }, words, el("span", { class: "dl-sort-mark", "aria-hidden": "true", text: sorted === "none" ? "" : state.descending ? "↓" : "↑" }));
        return el("th", { scope: "col", role: "columnheader", class: `dl-col-${name}`, "aria-sort": head ? sorted : null }, head ? button : words);
      });
      const first = el("th", { scope: "col", role: "columnheader", class: "dl-col-tick" }, head ? tickAll() : el("span", { class: "dl-unseen", text: "Asked" }));
      return el(
        "table", { class: `dl-table${head ? "" : " dl-table-in"}`, role: "table", "aria-label": "Articles" },
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, first, ...heads)),
        el("tbody", { role: "rowgroup" }, ...rows.map(row)),
      );
    }

    function row(article) {
      const name = article.headline || article.source;
      const box = el("input", { type: "checkbox", "aria-label": `Ask of: ${name}`, "data-keep": `tick-${article.source}`, onchange: () => toggle(article, box) });
      box.checked = article.asked;
      const cell = (column, label, ...children) => el("td", { role: "cell", class: `dl-col-${column}${children[0] === "—" ? " dl-none" : ""}`, "data-label": label }, ...children);
      const open = el("button", { type: "button", class: "dl-open-article", "data-keep": `open-${article.source}`, "aria-current": opened === article.source ? "true" : null, onclick: () => openArticle(article.source) }, el("bdi", { text: name }));
      const by = article.authors.length ? el("span", { class: "dl-by" }, el("bdi", { text: article.authors.join(", ") })) : null;
      const file = article.source.slice(article.folder.length).replace(/^[/!]/, "");
      const more = article.sources.length ? ` and ${article.sources.length} more` : "";
      const notes = article.notes.length ? tip(article.notes.length === 1 ? "1 note" : `${article.notes.length} notes`, article.notes.join(" · ")) : "";
      return el(
        "tr", { role: "row" }, el("td", { role: "cell", class: "dl-col-tick" }, box), cell("headline", "", open, by),
        cell("outlet", "", article.outlet ? el("bdi", { text: article.outlet }) : "—"),
        cell("date", "", tip(article.day || "date not known", article.basis)),
        cell("file", "File", el("bdi", { text: file, title: [article.source, ...article.sources].join("\n") }), more),
        cell("folder", "Folder", article.folder ? el("button", { type: "button", class: "dl-link", text: article.folder, "aria-label": `Show only what lies in ${article.folder}`, onclick: () => narrow({ folders: [article.folder] }) }) : "—"),
        cell("language", "Language", article.language ? el("span", { text: article.language, title: languageInWords(article.language) }) : "—"),
        cell("passages", "Passages", number(article.passages)), cell("label", "Kind", article.label || "—"),
        cell("copies", "Copies", article.copies ? number(article.copies) : "—"), cell("notes", "Notes", notes || "—"),
      );
    }

    // Words that say more when they are pointed at or have the focus.
    const tip = (words, more) => el("span", { class: "dl-tip", tabindex: "0", "data-tip": more, "aria-label": `${words}: ${more}`, role: "note", text: words });

    function openArticle(source) {
      dateline.openArticle(source);
      opened = source;
      document.body.classList.add("dl-beside");
      for (const button of dateline.$$(".dl-open-article", list)) {
        if (button.dataset.keep === `open-${source}`) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      }
    }

    function close() {
      document.body.classList.remove("dl-beside");
      opened = null;
      const button = dateline.$(".dl-open-article[aria-current]", list);
      button?.removeAttribute("aria-current");
      button?.focus();
    }

    const bar = el("div", { class: "dl-beside-bar" }, el("button", { type: "button", class: "dl-tool", text: "Close article", onclick: close }));
    dateline.$("#source")?.prepend(bar);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || document.body.dataset.view !== "archive") return;
      const menu = dateline.$(".dl-menu[open]", body);
      if (menu) {
        menu.open = false;
        dateline.$("summary", menu).focus();
      } else if (opened) close();
      else return;
      event.stopPropagation();
      event.preventDefault();
    }, true);

    // --- ticks ------------------------------------------------------------------------------------------------------

    function toggle(article, box) {
      const { from, to, undated } = dateline.scope;
      const outside = article.day ? (from && article.day < from) || (to && article.day > to) || (undated && !from && !to) : (from || to) && !undated;
      if (box.checked && outside) {
        box.checked = false;
        dateline.say(`It lies outside the days that are asked of (${daysInWords(dateline.scope)}). Take these away first.`);
      } else if (box.checked) tick([article.source]);
      else untick([article.source]);
    }

    function tickAll() {
      const box = el("input", { type: "checkbox", "aria-label": `Ask of all ${articles(shown.matches)} shown`, title: "Ask of all that is shown", "data-keep": "tick-all", onchange: () => toggleList(state.choice, shown.matches, shown.asked_shown, box) });
      box.checked = shown.matches > 0 && shown.asked_shown === shown.matches;
      box.indeterminate = shown.asked_shown > 0 && !box.checked;
      return box;
    }

    // Ticks or unticks what `choice` leaves, `n` articles, of which `n_asked` are asked already.
    async function toggleList(choice, n, nAsked, box) {
      const checked = box.checked && nAsked < n;
      if (checked && !Object.keys(tidy(choice)).length) {
        dateline.setScope({});
        dateline.say("Questions are asked of all articles.");
        return load();
      }
      if (checked && choice.story) return tick(await sourcesOf(choice));
      if (checked) return tickList(choice);
      if (hasList(choice)) return untickList(choice);
      if (!Object.keys(tidy(choice)).length) return dateline.setScope({});
      if (n <= MOST_TICKED) return untick(await sourcesOf(choice));
      box.checked = box.indeterminate = nAsked > 0;
      dateline.say("These were ticked as parts of something else: take that away below.");
    }

    async function sourcesOf(choice) {
      try {
        return (await fetchList({ choice, size: MOST_TICKED })).rows.map((r) => r.source);
      } catch (error) {
        dateline.say(error.message);
        return [];
      }
    }

    function drawAsked() {
      const scope = dateline.scope;
      const askNow = () => { dateline.show("chat"); dateline.$("#question textarea")?.focus(); };
      const again = () => (dateline.$(".dl-piece", asked) || search).focus();
      asked.classList.toggle("dl-asked-some", !isEmpty(scope));
      if (isEmpty(scope)) {
        asked.replaceChildren(el("p", { text: shown.total ? "Tick articles, outlets or folders to ask of these only." : "" }));
        return;
      }
      const words = shown.asked ? `Questions are asked of ${number(shown.asked)} of ${articles(shown.total)}:` : "No article lies within this, so nothing would be searched:";
      keepFocus(asked, () => asked.replaceChildren(
        el("p", { text: words, role: "status" }), ...chips(again),
        el("button", { type: "button", class: "dl-again", "data-keep": "ask", text: "Ask a question", onclick: askNow }),
        el("button", { type: "button", class: "dl-link", "data-keep": "all", text: "ask of all articles", onclick: () => { dateline.setScope({}); search.focus(); } }),
      ));
    }

    // --- stories, outlets, folders ----------------------------------------------------------------------------------

    function groups(page, choice) {
      const made = page.groups.map((group) => groupItem(group, choice));
      return el("div", {}, made.length ? el("ul", { class: "dl-groups" }, ...made) : null, page.rows.length ? table(page.rows, { head: false }) : null);
    }

    function groupItem(group, choice) {
      const mine = { story: { story: group.key }, outlet: { outlets: [group.key] }, folder: { folders: [group.key] } }[state.group];
      const inside = { ...choice, ...mine };
      const name = state.group === "outlet" ? outletInWords(group.name) : state.group === "folder" ? `${group.name}/` : group.name;
      const box = el("input", { type: "checkbox", "aria-label": `Ask of: ${name}`, "data-keep": `tick-${group.key}`, onchange: () => toggleList(inside, group.articles, group.asked, box) });
      box.checked = group.asked === group.articles;
      box.indeterminate = group.asked > 0 && !box.checked;
      const key = `${state.group} ${group.key}`;
      const place = unfolded.get(key) || el("div", { class: "dl-group-in", hidden: true });
      const button = el("button", { type: "button", class: "dl-group-open", "aria-expanded": "false", "data-keep": `open-${group.key}`, onclick: () => unfold(button, place, inside, group) }, el("bdi", { class: "dl-group-name", text: name }));
      const item = el("li", { class: "dl-group" }, el("div", { class: "dl-group-head" }, box, el("div", {}, button, el("p", { class: "dl-group-told", text: groupInWords(group) }))), place);
      if (unfolded.has(key)) unfold(button, place, inside, group);
      return item;
    }

    const unfolded = new Map(); // what is in the groups that stay open when a tick draws the list anew

    function groupInWords(group) {
      const span = !group.first ? "date not known" : group.first === group.last ? group.first : `${group.first} to ${group.last}`;
      const undated = group.first && group.undated ? `, ${group.undated} without a known day` : "";
      const others = group.n_outlets - group.outlets.length;
      const outlets = group.outlets.join(", ") + (others > 0 ? ` and ${others} more` : "");
      const files = group.files === 1 ? "1 file" : `${number(group.files)} files`;
      if (state.group === "story") {
        const versions = group.texts > 1 ? `, ${group.texts} versions` : "";
        return [`1 story in ${files}${versions}`, outlets, span + undated].filter(Boolean).join(" · ");
      }
      const stories = `${number(group.stories)} independent ${group.stories === 1 ? "story" : "stories"}`;
      return [articles(group.articles), stories, state.group === "folder" ? outlets : "", span + undated].filter(Boolean).join(" · ");
    }

    async function unfold(button, place, choice, group) {
      const key = `${state.group} ${group.key}`;
      if (button.getAttribute("aria-expanded") === "true") {
        unfolded.delete(key);
        button.setAttribute("aria-expanded", "false");
        place.hidden = true;
        return;
      }
      unfolded.set(key, place);
      button.setAttribute("aria-expanded", "true");
      place.hidden = false;
      try {
        const nested = state.group === "folder" ? { group: "folder", parent: group.key } : {};
        const page = await fetchList({ choice, size: MOST_TICKED, ...nested });
        const left = page.n_groups ? 0 : page.matches - page.rows.length;
        const all = el("button", { type: "button", class: "dl-link", text: `show all ${articles(page.matches)} as a list`, onclick: () => { state.group = ""; state.choice = tidy(choice); go(); } });
        keepFocus(place, () => place.replaceChildren(groups(page, choice), left > 0 || page.pages > 1 ? all : ""));
      } catch (error) {
        place.textContent = error.message;
      }
    }

    // --- menus to choose from ---------------------------------------------------------------------------------------

    function menu(name, title, inWords) {
      const count = el("b");
      const wanted = el("input", { type: "search", class: "dl-input", placeholder: "Find", "aria-label": `Find in: ${title}`, oninput: () => redraw() });
      const items = el("ul", { class: "dl-menu-items" });
      const made = el("details", { class: "dl-menu" }, el("summary", {}, `${title} `, count), el("div", { class: "dl-menu-box" }, wanted, items));
      let facets = [];

      function redraw() {
        const chosen = new Set(state.choice[name] || []);
        const sought = wanted.value.trim().toLowerCase();
        count.textContent = chosen.size ? String(chosen.size) : "";
        wanted.hidden = facets.length < 12;
        const some = facets.filter(([one]) => !sought || inWords(one).toLowerCase().includes(sought));
        keepFocus(items, () => items.replaceChildren(...some.map(([one, n]) => {
          const box = el("input", { type: "checkbox", "data-keep": `choose-${one}`, onchange: () => {
            if (box.checked) chosen.add(one);
            else chosen.delete(one);
            narrow({ [name]: [...chosen] });
          } });
          box.checked = chosen.has(one);
          const label = el("span", { class: "dl-menu-name" }, el("bdi", { text: inWords(one) }));
          if (name === "folders") label.style.paddingLeft = `${Math.min(6, one.split("/").length - 1) * 14}px`;
          return el("li", {}, el("label", {}, box, label, el("span", { class: "dl-menu-n", text: number(n) })));
        })));
      }

      return { made, show(counted) { facets = counted; redraw(); } };
    }

    document.addEventListener("click", (event) => {
      for (const open of dateline.$$(".dl-menu[open]", body)) if (!open.contains(event.target)) open.open = false;
    });

    // --- pages, files, what is kept ---------------------------------------------------------------------------------

    function drawPager() {
      const n = state.group ? shown.n_groups + (shown.rows.length ? shown.matches : 0) : shown.matches;
      pager.hidden = shown.pages < 2;
      const turn = (by, words) => el("button", { type: "button", class: "dl-tool", "data-keep": words, text: words, disabled: by < 0 ? shown.page <= 1 : shown.page >= shown.pages, onclick: () => { state.page += by; go({ stay: true }); list.scrollIntoView({ block: "start" }); } });
      const start = (shown.page - 1) * shown.size;
      const end = Math.min(start + shown.size, n);
      keepFocus(pager, () => pager.replaceChildren(turn(-1, "Previous"), el("span", { text: `${number(start + 1)} to ${number(end)} of ${number(n)}` }), turn(1, "Next")));
    }

    async function save() {
      try {
        const reply = await dateline.ask("/page/library/csv", { method: "POST", json: request() });
        dateline.save(await reply.text(), "dateline-articles.csv", "text/csv");
      } catch (error) {
        dateline.say(error.message);
      }
    }

    function keep() {
      try {
        sessionStorage.setItem(KEPT, JSON.stringify({ choice: state.choice, sort: state.sort, descending: state.descending, group: state.group }));
      } catch {
        // a browser that keeps nothing: the list starts anew after a reload
      }
    }

    function languageInWords(code) {
      if (!code) return "not known";
      try {
        return LANGUAGES?.of(code) || code;
      } catch {
        return code;
      }
    }

    dateline.hear("scope", () => { if (document.body.dataset.view === "archive") load(); });
    dateline.hear("view", (name) => { if (name === "archive") load(); else close(); }); // the pane is the chat's again
    dateline.hear("ingested", () => load());
    dateline.emit("library", section);
  }

  function kept() {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEPT) || "{}");
      return found && typeof found === "object" ? found : {};
    } catch {
      return {};
    }
  }

  // What had the focus in `place` has it again after `draws` made it anew.
  function keepFocus(place, draws) {
    const had = place.contains(document.activeElement) ? document.activeElement.dataset.keep : null;
    draws();
    if (had) dateline.$$("[data-keep]", place).find((one) => one.dataset.keep === had && !one.disabled)?.focus({ preventScroll: true });
  }

  dateline.addView("archive", attach);
})();
