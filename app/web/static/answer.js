// What answers do besides standing there: words that were searched for give way to others, questions are offered where
// there is no answer, and what is being read stays in its place when the whole answer comes.
(() => {
  "use strict";
  const { $, $$, on, hear, ask, again, conversation } = window.dateline;
  const READ_AFTER_MS = 900; // somebody who has had statements in sight for so long is reading them
  const MOVED_PX = 2;
  const AGAIN_AFTER_MS = 900; // while examples are looked for
  let welcome = null; // as it was last fetched
  let fetching = false;
  const offered = new Map(); // by what their card says
  let growing = null; // {turn, since, words, top}: the first statement of the answer that is growing

  const log = () => $("#conversation");

  on("words", (button) => again(button.dataset.turn, "query", button.dataset.query));

  // --- offered questions --------------------------------------------------------------------------------------------

  // What is known of it at once, and the rest as it is found.
  function fillWelcome() {
    const place = $("#conversation .dl-welcome");
    if (!place || place.dataset.whole === "true") return;
    if (welcome !== null) showWelcome(place);
    if (place.dataset.whole !== "true") fetchWelcome();
  }

  async function fetchWelcome() {
    if (fetching) return;
    fetching = true;
    try {
      welcome = await (await ask("/page/welcome")).text();
      const place = $("#conversation .dl-welcome");
      if (place) showWelcome(place);
      if (place && place.dataset.whole !== "true") setTimeout(fillWelcome, AGAIN_AFTER_MS);
    } catch {
      $(".dl-welcome .dl-coming")?.remove(); // the page is of use without examples
    } finally {
      fetching = false;
    }
  }

  // Another archive is welcomed anew.
  hear("ingested", () => {
    const place = $("#conversation .dl-welcome");
    welcome = null;
    if (place) place.dataset.whole = "false";
    fillWelcome();
  });

  // Only what is new is put in: an example that has the keyboard keeps it.
  function showWelcome(place) {
    const made = document.createElement("template");
    made.innerHTML = welcome;
    const fresh = made.content.firstElementChild;
    place.dataset.whole = fresh.dataset.whole;
    const [old, now] = [place, fresh].map((e) => $$(".dl-kinds > li", e));
    const grows = old.length > 0 && old.every((li, n) => li.textContent === now[n]?.textContent);
    if (!grows) return place.replaceChildren(...fresh.childNodes);
    $(".dl-kinds", place).append(...now.slice(old.length));
    if (fresh.dataset.whole === "true") $(".dl-coming", place)?.remove();
  }

  // The card that a place for questions is in, by all that it says: the same one is not filled twice.
  const cardOf = (place) => `${conversation()} ${place.dataset.turn} ${place.parentElement.textContent}`;

  function offerAll() {
    const places = $$("#conversation .dl-suggestions:not([data-sought])");
    const turns = $$(".dl-turn", log());
    const last = turns[turns.length - 1];
    const before = last && topOf(last);
    const fresh = places.filter((place) => {
      const found = offered.get(cardOf(place));
      if (found !== undefined) place.innerHTML = found;
      place.dataset.sought = "true";
      return found === undefined;
    });
    if (fresh.length < places.length) log().scrollTop += topOf(last) - before;
    for (const place of fresh) offer(place);
  }

  async function offer(place) {
    const card = cardOf(place);
    const waiting = document.createElement("p");
    waiting.className = "dl-coming";
    waiting.innerHTML = '<span class="dl-reading">Looking for questions that have an answer …</span>';
    place.classList.add("dl-sought");
    place.replaceChildren(waiting);
    let found = "";
    try {
      found = await (await ask(`/page/suggestions?conversation=${conversation()}&turn=${place.dataset.turn}`)).text();
    } catch {
      // nothing is offered then
    }
    offered.set(card, found);
    if (!place.isConnected) return offerAll(); // the conversation was shown anew in the meantime
    place.innerHTML = found;
    place.classList.remove("dl-sought");
  }

  // --- what is read stays in its place --------------------------------------------------------------------------------

  // The last turn's first statement, while its answer grows.
  function firstStatement(turn, words) {
    const statements = $$(".dl-statement", turn).filter((s) => s.checkVisibility());
    const same = statements.find((s) => $(".dl-text", s)?.textContent === words);
    return words === undefined ? statements[0] : same;
  }

  const topOf = (element) => element.getBoundingClientRect().top - log().getBoundingClientRect().top;

  function hold() {
    const turns = $$(".dl-turn", log());
    const turn = turns[turns.length - 1];
    const before = growing;
    growing = null;
    if (!turn) return;
    const number = turns.length;
    const statement = firstStatement(turn, before?.turn === number ? before.words : undefined);
    const since = before?.turn === number ? before.since : performance.now();
    if (statement && before?.turn === number && performance.now() - since > READ_AFTER_MS) stay(turn, topOf(statement) - before.top);
    if (statement && turn.getAttribute("aria-busy") === "true") {
      growing = { turn: number, since, words: $(".dl-text", statement).textContent, top: topOf(statement) };
    }
  }

  // Scrolls so that what moved by so much is where it was; what then stands above is a click away.
  function stay(turn, by) {
    if (Math.abs(by) < MOVED_PX) return;
    const frame = log();
    const room = frame.scrollTop + by + frame.clientHeight - frame.scrollHeight;
    if (room > 0) turn.style.minHeight = `${turn.getBoundingClientRect().height + room}px`;
    frame.scrollTop += by;
    if (by < 60) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "dl-above";
    button.textContent = "↑ The answer begins above";
    button.addEventListener("click", () => { button.remove(); turn.scrollIntoView({ block: "start" }); });
    turn.prepend(button);
  }

  document.addEventListener("scroll", noteTop, { capture: true, passive: true });

  // Where the reader has scrolled to is where it is to stay.
  function noteTop() {
    if (!growing) return;
    const turns = $$(".dl-turn", log());
    const statement = turns[growing.turn - 1] && firstStatement(turns[growing.turn - 1], growing.words);
    if (statement) growing.top = topOf(statement);
  }

  function refresh() {
    offerAll();
    hold();
    fillWelcome();
  }

  hear("turns", refresh);
  hear("view", fillWelcome);
  hear("ingested", () => {
    welcome = null;
    const place = $("#conversation .dl-welcome");
    if (place) fetchWelcome();
  });
})();
