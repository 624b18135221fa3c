// Sending files with a bar that shows how far it is; without script the form goes by itself.
"use strict";

for (const form of document.querySelectorAll("[data-send]")) {
  const bar = form.querySelector("progress");
  const files = form.querySelector("input[type=file]");
  for (const kind of ["dragenter", "dragover"]) files.addEventListener(kind, () => form.classList.add("is-over"));
  for (const kind of ["dragleave", "drop"]) files.addEventListener(kind, () => form.classList.remove("is-over"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    bar.hidden = false;
    form.querySelector("button").disabled = true;
    request.upload.addEventListener("progress", (sent) => { bar.value = (100 * sent.loaded) / sent.total; });
    request.addEventListener("load", () => {
      if (request.status < 400) return location.assign(request.responseURL);
      document.documentElement.innerHTML = new DOMParser().parseFromString(request.responseText, "text/html").documentElement.innerHTML;
    });
    request.addEventListener("error", () => form.submit());
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}
