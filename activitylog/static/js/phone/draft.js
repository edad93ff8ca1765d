// The form's draft: kept on this phone with every change, found again after a reload, sent under one nonce.
import { element, pause } from "phone/element.js";
import { changeEntry, deliver, entriesOf, NOT_KEPT, outlook, owner } from "phone/entries.js";
import {
  changesOf, clearErrors, clock, fill, givenValuesOf, isSame, lacking, showErrors, today, valuesOf, withChanges,
} from "phone/fields.js";
import { uuid } from "photos.js";

const PATIENCE = 3_000; // for an answer, before the person goes on without
const PHOTO_PATIENCE = 15_000;
const GONE = "这份记录已经提交，请看上面的列表";
const isOpen = (entry) => !entry || entry.state === "draft" || entry.state === "refused";

export class Draft {
  constructor(form) {
    this.form = form;
    this.isKept = true;
    this.state = form.querySelector("[data-entry-state]");
    this.plan = form.plan?.value ?? "";
    this.blank = givenValuesOf(form);
    form.autocomplete = "off"; // the draft brings values back, not the browser
  }

  say(words) { this.state.textContent = words; }

  // Goes on with the entry the address names, else with the latest draft, else begins a new one. What was written
  // before this script had come stays: in the named entry, or in an entry of its own.
  async open() {
    const mine = await entriesOf(owner);
    const written = this.nonce ? new Map() : changesOf(this.form, this.blank);
    const named = mine.find((entry) => entry.nonce === location.hash.slice(1));
    const isFresh = document.getElementById("errors") || new URLSearchParams(location.search).has("like");
    const isOurs = (entry) => entry.state === "draft" && entry.plan === this.plan;
    const latest = isFresh || written.size ? null : mine.filter(isOurs).at(-1);
    const chosen = named && await this.#take(named.nonce) || latest;
    if (!chosen) {
      this.begin({ isFresh, written });
      return written.size ? this.save() : undefined;
    }
    this.#show(chosen.nonce, withChanges(chosen.values, written));
    if (written.size) await this.save();
    if (chosen.state === "refused") showErrors(this.form, chosen.errors ?? { "": chosen.sentence });
    else this.#offerAnother();
    return this.say("接着上次写的，内容都在本机");
  }

  begin({ isFresh = false, written = new Map() } = {}) {
    const isOld = !this.plan && (document.documentElement.dataset.kept || !isFresh);
    const dated = ([name, value]) => [name, isOld && name === "held_on" ? today() : value];
    this.#show(uuid(), withChanges(this.blank.map(dated), written));
    this.say("");
  }

  #show(nonce, values) {
    clearErrors(this.form);
    document.querySelector("[data-another]")?.remove();
    this.nonce = nonce;
    this.form.nonce.value = nonce;
    this.form.dataset.nonce = nonce;
    fill(this.form, values);
    this.form.dispatchEvent(new Event("filled"));
    document.dispatchEvent(new Event("phone"));
  }

  #offerAnother() {
    const another = element("button", { className: "button button-quiet", type: "button", textContent: "另记一场" });
    another.addEventListener("click", () => { this.begin(); scrollTo(0, 0); });
    const notice = element("div", { className: "notice notice-info" },
      element("p", { textContent: "这是上次没写完的一场，接着写即可。" }), another);
    notice.dataset.another = "";
    this.form.before(notice);
  }

  // An entry that waits and was never on its way may still be changed.
  #take(nonce) {
    return changeEntry(nonce, (found) => {
      if (found?.state === "waiting" && !found.isTried) return { ...found, state: "draft" };
      return isOpen(found) ? found : undefined;
    });
  }

  // What the form says now, with the changes; nothing when the entry has gone its way from another page.
  merged(found, changes) {
    if (!isOpen(found)) return undefined;
    const start = found ?? { nonce: this.nonce, owner, plan: this.plan, state: "draft", photos: [], startedAt: Date.now() };
    return { ...start, values: valuesOf(this.form), title: this.form.title.value.trim(), ...changes };
  }

  async save() {
    this.isKept = false;
    const kept = await changeEntry(this.nonce, (found) => this.merged(found, {})).catch((error) => {
      this.say(NOT_KEPT);
      throw error;
    });
    this.isKept = true;
    this.say(kept ? `已存在本机 ${clock()}` : GONE);
    return kept;
  }

  // Another tab may have written on in the same draft, or sent it, while this one was out of sight.
  async lookAgain() {
    const found = await this.#find(this.nonce);
    if (!found || !this.isKept) return;
    if (!isOpen(found)) this.#goOn(GONE);
    else if (!isSame(found.values, valuesOf(this.form))) this.#show(this.nonce, found.values);
  }

  async submit(then) {
    const said = lacking(this.form, then);
    if (Object.keys(said).length) return showErrors(this.form, said);
    clearErrors(this.form);
    const { nonce } = this;
    const sending = { state: "waiting", isTried: false, errors: null, sentence: "" };
    const kept = await changeEntry(nonce, (found) =>
      this.merged(found, { ...sending, then, version: this.form.version?.value ?? "" }));
    if (!kept) return this.#goOn(GONE);
    this.say("正在发送…");
    deliver();
    const entry = await this.#outcome(nonce);
    if (entry?.state === "saved") return this.#leave(entry);
    if (entry?.state === "refused") {
      this.say("被退回，请改好再提交；内容都在本机");
      return showErrors(this.form, entry.errors);
    }
    return this.#goOn("上一份已存在本机，有网络时自动发送，可以接着记下一场");
  }

  // A plan is logged once: its form has done its work. Any other form is ready for the next activity.
  #goOn(words) {
    if (this.plan) this.form.hidden = true;
    else this.begin();
    document.querySelector("[data-phone-list]").scrollIntoView();
    this.say(words);
  }

  async #find(nonce) { return (await entriesOf(owner)).find((entry) => entry.nonce === nonce); }

  async #outcome(nonce) {
    const limit = Date.now() + PATIENCE;
    for (;;) {
      await pause(50);
      const entry = await this.#find(nonce);
      const isGivenUp = entry?.state === "waiting" && !outlook.isSending;
      if (!["waiting", "sending"].includes(entry?.state) || isGivenUp || Date.now() >= limit) return entry;
    }
  }

  // To the activity's page, once its photos are there or have had their time; the rest follows from that page.
  async #leave(entry) {
    const limit = Date.now() + PHOTO_PATIENCE;
    for (let left = entry.photos.length; left && Date.now() < limit && navigator.onLine;) {
      this.say(`已保存，编号 ${entry.number}；正在发送照片，还有 ${left} 张`);
      await pause(100);
      left = (await this.#find(entry.nonce))?.photos.length;
    }
    sessionStorage.setItem("said", entry.sentence);
    location.assign(entry.address);
  }
}
