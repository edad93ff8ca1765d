// The form of a new entry with its photos.
import { Draft } from "phone/draft.js";
import { element, pause } from "phone/element.js";
import { addPhoto, askWho, NOT_KEPT, owner, photosOf, removePhoto } from "phone/entries.js";
import { byName, countHeads, fill, offerVenues, proposeTitle, sendPlainly, today, valuesOf, withChanges } from "phone/fields.js";
import { shrink, uuid } from "photos.js";

// Photos of the entry being written: shrunk and stored on this phone at once, sent after the entry. The draft is
// stored before the picker opens, since a phone short of memory reloads the page behind it.
const MOST = 9;
const THUMB = 144;

const thumbOf = (photo) => {
  const canvas = element("canvas", { width: THUMB, height: THUMB });
  createImageBitmap(new Blob([photo.bytes])).then((image) => {
    const side = Math.min(image.width, image.height);
    const [x, y] = [(image.width - side) / 2, (image.height - side) / 2];
    canvas.getContext("2d").drawImage(image, x, y, side, side, 0, 0, THUMB, THUMB);
    image.close();
  }).catch(() => {});
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", photo.name);
  return canvas;
};

export class PhotoField {
  constructor(part, draft) {
    this.part = part;
    this.draft = draft;
    this.picker = part.querySelector("input");
    this.ready = Promise.resolve();
    part.hidden = false;
    part.querySelector("[data-pick]").addEventListener("click", () => this.#pick());
    this.picker.addEventListener("change", () => this.#take([...this.picker.files]));
    draft.form.addEventListener("filled", () => this.show());
  }

  say(words) { this.part.querySelector("[data-photo-state]").textContent = words; }

  async #pick() {
    await Promise.race([this.draft.save().catch(() => {}), pause(500)]);
    this.picker.click();
  }

  #take(files) {
    this.picker.value = "";
    this.ready = this.ready.then(async () => {
      const room = MOST - (await photosOf(this.draft.nonce)).length;
      for (const [at, file] of files.slice(0, room).entries()) {
        this.say(`正在存第 ${at + 1} 张，共 ${Math.min(files.length, room)} 张`);
        await this.#store(file);
      }
      this.say(files.length > room ? `一场最多 ${MOST} 张，多选的没有存` : "");
    }).catch(() => this.say("这张照片没有存上，请重新选一次"));
  }

  async #store(file) {
    const { bytes, takenAt } = await shrink(file);
    const photo = { uuid: uuid(), nonce: this.draft.nonce, owner, bytes, takenAt, name: file.name };
    await addPhoto(photo, (found) => {
      const entry = this.draft.merged(found, {});
      return entry && { ...entry, photos: [...entry.photos, photo.uuid] };
    });
    await this.show();
  }

  async show() {
    const stored = await photosOf(this.draft.nonce);
    const row = (photo) => element("li", {}, thumbOf(photo), element("button", {
      className: "button button-quiet",
      type: "button",
      textContent: "去掉",
      onclick: () => removePhoto(photo).then(() => this.show()),
    }));
    this.part.querySelector("ul").replaceChildren(...stored.map(row));
    this.part.querySelector("[data-pick]").hidden = stored.length >= MOST;
  }
}

// The values of the last activity over what stands there; a blank of theirs blanks nothing.
const copy = (form, values) => {
  const theirs = byName(values.filter(([, value]) => value !== ""));
  if (theirs.has("held_on")) theirs.set("held_on", [today()]);
  fill(form, withChanges(valuesOf(form), theirs));
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

// Joins the form to its draft: whatever is changed is kept, whatever is submitted is queued.
export const startForm = async (form) => {
  const draft = new Draft(form);
  const part = form.querySelector("[data-venues]");
  const heads = form.querySelector("[data-heads]");
  if (part) offerVenues(form, part);
  if (heads) countHeads(heads);
  const photoPart = form.querySelector("[data-photo-field]");
  const field = photoPart && new PhotoField(photoPart, draft);
  await draft.open();
  proposeTitle(form);
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
