// What a form says as pairs of name and value, and the way back.
const OF_THE_PAGE = new Set(["csrf_token", "nonce", "owner", "then", "version", "base", "plan"]);

export const valuesOf = (form) =>
  [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OF_THE_PAGE.has(name));

export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Rows of articles beyond those on the page are added with the page's own button.
const makeRoom = (form, names) => {
  for (const set of form.querySelectorAll(".rows")) {
    const numbers = names.map((name) => Number(name.match(`^${set.id}-(\\d+)-`)?.[1] ?? -1));
    const last = Math.max(...numbers);
    const isThere = () => last < 0 || form.querySelector(`[name^="${set.id}-${last}-"]`);
    for (let tries = 0; !isThere() && tries < 20; tries += 1) set.querySelector("[data-add]").click();
  }
};

export const fill = (form, values) => {
  const told = new Map();
  for (const [name, value] of values) told.set(name, [...(told.get(name) ?? []), value]);
  makeRoom(form, [...told.keys()]);
  for (const input of form.elements) {
    if (!input.name || input.type === "submit" || OF_THE_PAGE.has(input.name)) continue;
    const mine = told.get(input.name) ?? [];
    if (input.type === "checkbox" || input.type === "radio") input.checked = mine.includes(input.value);
    else if (mine.length) input.value = mine[0];
    else if (input.tagName !== "SELECT") input.value = "";
  }
  for (const details of form.querySelectorAll("details")) {
    const tells = [...details.querySelectorAll("input, textarea")].some((input) =>
      input.type === "checkbox" ? input.checked : input.value && input.type !== "date");
    if (tells || details.querySelector("#planned_on")?.value) details.open = true;
  }
};
