// Adds and removes blocks of a repeated sub-form. New numbers only grow, so an entry never takes another's place.
behaviours.rows = (set) => {
  const add = set.querySelector("[data-add]");
  const all = () => [...set.querySelectorAll(".rows-row")];
  if (!all().length) return;
  const blank = all().at(-1).cloneNode(true);
  const named = (part) => `${set.id}-${part}`;
  const number = new RegExp(`^${named("(\\d+)")}(?=-|$)`);
  let next = Math.max(...all().map((row) => Number(row.querySelector("[name]").name.match(number)[1]))) + 1;

  const show = () => {
    all().forEach((row, index) => {
      row.querySelector("[data-count]").textContent = index + 1;
      row.querySelector("[data-remove]").hidden = all().length < 2;
    });
    add.hidden = all().length >= (Number(set.dataset.max) || 99);
  };
  const cleaned = () => {
    const row = blank.cloneNode(true);
    for (const error of row.querySelectorAll(".field-error")) error.remove();
    for (const field of row.querySelectorAll(".field-bad")) field.classList.remove("field-bad");
    for (const element of row.querySelectorAll("*")) {
      for (const key of ["name", "id", "for", "aria-describedby"]) {
        const value = element.getAttribute(key);
        if (value) element.setAttribute(key, value.replace(number, named(next)));
      }
      element.removeAttribute("aria-invalid");
      if (element.matches("input:not([type=checkbox], [type=radio]), textarea")) element.value = "";
      if (element.matches("[type=checkbox], [type=radio]")) element.checked = false;
      if (element.matches("select")) element.selectedIndex = 0;
    }
    next += 1;
    return row;
  };
  add.addEventListener("click", () => {
    const row = cleaned();
    add.before(row);
    show();
    row.querySelector("input:not([type=hidden]), select, textarea").focus();
  });
  set.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove]")) return;
    event.target.closest(".rows-row").remove();
    show();
    add.focus();
  });
  show();
};
