// What is nicer with script and works without: Escape closes what was opened, a secret can be copied.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const opened = document.activeElement?.closest("details[open]");
  if (!opened) return;
  opened.open = false;
  opened.querySelector("summary").focus();
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
