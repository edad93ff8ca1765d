// Says what was wrong beside each input, as the server's own page would.
import { element } from "./element.js";

export const clearErrors = (form) => {
  document.getElementById("errors")?.remove();
  for (const error of form.querySelectorAll(".field-error")) error.remove();
  for (const field of form.querySelectorAll(".field-bad")) field.classList.remove("field-bad");
};

export const showErrors = (form, errors) => {
  clearErrors(form);
  const lines = Object.entries(errors).map(([name, sentence]) => {
    const input = name && form.querySelector(`[name="${name}"], [id="${name}"]`);
    const field = input?.closest?.(".field, .rows");
    if (field) {
      field.classList.add("field-bad");
      const place = field.querySelector(".field-entry, .chips") ?? field.lastElementChild;
      place.before(element("p", { className: "field-error" }, sentence));
      for (let details = field.closest("details"); details; details = details.parentElement.closest("details")) details.open = true;
    }
    return element("li", {}, field ? element("a", { href: `#${input.id || field.id}`, textContent: sentence }) : sentence);
  });
  const summary = element("div", { className: "errors", id: "errors", tabIndex: -1, role: "alert" },
    element("h2", { textContent: "还没有保存，请先改好这几处" }), element("ul", {}, ...lines));
  form.before(summary);
  summary.focus();
};
