// Joins the form to its draft: whatever is changed is kept, whatever is submitted is queued.
import { today } from "./days.js";
import { Draft } from "./draft.js";
import { countHeads } from "./heads.js";
import { fill, valuesOf } from "./inputs.js";
import { PhotoField } from "./photo-field.js";
import { sendPlainly } from "./plainly.js";
import { owner } from "./sending.js";
import { askWho } from "./server.js";
import { NOT_KEPT } from "./store.js";
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

// → whether a submission is on its way.
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
    } catch { // this browser keeps nothing; without network a plain form would lose everything
      if ((await askWho())?.user === owner) sendPlainly(form, then);
      else draft.say(NOT_KEPT);
    }
    isBusy = false;
  });
  return () => isBusy;
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
  const save = () => draft.save().catch(() => {});
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  form.addEventListener("click", (event) => event.target.closest("[data-remove]") && save());
  const isBusy = onSubmit(form, draft, field);
  addEventListener("pageshow", (event) => event.persisted && draft.open());
  const lookAgain = () => document.hidden || isBusy() || draft.lookAgain().catch(() => {});
  document.addEventListener("visibilitychange", lookAgain);
  addEventListener("focus", lookAgain);
  addEventListener("hashchange", () => draft.open());
  const link = document.querySelector("[data-copy]");
  link?.addEventListener("click", (event) => {
    event.preventDefault();
    copy(form, JSON.parse(link.dataset.values));
  });
};
