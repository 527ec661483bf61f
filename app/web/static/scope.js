// What questions are asked of: kept for each conversation, shown above the question box, changed by ticks elsewhere.
//
// {sources: ["a.txt"], folders: ["2019"], outlets: ["Reuters"], lists: [{words, outlets, …}], without: ["b.txt"],
// from: "2020-01-01", to: "2020-06-30", undated: true}: what was picked adds up, days narrow all of it, and nothing
// means all articles. The server finds out which articles these are when the question comes.
(() => {
  "use strict";
  const PICKS = ["sources", "folders", "outlets", "lists", "without"];
  const { el } = window.dateline;
  const number = (n) => n.toLocaleString("en");
  const articles = (n) => `${number(n)} article${n === 1 ? "" : "s"}`;
  let told = null; // what the server said of the scope: how many articles, of how many
  let total = null; // how many articles there are
  let asking = null;
  let trouble = "";

  // --- what it says -------------------------------------------------------------------------------------------------

  const listed = (scope, name) => (Array.isArray(scope[name]) ? scope[name] : []);
  const isEmpty = (scope) => !PICKS.some((name) => listed(scope, name).length) && !scope.from && !scope.to && !scope.undated;
  const same = (one, other) => JSON.stringify(tidy(one)) === JSON.stringify(tidy(other));

  // A way of narrowing with nothing in it that narrows nothing, always in the same order.
  function tidy(choice) {
    const kept = {};
    if (choice.words) kept.words = choice.words.trim();
    for (const name of ["outlets", "folders", "languages"]) if (choice[name]?.length) kept[name] = [...choice[name]].sort();
    for (const name of ["from", "to", "undated", "story"]) if (choice[name]) kept[name] = choice[name];
    return kept;
  }

  const monthEnd = (day) => new Date(Date.UTC(+day.slice(0, 4), +day.slice(5, 7), 0)).toISOString().slice(0, 10);

  // Whole years and months are told as these.
  function daysInWords({ from, to, undated }) {
    if (!from && !to) return undated ? "without a known day" : "";
    let [first, last] = [from, to];
    if ((!from || from.endsWith("-01-01")) && (!to || to.endsWith("-12-31"))) [first, last] = [from?.slice(0, 4), to?.slice(0, 4)];
    else if ((!from || from.endsWith("-01")) && (!to || to === monthEnd(to))) [first, last] = [from?.slice(0, 7), to?.slice(0, 7)];
    const span = first === last ? first : first && last ? `${first} to ${last}` : first ? `since ${first}` : `up to ${last}`;
    return undated ? `${span} or without a known day` : span;
  }

  const outletInWords = (name) => name || "no outlet known";
  const folderInWords = (folder) => (/\.\w{2,8}(\.gz)?$/.test(folder.split("/").pop()) ? folder : `folder ${folder}/`);

  function choiceInWords(choice) {
    const words = [
      choice.words && `“${choice.words}”`,
      choice.outlets?.map(outletInWords).join(" or "),
      choice.folders?.map(folderInWords).join(" or "),
      choice.languages?.map((l) => l || "no language known").join(" or "),
      daysInWords(choice),
    ];
    return words.filter(Boolean).join(", ") || "one story";
  }

  // What was picked, each with the scope that is left without it.
  function pieces(scope) {
    const found = [];
    const less = (name, kept) => ({ ...scope, [name]: kept });
    const sources = listed(scope, "sources");
    const others = listed(scope, "folders").length + listed(scope, "outlets").length + listed(scope, "lists").length;
    if (sources.length) {
      const words = sources.length === 1 ? sources[0] : articles(sources.length);
      found.push({ words: others ? words : `only ${words}`, title: sources.slice(0, 12).join("\n"), left: less("sources", []) });
    }
    for (const folder of listed(scope, "folders")) {
      found.push({ words: folderInWords(folder), left: less("folders", scope.folders.filter((f) => f !== folder)) });
    }
    for (const outlet of listed(scope, "outlets")) {
      found.push({ words: outletInWords(outlet), left: less("outlets", scope.outlets.filter((o) => o !== outlet)) });
    }
    for (const choice of listed(scope, "lists")) {
      found.push({ words: choiceInWords(choice), left: less("lists", scope.lists.filter((c) => !same(c, choice))) });
    }
    const without = listed(scope, "without");
    if (without.length) found.push({ words: `without ${articles(without.length)}`, title: without.slice(0, 12).join("\n"), left: less("without", []) });
    const days = daysInWords(scope);
    if (days) found.push({ words: days, left: { ...scope, from: undefined, to: undefined, undated: undefined } });
    return found;
  }

  // Buttons that take a piece of the scope away; `then` is called with the focus to be put somewhere.
  function chips(then) {
    return pieces(dateline.scope).map(({ words, title, left }) => el(
      "button",
      { type: "button", class: "dl-filter dl-piece", title, "aria-label": `Remove: ${words}`, onclick: () => { dateline.setScope(cleaned(left)); then?.(); } },
      el("span", { text: words }), " ", el("span", { class: "dl-does", text: "✕" }),
    ));
  }

  function cleaned(scope) {
    const kept = {};
    for (const name of PICKS) if (listed(scope, name).length) kept[name] = scope[name];
    for (const name of ["from", "to", "undated"]) if (scope[name]) kept[name] = scope[name];
    if (kept.sources && !asksWholes(kept)) delete kept.without; // they were not ticked in the first place
    return kept;
  }

  // --- ticking ------------------------------------------------------------------------------------------------------

  // Whether anything is asked as a whole, and not only what was ticked one by one.
  const asksWholes = (scope) => ["folders", "outlets", "lists"].some((name) => listed(scope, name).length);

  // Asks these articles too; what was taken out of a whole comes back to it.
  function tick(sources) {
    const scope = dateline.scope;
    const out = listed(scope, "without");
    const added = sources.filter((s) => !out.includes(s));
    dateline.setScope(cleaned({
      ...scope, without: out.filter((s) => !sources.includes(s)), sources: [...new Set([...listed(scope, "sources"), ...added])],
    }));
  }

  // Asks these articles no longer.
  function untick(sources) {
    const scope = dateline.scope;
    const ticked = listed(scope, "sources");
    const out = asksWholes(scope) || !ticked.length ? [...new Set([...listed(scope, "without"), ...sources])] : [];
    dateline.setScope(cleaned({ ...scope, sources: ticked.filter((s) => !sources.includes(s)), without: out }));
  }

  // Asks all that a way of narrowing leaves, in the shortest form in which that can be said.
  function tickList(wished) {
    const scope = dateline.scope;
    const choice = tidy(wished);
    const names = Object.keys(choice);
    const only = (name) => names.length === 1 && names[0] === name;
    const more = (name, added) => ({ ...scope, [name]: [...new Set([...listed(scope, name), ...added])] });
    if (!names.length) dateline.setScope({});
    else if (only("outlets")) dateline.setScope(more("outlets", choice.outlets));
    else if (only("folders")) dateline.setScope(more("folders", choice.folders));
    else if (!hasList(choice)) dateline.setScope({ ...scope, lists: [...listed(scope, "lists"), choice] });
  }

  // Whether that was ticked as a whole.
  function hasList(wished) {
    const scope = dateline.scope;
    const choice = tidy(wished);
    const all = (name) => choice[name].every((one) => listed(scope, name).includes(one));
    const names = Object.keys(choice);
    if (names.length === 1 && ["outlets", "folders"].includes(names[0])) return all(names[0]);
    return listed(scope, "lists").some((one) => same(one, choice));
  }

  function untickList(wished) {
    const scope = dateline.scope;
    const choice = tidy(wished);
    const names = Object.keys(choice);
    if (names.length === 1 && ["outlets", "folders"].includes(names[0])) {
      dateline.setScope(cleaned({ ...scope, [names[0]]: listed(scope, names[0]).filter((one) => !choice[names[0]].includes(one)) }));
    } else dateline.setScope(cleaned({ ...scope, lists: listed(scope, "lists").filter((one) => !same(one, choice)) }));
  }

  // --- above the question box -----------------------------------------------------------------------------------------

  function show() {
    const place = dateline.$("#scope");
    if (!place) return;
    const scope = dateline.scope;
    const back = () => (dateline.$("#scope .dl-piece") || dateline.$("#question textarea"))?.focus();
    const clear = () => { dateline.setScope({}); dateline.$("#question textarea")?.focus(); };
    const row = el("div", { class: "dl-scope", role: "group", "aria-label": "What is asked of" });
    if (isEmpty(scope)) {
      const words = total === 0 ? "Nothing has been ingested yet." : total ? `Asking all ${articles(total)}` : "Asking all articles";
      const choose = total === 0 ? "add articles" : "choose some";
      row.append(el("span", { class: "dl-scope-words", text: words }), " ", el("button", { type: "button", class: "dl-link", "data-do": "view", "data-view": "archive", text: choose }));
    } else {
      row.append(el("span", { class: "dl-scope-words", text: "Asking of" }), ...chips(back), el("button", { type: "button", class: "dl-link", "aria-label": "Clear: ask of all articles", text: "clear", onclick: clear }));
      if (told) row.append(el("span", { class: "dl-scope-words dl-scope-count", text: `${number(told.asked)} of ${articles(told.of)}` }));
    }
    place.replaceChildren(row, ...warnings(scope, clear));
  }

  function warnings(scope, clear) {
    const warn = (words, ...buttons) => el("p", { class: "dl-scope-warning", role: "status" }, words, " ", ...buttons);
    const button = (text, onclick) => el("button", { type: "button", class: "dl-again", text, onclick });
    if (trouble) return [warn(trouble, button("Try again", count))];
    if (!told || isEmpty(scope)) return [];
    const found = [];
    if (told.gone.length) {
      const words = told.gone.length === 1 ? `${told.gone[0]}, which you ticked, is` : `${number(told.gone.length)} of the articles that you ticked are`;
      const left = scope.sources.filter((s) => !told.gone.includes(s));
      if (left.length || told.asked) found.push(warn(`${words} no longer in the archive.`, button("Forget", () => dateline.setScope(cleaned({ ...scope, sources: left })))));
    }
    if (!told.asked) {
      const days = (scope.from || scope.to || scope.undated) && pieces(scope).length > 1;
      const wider = days ? [button("Ask of all days", () => dateline.setScope(cleaned({ ...scope, from: "", to: "", undated: false }))), " "] : [];
      found.push(warn("No article of the archive lies within this, so nothing would be searched.", ...wider, button("Ask of all articles", clear)));
    }
    return found;
  }

  async function count() {
    asking?.abort();
    const mine = (asking = new AbortController());
    try {
      const reply = await dateline.ask("/page/library/scope", { method: "POST", json: { scope: dateline.scope }, signal: mine.signal });
      told = await reply.json();
      total = told.of;
      trouble = "";
    } catch (error) {
      if (error.name === "AbortError") return;
      told = null;
      trouble = isEmpty(dateline.scope) ? "" : error.message;
    }
    if (asking === mine) show();
  }

  // --- kept for the conversation --------------------------------------------------------------------------------------

  const place = () => `dateline-scope-${dateline.conversation()}`;

  function kept() {
    try {
      const scope = JSON.parse(sessionStorage.getItem(place()) || "{}");
      return scope && typeof scope === "object" ? scope : {};
    } catch {
      return {};
    }
  }

  dateline.hear("scope", (scope) => {
    if (isEmpty(scope)) sessionStorage.removeItem(place());
    else sessionStorage.setItem(place(), JSON.stringify(scope));
    told = null;
    show();
    count();
  });
  dateline.hear("conversation", () => dateline.setScope(kept()));
  dateline.hear("ingested", count);

  dateline.scopes = { chips, tick, untick, tickList, untickList, hasList, isEmpty, tidy, daysInWords, choiceInWords, outletInWords, articles, number };

  // The page builds its parts after this is loaded.
  function start(tries = 100) {
    if (dateline.$("#scope")) dateline.setScope(kept());
    else if (tries) setTimeout(start, 100, tries - 1);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start());
  else start();
})();
