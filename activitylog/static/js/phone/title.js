// Proposes the name from place, kind or project, and day, until the person writes one.
const proposal = (form) => {
  const kind = form.querySelector("[name=kinds]:checked")?.value || form.new_kind.value.trim();
  const project = form.project_id.value && form.project_id.selectedOptions[0].textContent.replace(/^\d{4}年 /, "");
  const [, month, day] = /^\d{4}-(\d\d)-(\d\d)$/.exec(form.held_on.value) ?? [];
  const what = `${form.venue_name.value.trim()}${kind || project || ""}`;
  return what && month ? `${what}（${Number(month)}月${Number(day)}日）` : what;
};

export const proposeTitle = (form) => {
  let last = proposal(form);
  const isOurs = () => !form.title.value.trim() || form.title.value === last;
  const propose = () => {
    const next = proposal(form);
    if (isOurs()) form.title.value = next;
    last = next;
  };
  form.addEventListener("input", (event) => event.target !== form.title && propose());
  form.addEventListener("filled", () => {
    last = proposal(form);
    propose();
  });
  form.title.addEventListener("blur", propose);
  propose();
};
