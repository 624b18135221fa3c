// Pairs by keyboard: j and k go on and back, s, d and l press the pair's buttons. Without script the buttons do.
"use strict";

const pairs = [...document.querySelectorAll("[data-pair]")];
const rulings = { s: "same", d: "different", l: "later" };

const current = () => Math.max(0, pairs.findIndex((pair) => pair.contains(document.activeElement)));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "j" || event.key === "k") {
    const isIn = pairs.some((pair) => pair.contains(document.activeElement));
    const next = isIn ? current() + (event.key === "j" ? 1 : -1) : 0;
    pairs[next]?.focus();
  } else if (event.key in rulings) {
    pairs[current()]?.querySelector(`[name=ruling][value=${rulings[event.key]}]`).click();
  }
});

pairs[0]?.focus({ preventScroll: true });
