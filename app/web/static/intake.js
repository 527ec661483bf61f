// Adding articles: files and folders are dropped or chosen, checked, sent and read in; what failed, and reading again.
// It fills `#intake`, the first thing of the archive's view.
(() => {
  "use strict";
  const { $, $$, on, hear, emit, ask, say } = window.dateline;
  const AT_ONCE = 3; // files on their way at a time
  const SOON_MS = 700, LATER_MS = 12000; // between looks at the ingest, while it runs and while nothing does
  const ALONE_MS = 400; // that whoever fills the archive's view has for it
  const DISMISSED = "dateline-ingest-seen"; // the run whose trouble the user has read
  const EAGER_MS = 60000; // after an ingest, in which example questions are found
  const LISTED = 8; // refused files that are listed at once

  let place = null; // #intake
  let known = null; // the last overview
  let state = null; // the last state of the ingest
  let sending = null; // what is being sent
  let looked = null; // the timer of the next look
  let generation = null;
  let eager = 0; // until when to look often
  let greeted = false; // the first look is over
  let watched = ""; // the run whose end is to be told on this page

  // --- words --------------------------------------------------------------------------------------------------------

  const number = (n) => Number(n || 0).toLocaleString("en");
  const counted = (n, what) => `${number(n)} ${what}${n === 1 ? "" : "s"}`;
  const size = (bytes) => (bytes >= 1e9 ? `${+(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`);
  function duration(seconds) {
    if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
    if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
    return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  }
  const when = (seconds) => new Date(seconds * 1000).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

  // An element with that class, whose children are elements or text; text never becomes markup.
  const make = (tag, names, ...inside) => window.dateline.el(tag, { class: names || null }, ...inside);

  function button(words, does, names = "dl-again") {
    const made = make("button", names, words);
    made.type = "button";
    made.addEventListener("click", does);
    return made;
  }

  // A name from a disk: its direction of writing stays its own.
  const named = (words) => make("bdi", "dl-file", words);

  // --- what may be added --------------------------------------------------------------------------------------------

  function ending(name) {
    const bare = name.replace(/\.gz$/i, "");
    const found = /\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,10}$/.exec(bare);
    return { packed: bare !== name, suffix: found ? found[0].toLowerCase() : "" };
  }

  // Why a file is not sent, or "". The server judges again; this only saves the way there.
  function refusal(file, tally) {
    const limits = known.limits;
    const { packed, suffix } = ending(file.path);
    let most = limits.article;
    if (limits.containers.includes(suffix) && !(packed && suffix === ".zip")) most = limits.container;
    else if (limits.documents.includes(suffix)) most = packed ? limits.article : limits.document;
    else if (suffix && !limits.texts.includes(suffix)) return `Files that end in ${suffix} are not read; save it as text, HTML, PDF or DOCX.`;
    if (file.file.size > most) return `It has ${size(file.file.size)}, more than ${size(most)}; split it.`;
    if (!file.file.size) return "It is empty.";
    if (tally.files >= limits.files) return `More than ${number(limits.files)} files at a time; add the rest afterwards.`;
    if (tally.size + file.file.size > limits.batch) return `More than ${size(limits.batch)} at a time; add the rest afterwards.`;
    return "";
  }

  const isHidden = (path) => path.split("/").some((part) => part.startsWith(".") || part === "Thumbs.db" || part === "desktop.ini" || part === "__MACOSX");

  // --- gathering files ----------------------------------------------------------------------------------------------

  async function walk(entry, found) {
    if (entry.isFile) {
      const file = await new Promise((done) => entry.file(done, () => done(null)));
      found.push({ path: entry.fullPath.replace(/^\/+/, ""), file });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done) => reader.readEntries(done, () => done([])));
      if (!some.length) return;
      for (const one of some) await walk(one, found);
    }
  }

  async function dropped(transfer) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const found = [];
    for (const entry of entries) await walk(entry, found);
    return entries.length ? found : [...transfer.files].map((file) => ({ path: file.name, file }));
  }

  const chosen = (input) => [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

  // --- sending ------------------------------------------------------------------------------------------------------

  async function send(files) {
    if (!files.length) return say("There are no files in that.");
    if (sending && !sending.over) return say("Files are still being sent. Add these when that is done.");
    if (!known?.may) return;
    const batch = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
    sending = { batch, files: [], refused: [], hidden: 0, size: 0, sent: 0, whole: 0, kept: 0, known: 0, requests: new Set(), began: Date.now(), stopped: false, over: false };
    const tally = { files: 0, size: 0 };
    for (const one of files) {
      if (isHidden(one.path)) { sending.hidden += 1; continue; }
      const why = one.file ? refusal(one, tally) : "It cannot be read on this computer.";
      if (why) { sending.refused.push({ path: one.path, why }); continue; }
      tally.files += 1;
      tally.size += one.file.size;
      sending.files.push(one);
    }
    sending.size = tally.size;
    draw();
    const queue = [...sending.files];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (queue.length && !sending.stopped) await sendOne(queue.shift());
    }));
    sending.over = true;
    draw();
    if (sending.kept || (sending.known && known.unread)) await start({ what: "uploads" });
    else refresh();
  }

  function sendOne(one) {
    return new Promise((done) => {
      const request = new XMLHttpRequest(); // fetch does not tell how far it is
      let told = 0;
      const progress = (loaded) => { sending.sent += loaded - told; told = loaded; drawSending(); };
      const end = (why) => {
        sending.requests.delete(request);
        sending.whole += 1;
        if (why) sending.refused.push({ path: one.path, why });
        progress(one.file.size);
        done();
      };
      request.open("PUT", `/page/uploads/${sending.batch}?path=${encodeURIComponent(one.path)}`);
      request.setRequestHeader("X-Dateline", "1");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => progress(Math.min(event.loaded, one.file.size));
      request.onabort = () => end("It was not sent: you stopped.");
      request.onerror = () => end("It could not be sent. Is Dateline still running, and the file still there?");
      request.onload = () => {
        const reply = parsed(request.responseText);
        if (request.status !== 200) return end(typeof reply.detail === "string" ? reply.detail : `It was not taken (${request.status}).`);
        if (reply.known) sending.known += 1;
        else sending.kept += 1;
        end("");
      };
      sending.requests.add(request);
      request.send(one.file);
    });
  }

  function parsed(text) {
    try { return JSON.parse(text) || {}; } catch { return {}; }
  }

  function stopSending() {
    sending.stopped = true;
    for (const request of [...sending.requests]) request.abort();
  }

  window.addEventListener("beforeunload", (event) => {
    if (sending && !sending.over) event.preventDefault();
  });

  // --- the ingest ---------------------------------------------------------------------------------------------------

  async function start(wished) {
    try {
      watched = "*";
      took(await (await ask("/page/ingest", { method: "POST", json: wished })).json());
      look(SOON_MS);
    } catch (error) {
      watched = "";
      say(error.message);
      refresh();
    }
  }

  async function cancel() {
    try {
      took(await (await ask("/page/ingest/cancel", { method: "POST" })).json());
      look(SOON_MS);
    } catch (error) { say(error.message); }
  }

  function took(now) {
    const before = state;
    state = now;
    if (watched === "*" && now.phase === "running") watched = now.run;
    const ended = before && before.phase === "running" && (now.phase !== "running" || now.run !== before.run);
    if (ended) {
      watched ||= before.run;
      emit("ingested", { phase: now.phase, ...now.told });
      say(summary(now));
      eager = Date.now() + EAGER_MS;
      refresh();
    } else if (place && known?.may && teaches() !== place.classList.contains("dl-intake-empty")) draw();
    else drawState();
    mark();
  }

  // Looks at the ingest again after a while: soon while it runs, seldom while nothing does, never in a hidden tab.
  function look(after) {
    clearTimeout(looked);
    looked = setTimeout(async () => {
      if (!document.hidden) {
        try {
          const now = await (await ask("/page/ingest")).json();
          if (now.phase === "off") return; // nobody may add anything here
          const running = state?.phase === "running";
          if (generation !== null && generation !== now.generation && now.phase !== "running" && !running) {
            emit("ingested", { phase: "elsewhere" }); // on the command line, or before this tab looked
            if (place) refresh();
          }
          if (now.phase !== "running") generation = now.generation;
          greet(now);
          took(now);
        } catch { /* it may be starting again: what is shown stays, and the next look tells */ }
      }
      look(state?.phase === "running" ? SOON_MS : Date.now() < eager ? EAGER_MS / 20 : LATER_MS);
    }, after);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(0); });

  // An archive that holds nothing cannot be asked: who comes to it for the first time is led to where it is filled.
  function greet(now) {
    const first = !greeted;
    greeted = true;
    if (first && now.empty && now.may && document.body.dataset.view === "chat" && $(".dl-welcome") && !$("#question textarea")?.value) window.dateline.show("archive");
  }

  // The archive's tab tells, in every view, that articles are being read in.
  function mark() {
    const tab = $("#tab-archive");
    if (tab) tab.classList.toggle("dl-at-work", state?.phase === "running");
  }

  function summary(now) {
    const told = now.told || {};
    if (now.phase === "done") return `${added(told)} ${told.aside ? `${counted(told.aside, "file")} could not be read.` : ""}`.trim();
    if (now.phase === "stopped") return "Stopped. What was read in until then stays.";
    if (now.locked) return "Another ingest is writing to the archive. Nothing was changed.";
    return "Reading in did not work.";
  }

  function added(told) {
    const news = told.articles - told.replaced;
    const parts = [];
    if (news > 0) parts.push(`${counted(news, "article")} added`);
    if (told.replaced) parts.push(`${number(told.replaced)} brought up to date`);
    if (told.copies) parts.push(`${number(told.copies)} known already from another file`);
    if (told.removed) parts.push(`${number(told.removed)} gone`);
    return parts.length ? `${parts.join(", ")}.` : "Nothing new: the archive holds all of it already.";
  }

  // --- what is shown ------------------------------------------------------------------------------------------------

  async function refresh() {
    if (!place) return;
    try {
      known = await (await ask("/page/intake")).json();
      draw();
    } catch (error) {
      if (!known) place.replaceChildren(make("p", "dl-intake-note", error.message));
    }
  }

  function draw() {
    if (!place || !known) return;
    if (!known.may) return place.replaceChildren();
    const shape = JSON.stringify([known, teaches()]);
    if (place.dataset.shape === shape && place.childElementCount) { drawSending(); drawState(); return; }
    place.dataset.shape = shape;
    const focused = document.activeElement && place.contains(document.activeElement) ? document.activeElement.dataset.keep : "";
    const opened = new Set($$("details[open]", place).map((one) => one.dataset.keep));
    const empty = teaches();
    place.classList.toggle("dl-intake-empty", empty);
    place.replaceChildren(
      empty ? teaching() : make("h2", "dl-intake-title", known.empty ? "The first articles" : "Add articles"),
      make("div", "dl-state"), make("div", "dl-sending"), drop(empty), rules(), failures(), folders(),
    );
    for (const one of $$("details", place)) if (opened.has(one.dataset.keep)) one.open = true;
    drawSending();
    drawState();
    if (focused) $(`[data-keep="${focused}"]`, place)?.focus({ preventScroll: true });
  }

  // An archive without articles explains itself, until something happens.
  const teaches = () => known.empty && !sending && state?.phase !== "running" && !known.n_failed;

  function teaching() {
    return make("div", "dl-teach",
      make("h2", "", "This archive is empty"),
      make("p", "", "Dateline answers questions from the articles you give it, and from nothing else. Every statement rests on words of an article, and the number after it opens them there."),
      make("ol", "",
        make("li", "", make("b", "", "Add articles. "), "Drop files or a folder below: saved web pages, texts, PDFs, or an export such as CSV or JSONL. They stay on the computer that Dateline runs on."),
        make("li", "", make("b", "", "Wait a moment. "), "Some ten articles are read in a second; you can ask about the first while the rest is being read."),
        make("li", "", make("b", "", "Ask. "), "Who, what, when, how many: the answer says which article it rests on, or that the articles do not say.")));
  }

  function drop(empty) {
    const file = input("file", "dl-files", "Files to add");
    const folder = input("file", "dl-folder", "Folder to add");
    folder.webkitdirectory = true;
    const pick = (from) => () => from.click();
    const keep = (made, name) => { made.dataset.keep = name; return made; };
    return make("div", "dl-drop",
      make("p", "dl-drop-words", empty ? "Drop files or folders here" : "Drop files or folders here, or choose them"),
      make("div", "dl-drop-buttons", keep(button("Choose files", pick(file), "dl-tool dl-choose"), "files"), keep(button("Choose a folder", pick(folder), "dl-tool dl-choose"), "folder")),
      file, folder);
  }

  function input(type, id, label) {
    const made = make("input", "dl-unseen");
    Object.assign(made, { type, id, multiple: true, tabIndex: -1 });
    made.setAttribute("aria-label", label);
    made.addEventListener("change", () => { const files = chosen(made); send(files); made.value = ""; });
    return made;
  }

  function rules() {
    const l = known.limits;
    const types = (list) => list.join(" ");
    const made = make("details", "dl-rules", make("summary", "", `What can be added: texts and pages up to ${size(l.article)}, PDF and DOCX up to ${size(l.document)}, collections up to ${size(l.container)}`),
      make("dl", "",
        make("dt", "", `Up to ${size(l.article)}`), make("dd", "", `${types(l.texts)}, and files without an ending`),
        make("dt", "", `Up to ${size(l.document)}`), make("dd", "", types(l.documents)),
        make("dt", "", `Up to ${size(l.container)}`), make("dd", "", `${types(l.containers)}: many articles in one file`),
        make("dt", "", "Packed"), make("dd", "", "All of these may be packed with gzip (.gz), but for .zip."),
        make("dt", "", "At a time"), make("dd", "", `${number(l.files)} files and ${size(l.batch)}; ${size(l.spare)} of the disk stay free.`),
        make("dt", "", "Left out"), make("dd", "", "Hidden files, READMEs and licences."),
        make("dt", "", "Kept in"), make("dd", "", named(known.uploads))));
    made.dataset.keep = "rules";
    return made;
  }

  function bar(label, value, most) {
    const made = make("progress", "dl-progress");
    made.setAttribute("aria-label", label);
    if (most) Object.assign(made, { max: most, value });
    return made;
  }

  function drawSending() {
    const frame = place && $(".dl-sending", place);
    if (!frame) return;
    if (!sending) return frame.replaceChildren();
    const { files, refused, hidden, over, whole, sent } = sending;
    const parts = [];
    if (!over) {
      const seconds = (Date.now() - sending.began) / 1000;
      const left = seconds > 2 && sent ? `, ${duration(((sending.size - sent) * seconds) / sent)} left` : "";
      if ($(".dl-progress", frame) && !frame.dataset.over && frame.dataset.refused === String(refused.length)) { // only the figures move
        Object.assign($(".dl-progress", frame), { max: sending.size || 1, value: sent });
        $(".dl-figures", frame).textContent = `${number(whole)} of ${counted(files.length, "file")}, ${size(sent)} of ${size(sending.size)}${left}`;
        return;
      }
      parts.push(make("div", "dl-job", make("p", "dl-job-title", "Sending files"), bar("Files sent", sent, sending.size || 1),
        make("div", "dl-job-foot", make("p", "dl-figures", `${number(whole)} of ${counted(files.length, "file")}, ${size(sent)} of ${size(sending.size)}`), button("Stop", stopSending))));
    }
    const notes = [];
    if (over && sending.known) notes.push(`${counted(sending.known, "file")} ${sending.known === 1 ? "was" : "were"} added before; ${sending.known === 1 ? "it was" : "they were"} not added twice.`);
    if (hidden) notes.push(`${counted(hidden, "hidden file")} left out.`);
    if (notes.length) parts.push(make("p", "dl-intake-note", notes.join(" ")));
    if (refused.length) parts.push(refusals(refused));
    delete frame.dataset.over;
    if (over) frame.dataset.over = "yes";
    frame.dataset.refused = refused.length;
    frame.replaceChildren(...parts);
  }

  function refusals(refused) {
    const line = (one) => make("li", "", named(one.path), make("span", "dl-why", one.why));
    const made = make("div", "dl-refused", make("p", "dl-refused-title", `${counted(refused.length, "file")} not taken`), make("ul", "", ...refused.slice(0, LISTED).map(line)));
    if (refused.length > LISTED) {
      made.append(make("details", "", make("summary", "", `${number(refused.length - LISTED)} more`), make("ul", "", ...refused.slice(LISTED, 500).map(line))));
    }
    if (sending.over) made.append(button("Understood", () => { sending.refused = []; sending.hidden = sending.known = 0; drawSending(); $(".dl-choose", place)?.focus(); }));
    made.setAttribute("role", "status");
    return made;
  }

  function drawState() {
    const frame = place && $(".dl-state", place);
    if (!frame || !state) return;
    const shape = [state.phase, state.run, state.stopping, state.waiting, watched, known?.unread, Boolean(state.told?.total), Boolean(sending && !sending.over)].join();
    if (state.phase === "running" && frame.dataset.shape === shape) return advance(frame); // its button stays under the pointer
    frame.dataset.shape = shape;
    const focused = frame.contains(document.activeElement);
    frame.replaceChildren(...shownState());
    if (focused) ($("button", frame) || $(".dl-choose", place))?.focus({ preventScroll: true });
  }

  function shownState() {
    if (state.phase === "running") return [running()];
    const parts = [];
    const mine = watched === "*" || (watched && watched === state.run);
    if (state.phase === "done" && mine) parts.push(done());
    const broken = ["stopped", "failed", "killed"].includes(state.phase) && localStorage.getItem(DISMISSED) !== state.run;
    if (broken) parts.push(trouble());
    const unread = known?.unread || 0;
    if (unread && !broken && (!sending || sending.over)) {
      parts.push(make("div", "dl-job", make("p", "dl-job-title", `${counted(unread, "file")} added, but not read in yet`), make("div", "dl-job-foot", button("Read in now", () => start({ what: "uploads" })))));
    }
    return parts;
  }

  function figures(told) {
    if (!told.total) return "Getting ready …";
    const rate = told.rate ? `, ${told.rate >= 10 ? Math.round(told.rate) : told.rate.toFixed(1)} a second` : "";
    const left = told.left_s >= 1 ? `, ${duration(told.left_s)} left` : "";
    return `${number(told.done)} of ${counted(told.total, "file")}${rate}${left}${told.aside ? `, ${number(told.aside)} set aside` : ""}`;
  }

  function advance(frame) {
    const told = state.told;
    if (told.total) Object.assign($(".dl-progress", frame), { max: told.total, value: told.done });
    $(".dl-figures", frame).textContent = figures(told);
    $(".dl-now", frame).replaceChildren(told.source ? named(told.source) : "");
  }

  function running() {
    const told = state.told;
    return make("div", "dl-job",
      make("p", "dl-job-title", "Reading in ", state.called.includes("/") ? named(state.called) : state.called),
      bar("Files read in", told.done, told.total), make("p", "dl-figures", figures(told)),
      make("p", "dl-now", told.source ? named(told.source) : ""),
      make("div", "dl-job-foot", make("p", "dl-intake-note", state.waiting ? `${counted(state.waiting, "more ingest")} waiting. ` : "", "You can go on asking meanwhile."),
        state.stopping ? make("p", "dl-intake-note", "Stopping …") : button("Cancel", cancel)));
  }

  function done() {
    const told = state.told;
    const made = make("div", "dl-job dl-job-done", make("p", "dl-job-title", added(told)),
      make("p", "dl-intake-note", `${counted(told.found, "file")} looked at in ${duration(told.seconds)}.${told.aside ? ` ${counted(told.aside, "file")} could not be read; see below.` : ""}${told.gone ? ` ${counted(told.gone, "file")} ${told.gone === 1 ? "is" : "are"} no longer there; the articles stay until \`dateline ingest --prune\` forgets them.` : ""}`));
    const ask = button("Ask a question", () => { window.dateline.show("chat"); $("#question textarea")?.focus(); });
    made.append(make("div", "dl-job-foot", told.articles ? ask : "", button("Close", () => { watched = ""; drawState(); $(".dl-choose", place)?.focus(); })));
    return made;
  }

  function trouble() {
    const told = state.told;
    const stopped = state.phase === "stopped";
    const title = stopped ? "Stopped" : state.locked ? "Somebody else is reading in articles" : "Reading in did not work";
    const words = stopped ? "What was read in until then stays, and can be asked about. The rest can be read in now."
      : state.locked ? "Another ingest, perhaps on the command line, is writing to this archive. Nothing was changed and nothing is lost: try again when it is done."
      : state.phase === "killed" ? `It ended before it was done. What was read in until then stays. ${state.said}` : String(told.message || "");
    return make("div", `dl-job${stopped ? "" : " dl-job-trouble"}`, make("p", "dl-job-title", title), make("p", "dl-intake-note", words),
      make("div", "dl-job-foot", button(stopped || state.phase === "killed" ? "Go on" : "Try again", () => start({ what: "last" })),
        button("Leave it", () => { localStorage.setItem(DISMISSED, state.run); drawState(); $(".dl-choose", place)?.focus(); })));
  }

  function failures() {
    if (!known.n_failed) return "";
    const rows = known.failed.map((one) => make("li", "",
      make("div", "dl-fail-text", make("p", "", named(one.source)), make("p", "dl-why", one.why), make("p", "dl-what", one.what),
        make("p", "dl-intake-note", `${one.before ? "before " : ""}${when(one.noticed)}`)),
      again(one)));
    const more = known.n_failed - known.failed.length;
    const made = make("details", "dl-failed", make("summary", "", `${counted(known.n_failed, "file")} could not be read`),
      make("p", "dl-intake-note", "They are not in the archive; everything else is. Correct a file where it lies, or add a better one, and try again."),
      make("ul", "dl-fails", ...rows), more > 0 ? make("p", "dl-intake-note", `and ${number(more)} more: \`dateline sources --failed\` lists them all.`) : "",
      known.n_failed > 1 ? button("Try all again", () => start({ what: "failed" })) : "");
    made.dataset.keep = "failed";
    return made;
  }

  function again(one) {
    const made = button("Try again", () => start({ what: "failed", source: one.source }));
    made.setAttribute("aria-label", `Try ${one.source} again`);
    made.dataset.keep = `fail-${one.source.replace(/[^\w]/g, "_")}`;
    return made;
  }

  function folders() {
    if (!known.folders.length) return "";
    const rows = known.folders.map((one) => {
      const made = button("Read again", () => start({ what: "folder", path: one.path }));
      made.setAttribute("aria-label", `Read ${one.own ? "what was added here" : one.path} again`);
      made.disabled = !one.there;
      return make("li", "", make("div", "dl-fail-text", make("p", "", one.own ? "Added in the browser: " : "", named(one.path)),
        make("p", "dl-intake-note", `${counted(one.articles, "article")}${one.failed ? `, ${number(one.failed)} could not be read` : ""}${one.there ? "" : "; it is no longer there: is its disk mounted?"}`)), made);
    });
    const made = make("details", "dl-folders", make("summary", "", `Read folders again (${number(known.folders.length)})`),
      make("p", "dl-intake-note", "What changed in these folders since is brought up to date. Unchanged files cost next to nothing."),
      make("ul", "dl-fails", ...rows), known.folders.length > 1 ? button("Read all again", () => start({ what: "folders" })) : "");
    made.dataset.keep = "folders";
    return made;
  }

  // --- dragging -----------------------------------------------------------------------------------------------------

  const view = () => $("#view-archive");
  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const inside = (event) => place && known?.may && document.body.dataset.view === "archive" && (event.target instanceof Element && event.target.closest("#archive, #view-archive"));

  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault(); // else a file that is dropped beside takes the place of the page
    event.dataTransfer.dropEffect = inside(event) ? "copy" : "none";
    view()?.classList.toggle("dl-dragging", Boolean(inside(event)));
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) view()?.classList.remove("dl-dragging"); });
  document.addEventListener("drop", async (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    view()?.classList.remove("dl-dragging");
    if (inside(event)) send(await dropped(event.dataTransfer));
  });

  // --- where it stands ----------------------------------------------------------------------------------------------

  function settle(section) {
    const found = section && $("#intake", section);
    if (!found || found === place) return;
    place = found;
    delete place.dataset.shape;
    place.classList.add("dl-intake");
    refresh();
    look(0);
  }

  hear("library", settle);
  hear("view", (name) => {
    if (name !== "archive") return;
    if (place) refresh();
    else settle(view());
    if (!place) setTimeout(alone, ALONE_MS);
  });
  function showPlace() {
    window.dateline.show("archive");
    $(".dl-choose", place || document)?.focus();
  }
  on("add-articles", showPlace);

  // Where nobody else fills the archive's view, it holds this alone.
  function alone() {
    if (!place && view() && !view().childElementCount) view().append(Object.assign(document.createElement("div"), { id: "intake" }));
    settle(view());
  }

  look(1500);
})();
