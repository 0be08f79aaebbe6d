"use strict";
// Filters and pages of the long tables; without it every row is shown.
const PAGE = 100;

function filtered(form) {
  const table = document.getElementById(form.dataset.table);
  const rows = Array.from(table.tBodies[0].rows);
  const status = document.getElementById(`${table.id}-status`);
  const [previous, next] = document.getElementById(`${table.id}-pager`).querySelectorAll("button");
  const texts = new Map();
  let matching = rows;
  let page = 0;

  function textOf(row) {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  }

  function show() {
    const pages = Math.max(1, Math.ceil(matching.length / PAGE));
    page = Math.min(page, pages - 1);
    for (const row of table.querySelectorAll("tr.on")) row.classList.remove("on");
    for (const row of matching.slice(page * PAGE, (page + 1) * PAGE)) row.classList.add("on");
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
    previous.hidden = next.hidden = pages === 1;
    const rest = pages > 1 ? `, page ${page + 1} of ${pages}` : "";
    status.textContent = `${matching.length} of ${rows.length} rows${rest}`;
  }

  function filter() {
    const wanted = Array.from(form.querySelectorAll("select")).filter((select) => select.value !== "");
    const word = form.elements.text.value.trim().toLowerCase();
    matching = rows.filter(
      (row) =>
        wanted.every((select) => row.dataset[select.name] === select.value) &&
        (word === "" || textOf(row).includes(word))
    );
    page = 0;
    show();
  }

  function turn(step) {
    page += step;
    show();
    table.scrollIntoView({ block: "start" });
  }

  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  table.classList.add("paged");
  form.hidden = false;
  document.getElementById(`${table.id}-pager`).hidden = false;
  filter();
  return filter;
}

const filters = new Map();
for (const form of document.querySelectorAll("form.filters")) filters.set(form, filtered(form));

// A link from what needs a person to its rows sets the filter as well.
for (const link of document.querySelectorAll("a[data-filters]")) {
  link.addEventListener("click", () => {
    const form = document.getElementById(link.dataset.filters);
    form.querySelectorAll("select").forEach((select) => {
      select.value = link.dataset[select.name] ?? "";
    });
    form.elements.text.value = "";
    filters.get(form)();
  });
}
