// Articles over time: bars to look at, two handles to narrow the list by, days to type. Undated ones stand apart.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

  // `changed(days)` is called with {from, to, undated} when somebody chose days, `ask()` to ask within these.
  function attach(changed, ask) {
    const { el } = dateline;
    const { number } = dateline.scopes;
    let bins = [];
    let undated = { shown: 0, total: 0 };
    let days = {};
    let dragged = null;

    const bars = document.createElementNS(SVG, "svg");
    bars.setAttribute("preserveAspectRatio", "none");
    bars.setAttribute("aria-hidden", "true");
    const shades = [el("div", { class: "dl-shade" }), el("div", { class: "dl-shade" })];
    const handles = ["from", "to"].map((name) => el("div", {
      class: "dl-handle", role: "slider", tabindex: "0", "aria-label": name === "from" ? "Published from" : "Published to", "data-end": name,
    }));
    const plot = el("div", { class: "dl-plot" }, bars, ...shades, ...handles);
    const axis = el("div", { class: "dl-day-axis", "aria-hidden": "true" });
    const hint = el("p", { class: "dl-days-hint", "aria-hidden": "true" });
    const inputs = ["from", "to"].map((name) => el("input", { type: "date", class: "dl-input", onchange: () => choose({ [name]: inputs[name === "from" ? 0 : 1].value }) }));
    const box = el("input", { type: "checkbox", onchange: () => choose({ undated: box.checked }) });
    const boxWords = el("span");
    const boxLabel = el("label", { class: "dl-check" }, box, " ", boxWords);
    const all = el("button", { type: "button", class: "dl-link", text: "all days", onclick: () => choose({ from: "", to: "", undated: false }) });
    const within = el("button", { type: "button", class: "dl-again", text: "Ask within these days", onclick: ask });
    const controls = el(
      "div", { class: "dl-days-row" },
      el("label", { class: "dl-field" }, "From ", inputs[0]), el("label", { class: "dl-field" }, "to ", inputs[1]), boxLabel, all, within,
    );
    const made = el("section", { class: "dl-days", "aria-label": "Articles over time" }, plot, axis, hint, controls);

    function choose(wished) {
      days = { ...days, ...wished };
      if (days.from && days.to && days.from > days.to) [days.from, days.to] = [days.to, days.from];
      draw();
      changed(days);
    }

    // --- which bins are chosen --------------------------------------------------------------------------------------

    const ends = () => {
      const first = days.from ? bins.findIndex((b) => b[1] >= days.from) : 0;
      const last = days.to ? bins.findLastIndex((b) => b[0] <= days.to) : bins.length - 1;
      return [first < 0 ? bins.length - 1 : first, last < 0 ? 0 : last];
    };

    function chooseBins(first, last) {
      const [low, high] = [Math.min(first, last), Math.max(first, last)];
      choose({ from: low > 0 ? bins[low][0] : "", to: high < bins.length - 1 ? bins[high][1] : "" });
    }

    const binAt = (event) => {
      const { left, width } = plot.getBoundingClientRect();
      return Math.max(0, Math.min(bins.length - 1, Math.floor(((event.clientX - left) / width) * bins.length)));
    };

    const binInWords = ([first, last]) => {
      if (first === last) return first;
      if (first.slice(0, 7) === last.slice(0, 7)) return `${MONTHS[+first.slice(5, 7) - 1]} ${first.slice(0, 4)}`;
      return first.slice(0, 4) === last.slice(0, 4) ? first.slice(0, 4) : `${first.slice(0, 4)} to ${last.slice(0, 4)}`;
    };

    // --- what it looks like -----------------------------------------------------------------------------------------

    function drawBars() {
      const most = Math.max(1, ...bins.map((b) => b[3]));
      const bar = (x, n, name) => {
        const made = document.createElementNS(SVG, "rect");
        const height = n ? Math.max(1.5, (n / most) * 60) : 0;
        for (const [key, value] of Object.entries({ x: x + 0.08, y: 60 - height, width: 0.84, height, class: name })) made.setAttribute(key, value);
        return made;
      };
      bars.setAttribute("viewBox", `0 0 ${bins.length || 1} 60`);
      bars.replaceChildren(...bins.flatMap((b, x) => [bar(x, b[3], "dl-day-bar-all"), bar(x, b[2], "dl-day-bar")]));
      drawAxis();
    }

    function drawAxis() {
      const step = Math.max(1, Math.ceil(bins.length / Math.max(2, Math.floor(plot.clientWidth / 110))));
      const named = bins.map((b, n) => [b, n]).filter(([, n]) => n % step === 0 && (n === 0 || n / bins.length < 0.93));
      axis.replaceChildren(...named.map(([b, n]) => {
        const label = el("span", { text: binInWords(b) });
        label.style.left = `${(n / bins.length) * 100}%`;
        return label;
      }));
    }

    function draw() {
      const [first, last] = ends();
      const n = bins.length || 1;
      made.classList.toggle("dl-no-days", bins.length < 2);
      shades[0].style.width = `${(first / n) * 100}%`;
      shades[1].style.width = `${((n - 1 - last) / n) * 100}%`;
      [first, last].forEach((at, i) => {
        const handle = handles[i];
        handle.style.left = `${((at + i) / n) * 100}%`;
        handle.setAttribute("aria-valuemin", "0");
        handle.setAttribute("aria-valuemax", String(n - 1));
        handle.setAttribute("aria-valuenow", String(at));
        const day = i ? days.to || bins[at]?.[1] : days.from || bins[at]?.[0];
        handle.setAttribute("aria-valuetext", `${i ? "to" : "from"} ${day || "no day"}`);
      });
      inputs[0].value = days.from || "";
      inputs[1].value = days.to || "";
      box.checked = Boolean(days.undated);
      boxWords.textContent = `${days.from || days.to ? "and" : "only"} the ${number(undated.shown)} without a known day`;
      boxLabel.hidden = !undated.total;
      const chosen = Boolean(days.from || days.to || days.undated);
      all.hidden = within.hidden = !chosen;
      say(null);
    }

    function say(bin) {
      const many = bin && `${number(bin[2])}${bin[2] === bin[3] ? "" : ` of ${number(bin[3])}`} ${bin[3] === 1 ? "article" : "articles"}`;
      hint.textContent = bin ? `${binInWords(bin)}: ${many}` : "";
    }

    // --- by hand ----------------------------------------------------------------------------------------------------

    plot.addEventListener("pointerdown", (event) => {
      if (event.button || !bins.length) return;
      const held = event.target.closest(".dl-handle");
      const [first, last] = ends();
      dragged = { from: held ? (held.dataset.end === "from" ? last : first) : binAt(event), moved: Boolean(held) };
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      if (!bins.length) return;
      const at = binAt(event);
      if (!dragged) return say(bins[at]);
      if (at !== dragged.from || dragged.moved) {
        dragged.moved = true;
        preview(dragged.from, at);
      }
    });
    const drop = (event) => {
      if (!dragged) return;
      const at = binAt(event);
      const { from } = dragged;
      dragged = null;
      if (event.type === "pointerup") chooseBins(from, at);
      else draw();
    };
    plot.addEventListener("pointerup", drop);
    plot.addEventListener("pointercancel", drop);
    plot.addEventListener("pointerleave", () => { if (!dragged) say(null); });

    function preview(one, other) {
      const before = days;
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      days = { ...days, from: low > 0 ? bins[low][0] : "", to: high < bins.length - 1 ? bins[high][1] : "" };
      draw();
      days = before;
    }

    for (const handle of handles) {
      handle.addEventListener("keydown", (event) => {
        const many = Math.max(1, Math.round(bins.length / 10));
        const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -many, PageUp: many, Home: -bins.length, End: bins.length }[event.key];
        if (!by || !bins.length) return;
        event.preventDefault();
        event.stopPropagation();
        const [first, last] = ends();
        if (handle.dataset.end === "from") chooseBins(Math.max(0, Math.min(last, first + by)), last);
        else chooseBins(first, Math.min(bins.length - 1, Math.max(first, last + by)));
      });
    }

    // Shows what the server counted, and the days that are chosen.
    function show(counted, chosen) {
      [bins, undated, days] = [counted.bins, counted.undated, { from: chosen.from || "", to: chosen.to || "", undated: chosen.undated }];
      drawBars();
      draw();
    }

    new ResizeObserver(drawAxis).observe(plot);
    return { made, show };
  }

  dateline.daysOf = attach;
})();
