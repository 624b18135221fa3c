// What is nicer with script and works without: Escape closes what was opened, a button that was pressed shows it and is
// not pressed twice, a secret can be copied.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const opened = document.activeElement?.closest("details[open]");
  if (!opened) return;
  opened.open = false;
  opened.querySelector("summary").focus();
});

document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (!pressed || event.defaultPrevented) return;
  // After the form has been read: a disabled button says nothing in it.
  setTimeout(() => { pressed.disabled = true; pressed.classList.add("busy"); });
});

addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button.busy")) {
    button.disabled = false;
    button.classList.remove("busy");
  }
});

for (const secret of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "second copy";
  button.textContent = "⧉";
  button.setAttribute("aria-label", secret.dataset.copy);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(secret.textContent);
    button.textContent = "✓";
  });
  secret.after(button);
}
