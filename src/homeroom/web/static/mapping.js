// The mapping editor: line numbers with marks, and a preview that follows the text. Without script a button does it.
"use strict";

for (const form of document.querySelectorAll("[data-editor]")) {
  const text = form.querySelector("textarea");
  const state = form.querySelector("#preview-state");
  const gutter = document.createElement("div");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  text.before(gutter);
  text.parentElement.classList.add("has-gutter");

  const faultyLines = () => {
    const found = new Map();
    for (const item of form.querySelectorAll("#findings [data-line]")) {
      if (found.get(item.dataset.line) !== "error") found.set(item.dataset.line, item.dataset.severity);
    }
    return found;
  };

  const numberLines = () => {
    const faulty = faultyLines();
    const lines = text.value.split("\n").map((_, index) => {
      const line = document.createElement("span");
      line.textContent = String(index + 1);
      const severity = faulty.get(line.textContent);
      if (severity) line.className = severity;
      return line;
    });
    gutter.replaceChildren(...lines);
    gutter.scrollTop = text.scrollTop;
  };

  const goToLine = (number) => {
    const before = text.value.split("\n").slice(0, number - 1).join("\n").length;
    const start = number > 1 ? before + 1 : 0;
    const end = text.value.indexOf("\n", start);
    text.focus();
    text.setSelectionRange(start, end < 0 ? text.value.length : end);
    const height = parseFloat(getComputedStyle(text).lineHeight);
    text.scrollTop = Math.max(0, (number - 5) * height);
  };

  const linkFindings = () => {
    for (const item of form.querySelectorAll("#findings [data-line]")) {
      const where = item.querySelector(".where");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet where";
      button.textContent = where.textContent;
      button.addEventListener("click", () => goToLine(Number(item.dataset.line)));
      where.replaceWith(button);
    }
  };

  const tell = (words) => {
    state.textContent = words;
    state.hidden = !words;
  };

  let waiting = 0;
  let asking = null;

  const opened = () => [...form.querySelectorAll("#preview details")].map((one) => one.open);

  const show = (page) => {
    const wereOpen = opened();
    for (const id of ["findings", "given", "preview"]) {
      const now = form.querySelector(`#${id}`);
      const then = page.getElementById(id);
      if (then && !now.contains(document.activeElement)) now.innerHTML = then.innerHTML;
    }
    const records = form.querySelectorAll("#preview details");
    if (records.length === wereOpen.length) records.forEach((one, n) => { one.open = wereOpen[n]; });
    linkFindings();
    numberLines();
    if (form.querySelector("#findings .faults")) text.setAttribute("aria-invalid", "true");
    else text.removeAttribute("aria-invalid");
  };

  const preview = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    tell(form.dataset.working);
    try {
      const body = new URLSearchParams(new FormData(form));
      const response = await fetch(form.dataset.preview, { method: "POST", body, signal: mine.signal });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      show(new DOMParser().parseFromString(await response.text(), "text/html"));
      tell("");
    } catch (error) {
      if (mine === asking && error.name !== "AbortError") tell(form.dataset.failed);
    }
  };

  const previewSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(preview, 500);
  };

  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  text.addEventListener("input", () => { numberLines(); previewSoon(); });
  form.addEventListener("input", (event) => { if (event.target !== text) previewSoon(); });
  form.addEventListener("submit", () => { clearTimeout(waiting); asking?.abort(); });
  linkFindings();
  numberLines();
}
