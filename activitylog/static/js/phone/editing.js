// The edit page's draft: every change kept on this phone until it is stored, together with the version of the
// activity it was made from. What others saved meanwhile is therefore never overwritten unseen.
import { element } from "phone/element.js";
import { ask, askWho, changeEntry, entriesOf, NOT_KEPT, owner, removeEntry } from "phone/entries.js";
import { changesOf, clock, fill, givenValuesOf, isSame, sendPlainly, valuesOf, withChanges } from "phone/fields.js";

const OFFLINE = "没有网络，已保存在这台手机上，请稍后再点保存";
const NOT_YOURS = "这台手机上登录的已是另一个人，没有保存；请用填写人的账号登录后再保存，内容都在本机";
const signInFirst = () => element("span", {}, "登录已过期，还没有保存；内容都在本机，登录后回到这里再点保存。",
  element("a", { href: `/login?next=${encodeURIComponent(location.pathname)}`, textContent: "去登录" }));

class Revision {
  constructor(form) {
    this.form = form;
    this.nonce = `edit ${owner} ${form.dataset.edit}`;
    this.stored = { values: givenValuesOf(form), ...this.#seen() };
    form.autocomplete = "off"; // the draft brings values back, not the browser
  }

  #seen() { return { version: this.form.version.value, base: this.form.base.value }; }

  say(...words) { this.form.querySelector("[data-entry-state]").replaceChildren(...words); }

  #show({ values, version, base }) {
    fill(this.form, values);
    Object.assign(this.form.version, { value: version });
    Object.assign(this.form.base, { value: base });
  }

  // A page that answers a save holds what was typed already. What was written before this script had come stays.
  async open() {
    const kept = (await entriesOf(owner)).find((entry) => entry.nonce === this.nonce);
    const written = changesOf(this.form, this.stored.values);
    if (kept && !this.form.hasAttribute("data-answer")) {
      if (isSame(kept.values, this.stored.values)) await removeEntry(this.nonce);
      else this.#offer(kept, written);
    }
    if (written.size) await this.save();
  }

  #offer(kept, written) {
    const wasChanged = kept.version !== this.stored.version;
    const drop = element("button", { className: "button button-quiet", type: "button", textContent: "不要这些修改" });
    const notice = element("div", { className: `notice notice-${wasChanged ? "warn" : "info"}` },
      element("p", { textContent: wasChanged
        ? "下面是您上次没有保存的修改，一直存在本机。这场活动后来又被改过，点保存时会并排列出两个版本，由您选用。"
        : "下面是您上次没有保存的修改，一直存在本机，接着改即可。" }), drop);
    drop.addEventListener("click", async () => {
      await removeEntry(this.nonce);
      this.#show(this.stored);
      notice.remove();
      this.say("");
    });
    this.#show({ ...kept, values: withChanges(kept.values, written) });
    this.form.before(notice);
  }

  async save() {
    const values = valuesOf(this.form);
    const title = this.form.title.value.trim();
    const kept = { nonce: this.nonce, owner, state: "editing", edit: this.form.dataset.edit, photos: [], startedAt: Date.now() };
    await changeEntry(this.nonce, (found) => ({ ...kept, ...this.#seen(), ...found, values, title }));
    this.say(`已存在本机 ${clock()}`);
  }

  async leave(address) {
    await removeEntry(this.nonce);
    location.assign(address);
  }

  // → why it is not stored; nothing when the page is on its way to another.
  async submit(then) {
    const isKept = await this.save().then(() => true, () => false);
    this.say("正在保存…");
    const who = await askWho();
    const unsent = isKept ? OFFLINE : NOT_KEPT;
    if (!who) return unsent;
    if (!who.user) return isKept ? signInFirst() : NOT_KEPT;
    if (who.user !== owner) return NOT_YOURS;
    this.form.csrf_token.value = who.csrf_token;
    const body = new FormData(this.form);
    body.set("then", then);
    const answer = await ask(location.pathname, { body });
    if (!answer) return unsent;
    if (answer.result !== "saved") return sendPlainly(this.form, then); // the server's own page says why
    sessionStorage.setItem("said", answer.sentence);
    return this.leave(answer.address);
  }
}

export const startEditing = async (form) => {
  const revision = new Revision(form);
  await revision.open();
  const save = () => revision.save().catch(() => revision.say(NOT_KEPT));
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  form.querySelector(".actions a").addEventListener("click", (event) => {
    event.preventDefault();
    revision.leave(event.target.href).catch(() => location.assign(event.target.href));
  });
  let isBusy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    const then = event.submitter?.value || "save";
    const words = await revision.submit(then).catch(() => sendPlainly(form, then));
    if (!words) return;
    revision.say(words);
    isBusy = false;
    form.dispatchEvent(new Event("unsent"));
  });
  addEventListener("pageshow", () => { isBusy = false; });
};
