"use strict";

// A link to a component opens it, whichever way it is followed.
function openTarget() {
  const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(found instanceof HTMLDetailsElement)) return;
  found.hidden = false;
  found.open = true;
  found.querySelector("summary").focus();
  found.scrollIntoView({ block: "start" });
}
addEventListener("hashchange", openTarget);
// The same link a second time changes no hash.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link || link.getAttribute("href") !== location.hash) return;
  event.preventDefault();
  openTarget();
});

for (const form of document.querySelectorAll(".filters")) {
  const target = form.closest(".target");
  const components = [...target.querySelectorAll("details.component")];
  // What a row says is read once: there may be thousands.
  const rows = [...target.querySelectorAll("details.component .checks tbody tr")].map((row) => ({
    row, text: (row.closest("details").id + " " + row.textContent).toLowerCase(),
  }));
  const { text, step, wrong, open, shut } = form.elements;
  const count = form.querySelector("output");

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filtered = words.length > 0 || step.value !== "" || wrong.checked;
    const hits = new Map();
    for (const r of rows) {
      const hit = words.every((word) => r.text.includes(word)) &&
        (step.value === "" || r.row.dataset.step === step.value) &&
        (!wrong.checked || r.row.classList.contains("wrong"));
      r.row.hidden = !hit;
      if (hit) hits.set(r.row.closest("details"), true);
    }
    for (const component of components) component.hidden = filtered && !hits.has(component);
    for (const table of target.querySelectorAll(".component .changes")) table.hidden = filtered;
    const shown = rows.filter((r) => !r.row.hidden).length;
    count.textContent = filtered ? `${shown} of ${rows.length} values` : `${rows.length} values`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  open.addEventListener("click", () => components.forEach((c) => { c.open = true; }));
  shut.addEventListener("click", () => components.forEach((c) => { c.open = false; }));
  form.hidden = false;
  filter();
}
openTarget();
