// Joins the form to its draft: whatever is changed is kept, whatever is submitted is queued.
import { today } from "./days.js";
import { Draft } from "./draft.js";
import { countHeads } from "./heads.js";
import { fill, valuesOf } from "./inputs.js";
import { PhotoField } from "./photo-field.js";
import { sendPlainly } from "./plainly.js";
import { proposeTitle } from "./title.js";
import { offerVenues } from "./venues.js";

// The values of the last activity over what stands there; a blank of theirs blanks nothing.
const copy = (form, told) => {
  const theirs = told.filter(([, value]) => value !== "");
  const names = new Set(theirs.map(([name]) => name));
  const mine = valuesOf(form).filter(([name]) => !names.has(name));
  fill(form, [...mine, ...theirs.map(([name, value]) => [name, name === "held_on" ? today() : value])]);
  form.dispatchEvent(new Event("filled"));
  form.dispatchEvent(new Event("input", { bubbles: true }));
};

const onSubmit = (form, draft, field) => {
  let isBusy = false;
  form.addEventListener("submit", async (event) => {
    const then = event.submitter?.value || "submit";
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    try {
      await field?.ready;
      await draft.submit(then);
    } catch {
      sendPlainly(form, then); // this browser keeps nothing
    }
    isBusy = false;
  });
};

export const startForm = async (form) => {
  const draft = new Draft(form);
  const part = form.querySelector("[data-venues]");
  const heads = form.querySelector("[data-heads]");
  if (part) offerVenues(form, part);
  if (heads) countHeads(heads);
  const photoPart = form.querySelector("[data-photo-field]");
  const field = photoPart && new PhotoField(photoPart, draft);
  proposeTitle(form);
  await draft.open();
  form.addEventListener("input", () => draft.save());
  form.addEventListener("change", () => draft.save());
  form.addEventListener("click", (event) => event.target.closest("[data-remove]") && draft.save());
  onSubmit(form, draft, field);
  addEventListener("pageshow", (event) => event.persisted && draft.open());
  addEventListener("hashchange", () => draft.open());
  const link = document.querySelector("[data-copy]");
  link?.addEventListener("click", (event) => {
    event.preventDefault();
    copy(form, JSON.parse(link.dataset.values));
  });
};
