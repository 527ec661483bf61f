// The source pane, and the cards beside the markers of an answer.
//
// `dateline.open(key)` opens the article that a link of an answer leads to, `dateline.openArticle(source, start, end)`
// any article, `dateline.fill(path)` whatever else belongs into the pane; `dateline.opened` is the key of what is open.
(() => {
  "use strict";
  const { $, $$, on, hear, ask, say, copy, show, conversation } = window.dateline;
  const LINK = /^#([chpt])-(\d+)-(\d+)$/;
  const KEY = /^([chpt])-(\d+)-(\d+)$/;
  let opened = null; // the key of the link whose article is open
  let origin = null; // what had the keyboard before the pane did, and in which view that is
  let path = null; // what the pane shows
  let scraped = false; // whether it shows pages as they were scraped
  let atRest = null; // the pane before anything was opened
  let latest = 0;

  const pane = () => $("#pane .dl-source")?.parentElement;
  const source = () => $("#pane .dl-source");
  const strong = () => $("#pane mark.cited, #pane mark.near");
  const withView = (wished) => (scraped ? `${wished}${wished.includes("?") ? "&" : "?"}view=scraped` : wished);

  // Said to who does not see the page; there from the start, or the first words would not be read out.
  const told = document.createElement("div");
  told.className = "dl-unseen";
  told.setAttribute("role", "status");
  if (document.body) document.body.append(told);
  else document.addEventListener("DOMContentLoaded", () => document.body.append(told));

  // --- opening ------------------------------------------------------------------------------------------------------

  async function open(key, from = null) {
    const shown = source()?.dataset.key === key;
    remember(from || link(key));
    opened = key;
    point();
    if (shown) return settle();
    await load(`/page/source?conversation=${conversation()}&key=${key}`, () => opened === key);
  }

  // Shows in the source pane what `wished` answers, unless by then it is no longer `wanted`.
  async function fill(wished, wanted = () => true) {
    if (!pane()?.contains(document.activeElement)) remember(document.activeElement);
    await load(wished, wanted);
  }

  function openArticle(name, start, end) {
    const place = start === undefined || end === undefined ? "" : `&start=${start}&end=${end}`;
    return fill(`/page/article?source=${encodeURIComponent(name)}${place}`);
  }

  function remember(element) {
    const shown = document.body.dataset.view || "chat";
    const view = element?.closest("#archive, #questions")?.id || shown; // it may have been left already
    if (element !== document.body || view !== "chat") origin = { element: element === document.body ? null : element, view };
  }

  async function load(wished, wanted) {
    const turn = ++latest;
    const current = () => turn === latest && wanted();
    atRest ??= pane().innerHTML;
    pane().setAttribute("aria-busy", "true");
    try {
      const shown = await (await ask(withView(wished))).text();
      if (!current()) return;
      path = wished;
      put(shown);
      settle();
    } catch (error) {
      if (current()) say(error.message);
    } finally {
      if (turn === latest) pane().removeAttribute("aria-busy");
    }
  }

  function put(shown) {
    pane().innerHTML = shown; // every word of an article in it is escaped by the server
    const back = $(".dl-back", pane());
    const view = origin?.view || "chat";
    if (back && view !== "chat") back.textContent = `Back to the ${view === "questions" ? "questions" : view}`;
    else if (back && !opened) back.textContent = "Back";
    const reopen = $("[data-do=reopen]", pane());
    if (reopen) reopen.hidden = !opened;
  }

  // The keyboard is on the mark, and the mark in the middle; one that is too long for that begins at the top.
  function settle() {
    const mark = strong();
    const target = mark || source();
    if (!target) return;
    const room = Math.min(window.innerHeight, $("#source").clientHeight) - 140;
    const { top, height } = target.getBoundingClientRect();
    const far = Math.abs(top) > 2 * window.innerHeight;
    target.scrollIntoView({ block: mark && height < room ? "center" : "start", behavior: far ? "instant" : "auto" });
    if (!mark) target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
    const where = $(".dl-passage", pane())?.textContent || $(".dl-eyebrow", pane())?.textContent || "";
    told.textContent = [where, $("h2", pane())?.textContent, $(".dl-notice", pane())?.textContent].filter(Boolean).join(". ");
  }

  // --- walking, and the way back ------------------------------------------------------------------------------------

  const link = (key) => $(`#conversation a[href="#${key}"]`);

  function point() {
    for (const a of $$("#conversation a[href]")) {
      if (opened && a.getAttribute("href") === `#${opened}`) a.setAttribute("aria-current", "true");
      else a.removeAttribute("aria-current");
    }
  }

  function step(by) {
    const parts = opened && KEY.exec(opened);
    const total = Number(source()?.dataset.total || 0);
    if (!parts || !source().dataset.key?.startsWith(`${parts[1]}-${parts[2]}-`)) return;
    const number = Number(parts[3]) + by;
    if (number >= 1 && number <= total) open(`${parts[1]}-${parts[2]}-${number}`);
  }

  function back() {
    const from = origin;
    if (from && (document.body.dataset.view || "chat") !== from.view) show(from.view);
    const target = from?.element?.isConnected ? from.element : opened && link(opened);
    if (!target) return;
    for (let fold = target.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) {
      if (!target.closest("summary")) fold.open = true;
      else break;
    }
    target.scrollIntoView({ block: "center" });
    quiet = true;
    target.focus({ preventScroll: true });
    quiet = false;
  }

  function rest() {
    latest += 1;
    opened = origin = path = null;
    if (atRest !== null && pane()) pane().innerHTML = atRest;
    point();
  }

  on("back", back);
  on("step", (button) => step(Number(button.dataset.by)));
  on("reopen", () => opened && open(opened));
  on("copy-quote", (button) => copy(button.dataset.copy, `${button.textContent.includes("attribution") ? "Quote with attribution" : "Quote"} copied.`));
  on("article", (button) => load(`/page/article?source=${button.dataset.source}`, () => true));
  on("mark", (mark) => { if (getSelection().isCollapsed) open(mark.dataset.key); });

  // --- the page as it was scraped -----------------------------------------------------------------------------------

  // How many characters of the text stand before the first that is in sight, and how high on the page that one is.
  function firstInSight() {
    const text = $(".dl-source-text", pane());
    const box = text.getBoundingClientRect();
    const covered = [".dl-walk", ".dl-pane-bar"].map((bar) => $(bar, pane()).getBoundingClientRect().bottom);
    const top = Math.max(box.top, ...covered, 0) + 12;
    const x = box.left + Math.min(24, box.width / 2);
    const at = document.caretRangeFromPoint?.(x, top) || document.caretPositionFromPoint?.(x, top);
    const node = at?.startContainer || at?.offsetNode;
    if (!node || !text.contains(node)) return null;
    let before = 0;
    for (const piece of pieces(text)) {
      if (piece === node) return { before: before + (at.startOffset ?? at.offset), top };
      if (node.compareDocumentPosition(piece) & Node.DOCUMENT_POSITION_FOLLOWING) break;
      before += piece.length;
    }
    return { before, top };
  }

  function heightOf(before) {
    for (const piece of pieces($(".dl-source-text", pane()))) {
      if (piece.length > before) {
        const range = document.createRange();
        range.setStart(piece, before);
        range.setEnd(piece, before + 1);
        const box = range.getBoundingClientRect();
        const fold = piece.parentElement.closest("details:not([open])");
        return fold ? fold.getBoundingClientRect().top : box.height ? box.top : piece.parentElement.getBoundingClientRect().top;
      }
      before -= piece.length;
    }
    return null;
  }

  function* pieces(text) {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("summary")) yield walker.currentNode;
  }

  const heightOfMark = () => {
    const top = strong()?.getBoundingClientRect().top;
    return top !== undefined && top > 0 && top < window.innerHeight ? top : null;
  };

  on("scraped", async () => {
    const [mark, place, wished, turn] = [heightOfMark(), firstInSight(), path, ++latest];
    scraped = !scraped;
    try {
      const shown = await (await ask(withView(wished))).text();
      if (turn !== latest) return;
      put(shown);
    } catch (error) {
      scraped = !scraped;
      return say(error.message);
    }
    const now = mark === null ? place && heightOf(place.before) : strong()?.getBoundingClientRect().top;
    const then = mark === null ? place?.top : mark;
    if (now !== null && now !== undefined) {
      const narrow = getComputedStyle($("#source")).overflowY === "visible";
      (narrow ? window : $("#source")).scrollBy({ top: now - then, behavior: "instant" });
    }
    $("[data-do=scraped]", pane())?.focus({ preventScroll: true });
    told.textContent = scraped ? "The page as it was scraped" : "The article";
  });

  // --- cards --------------------------------------------------------------------------------------------------------

  const SOON = 350;
  const GRACE = 250; // to get from the marker onto the card
  const cards = new Map(); // by conversation and turn
  let quiet = false; // the keyboard was put there by the page
  let timer = 0;
  let holder = null; // the marker whose card is shown
  let card = null;

  function cardsOf(turn) {
    const name = `${conversation()} ${turn}`;
    if (!cards.has(name)) {
      const asked = ask(`/page/cards?conversation=${conversation()}&turn=${turn}`).then((reply) => reply.json());
      asked.catch(() => cards.delete(name));
      cards.set(name, asked);
    }
    return cards.get(name);
  }

  async function showCard(marker) {
    const parts = LINK.exec(marker.getAttribute("href"));
    if (!parts || holder === marker) return;
    hideCard();
    holder = marker;
    const all = await cardsOf(parts[2]).catch(() => []);
    const citation = all[Number(parts[3]) - 1];
    if (holder !== marker || !marker.isConnected || !citation) return;
    card = document.createElement("div");
    card.id = "dl-card";
    card.setAttribute("role", "tooltip");
    const line = (tag, cls, words) => {
      if (!words) return;
      const element = document.createElement(tag);
      element.className = cls;
      element.textContent = words;
      element.dir = "auto";
      card.append(element);
    };
    line("p", "dl-card-quote", `“${citation.quote}”`);
    line("p", "dl-card-said", citation.said_by && `according to ${citation.said_by}`);
    line("p", "dl-card-headline", citation.headline);
    line("p", "dl-card-who", [citation.outlet, citation.date].filter(Boolean).join(" · "));
    card.addEventListener("pointerenter", () => clearTimeout(timer));
    card.addEventListener("pointerleave", () => hideSoon());
    document.body.append(card);
    marker.setAttribute("aria-describedby", card.id);
    placeCard(marker);
  }

  // Below the marker or above it, where there is more room: never over it.
  function placeCard(marker) {
    const at = marker.getClientRects()[0];
    const edge = 8;
    const below = window.innerHeight - at.bottom - 2 * edge;
    const above = at.top - 2 * edge;
    const down = card.offsetHeight <= below || below >= above;
    card.style.maxHeight = `${Math.max(60, down ? below : above)}px`;
    card.style.left = `${Math.max(edge, Math.min(at.left - 12, document.documentElement.clientWidth - card.offsetWidth - edge))}px`;
    card.style.top = down ? `${at.bottom + edge}px` : `${at.top - edge - card.offsetHeight}px`;
    card.classList.add("dl-placed");
  }

  function hideCard() {
    clearTimeout(timer);
    holder?.removeAttribute("aria-describedby");
    card?.remove();
    holder = card = null;
  }

  function hideSoon() {
    clearTimeout(timer);
    timer = setTimeout(hideCard, GRACE);
  }

  const markerOf = (event) => (event.target instanceof Element ? event.target.closest("#conversation a.dl-marker[href]") : null);

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const turn = event.target.closest?.("#conversation .dl-done")?.closest(".dl-turn");
    if (turn?.querySelector("a.dl-marker")) cardsOf(turn.dataset.turn).catch(() => {});
    const marker = markerOf(event);
    if (!marker || event.buttons) return;
    clearTimeout(timer);
    if (marker !== holder) timer = setTimeout(showCard, SOON, marker);
  });
  document.addEventListener("pointerout", (event) => {
    const marker = markerOf(event);
    if (marker && !marker.contains(event.relatedTarget)) {
      if (marker === holder) hideSoon();
      else clearTimeout(timer);
    }
  });
  document.addEventListener("focusin", (event) => {
    const turn = event.target.closest?.("#conversation .dl-turn");
    if (turn?.querySelector("a.dl-marker")) cardsOf(turn.dataset.turn).catch(() => {});
    const marker = markerOf(event);
    if (marker && !quiet && marker.matches(":focus-visible")) showCard(marker);
  });
  document.addEventListener("focusout", (event) => { if (markerOf(event) === holder) hideCard(); });
  document.addEventListener("scroll", (event) => { if (card && event.target !== card) hideCard(); }, true);
  window.addEventListener("resize", hideCard);

  // --- what the user does -------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const a = event.target instanceof Element ? event.target.closest("#conversation a[href]") : null;
    const found = a && LINK.exec(a.getAttribute("href"));
    if (!found) return;
    event.preventDefault();
    hideCard();
    open(a.getAttribute("href").slice(1), a);
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && card) {
      hideCard();
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (target.closest("input, textarea, select, [contenteditable], dialog") || (document.body.dataset.view || "chat") !== "chat") return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "Escape") back();
    else if (event.key === "Enter" && target.matches("#pane mark[data-key]")) open(target.dataset.key);
  });

  hear("turns", () => { point(); if (holder && !holder.isConnected) hideCard(); });
  hear("conversation", () => { cards.clear(); hideCard(); rest(); });

  // The numbers of an answer that is no longer there lead nowhere.
  hear("answered", (turn) => {
    cards.delete(`${conversation()} ${turn}`);
    if (!opened || opened.split("-")[1] !== String(turn)) return;
    opened = null;
    const shown = source();
    if (!shown) return;
    delete shown.dataset.key;
    for (const stale of $$(".dl-passage, .dl-steps", shown)) stale.remove();
    for (const mark of $$("mark[data-key]", shown)) for (const name of ["data-do", "data-key", "role", "tabindex"]) mark.removeAttribute(name);
    point();
  });

  Object.assign(window.dateline, { open, fill, openArticle });
  Object.defineProperty(window.dateline, "opened", { get: () => opened });
})();
