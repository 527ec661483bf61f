// Who is logged in, and logging out. Without logins there is nothing to show.
(() => {
  "use strict";
  const { $, ask, hear, on, say } = window.dateline;

  function show() {
    const name = $("meta[name=dateline-person]")?.content;
    const tools = $(".dl-masthead-tools");
    if (!name || !tools || $("#dl-logout")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.id = "dl-logout";
    button.className = "dl-tool";
    button.dataset.do = "logout";
    button.textContent = "Log out";
    button.title = `Logged in as ${name}`;
    button.setAttribute("aria-label", `Log out ${name}`);
    tools.append(button);
  }

  on("logout", async () => {
    try {
      const { next } = await (await ask("/page/logout", { method: "POST" })).json();
      location.replace(next);
    } catch (error) {
      say(error.message);
    }
  });

  hear("view", show);
})();
