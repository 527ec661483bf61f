// The misses by words, stage and kind. Nothing is worked out here: cards are shown or hidden, groups with them.
(() => {
  "use strict";
  const filter = document.querySelector(".filter");
  if (!filter) return;
  const words = document.getElementById("filter-words");
  const stage = document.getElementById("filter-stage");
  const kind = document.getElementById("filter-kind");
  const none = document.getElementById("filter-none");
  const groups = [...document.querySelectorAll("#misses .group")];
  const texts = new Map();

  function text(miss) {
    if (!texts.has(miss)) texts.set(miss, miss.textContent.toLowerCase());
    return texts.get(miss);
  }

  function apply() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let some = false;
    for (const group of groups) {
      let here = false;
      for (const miss of group.querySelectorAll(".miss")) {
        const fits =
          (!stage.value || miss.dataset.stage === stage.value) &&
          (!kind.value || miss.dataset.kind === kind.value) &&
          wanted.every((word) => text(miss).includes(word));
        miss.hidden = !fits;
        here = here || fits;
      }
      group.hidden = !here;
      some = some || here;
    }
    none.textContent = some ? "" : "No miss is like that.";
  }

  // A link from elsewhere on the page leads to its question whatever the filter hides.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest("[hidden]")) return;
    words.value = stage.value = kind.value = "";
    apply();
    target.scrollIntoView();
  }

  filter.addEventListener("input", apply);
  window.addEventListener("hashchange", reveal);
  filter.hidden = false;
  apply();
})();
