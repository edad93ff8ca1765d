// On every page of whoever may log: shows and sends what waits here, keeps the pages that open without network.
import { startEditing } from "phone/editing.js";
import { element, pause } from "phone/element.js";
import { deliver, entriesOf, outlook, owner, removeEntry, takeBackPhotos } from "phone/entries.js";
import { startForm } from "phone/form.js";

// Shows every entry of this person on this phone: in full where the page has a list, in one line on every other.
const JUST_NOW = 120_000;
const isKeptHome = location.pathname === "/" && "kept" in document.documentElement.dataset;
const list = document.querySelector("[data-phone-list]");
const line = document.querySelector("[data-phone-line]");
const signIn = () => element("a", { href: `/login?next=${encodeURIComponent(location.pathname)}`, textContent: "去登录" });

// Where an entry is, in words and a tone of badge.css; the same words everywhere.
const isUnsaved = (entry) => entry.state !== "saved" || entry.photos.length > 0;

const standing = (entry, outlook) => {
  if (entry.state === "refused") return { word: "被退回", tone: "back", more: entry.sentence };
  if (entry.state === "saved" && entry.same === false) return { word: "已保存", tone: "done", more: entry.sentence };
  if (entry.state === "saved" && entry.photos.length) {
    const more = `编号 ${entry.number} 已保存，还有 ${entry.photos.length} 张照片`;
    if (outlook.isSending) return { word: "正在发送", tone: "wait", more };
    return { word: "在本机", tone: "plan", more: outlook.needsSignIn ? `${more}，登录后自动发送` : `${more}等网络` };
  }
  if (entry.refusedPhotos) {
    const more = `编号 ${entry.number} 已保存，但有 ${entry.refusedPhotos} 张照片没有存上：${entry.photoSentence}照片还在本机，可以再传一次。`;
    return { word: "被退回", tone: "back", more };
  }
  if (entry.state === "saved") return { word: "已保存", tone: "done", more: `编号 ${entry.number}` };
  if (entry.state === "editing") return { word: "在本机", tone: "plan", more: `对 ${entry.edit} 的修改，还没有保存` };
  if (entry.state === "draft") return { word: "在本机", tone: "plan", more: "还没有提交" };
  if (outlook.needsSignIn) return { word: "在本机", tone: "plan", more: "登录已过期，登录后自动发送" };
  if (entry.state === "sending" && outlook.isSending) return { word: "正在发送", tone: "wait", more: "" };
  if (entry.isTried && entry.trouble) return { word: "在本机", tone: "plan", more: `还没有收下：${entry.trouble}本机会自动再发，不会重复登记` };
  if (entry.isTried) return { word: "在本机", tone: "plan", more: "没有收到回音，有网络时自动再发，不会重复登记" };
  return { word: "在本机", tone: "plan", more: "有网络时自动发送" };
};

const dayOf = (entry) => {
  const values = new Map(entry.values);
  const [, month, day] = /^\d{4}-(\d\d)-(\d\d)$/.exec(values.get("held_on")) ?? [];
  return month ? `${Number(month)}月${Number(day)}日 ${values.get("start_time") ?? ""}`.trim() : "";
};

const discard = (entry) => element("button", {
  className: "button button-quiet",
  type: "button",
  textContent: entry.state === "saved" ? "知道了" : "删除",
  onclick: () => {
    if (entry.state === "saved" || confirm(`删除“${entry.title}”？删除后不能找回。`)) removeEntry(entry.nonce);
  },
});

const again = (entry) => element("button", {
  className: "button button-quiet",
  type: "button",
  textContent: "再传一次",
  onclick: () => takeBackPhotos(entry.nonce).then(deliver),
});

const needsReading = (entry) => entry.state === "saved" && (entry.same === false || entry.refusedPhotos);

const stepsFor = (entry) => {
  const page = entry.plan ? `/activities/new?plan=${encodeURIComponent(entry.plan)}` : "/activities/new";
  const edit = () => element("a", { href: `/activities/${encodeURIComponent(entry.edit)}/edit`, textContent: "继续修改" });
  const open = (textContent) => element("a", { href: `${page}#${entry.nonce}`, textContent });
  if (entry.state === "saved" && entry.refusedPhotos) return [again(entry), discard(entry)];
  if (needsReading(entry)) return [discard(entry)];
  if (entry.state === "refused") return [open("去修改"), discard(entry)];
  if (entry.state === "editing") return [edit(), discard(entry)];
  if (entry.state === "draft") return [open("继续填写"), discard(entry)];
  if (entry.state === "waiting" && !entry.isTried) return [open("修改")];
  return [];
};

const row = (entry) => {
  const { word, tone, more } = standing(entry, outlook);
  const title = entry.title || "还没有名称的活动";
  const name = entry.address ? element("a", { href: entry.address, textContent: title }) : element("strong", { textContent: title });
  return element("li", {},
    element("span", { className: `badge badge-${tone}`, textContent: word }),
    name,
    element("p", { className: "small quiet" }, [dayOf(entry), more].filter(Boolean).join(" · ")),
    element("p", { className: "row row-near" }, ...stepsFor(entry)));
};

const isWriting = (entry) => ["draft", "refused", "editing"].includes(entry.state);
const isNews = (entry) => isUnsaved(entry) || needsReading(entry) || Date.now() - entry.savedAt < JUST_NOW;

// The page of the phone shows every entry; others what is not done, and what just was.
const showList = (entries) => {
  const current = document.querySelector("[data-entry]")?.dataset.nonce;
  const others = entries.filter((entry) => entry.nonce !== current || !isWriting(entry));
  const shown = location.pathname === "/phone" || isKeptHome ? others : others.filter(isNews);
  const waits = shown.some((entry) => isUnsaved(entry) && !isWriting(entry));
  list.hidden = !shown.length;
  list.querySelector("[data-phone-rows]").replaceChildren(...shown.reverse().map(row));
  const send = list.querySelector("[data-phone-send]");
  send.hidden = !waits;
  send.querySelector("a")?.remove();
  if (outlook.needsSignIn) send.append(signIn());
  send.querySelector("button").hidden = outlook.needsSignIn;
};

const showLine = (entries) => {
  const count = (test) => entries.filter(test).length;
  const refused = count((entry) => entry.state === "refused");
  const waiting = count((entry) => isUnsaved(entry) && !isWriting(entry));
  const unread = count((entry) => entry.state === "saved" && entry.refusedPhotos);
  line.hidden = !refused && !waiting && !unread;
  if (line.hidden) return;
  const state = outlook.needsSignIn ? "登录后自动发送" : outlook.isSending ? "正在发送" : "有网络时自动发送";
  const words = [
    refused ? `${refused} 份记录被退回，要修改` : "",
    unread ? `${unread} 份记录有照片没有存上` : "",
    waiting ? `${waiting} 份记录在本机，${state}` : "",
  ];
  const link = outlook.needsSignIn ? signIn() : element("a", { href: "/phone", textContent: "看一看" });
  line.replaceChildren(words.filter(Boolean).join("；"), " ", link);
};

const show = async () => {
  const entries = await entriesOf(owner);
  if (list) showList(entries);
  else if (line) showLine(entries);
};

export const startShowing = () => {
  document.addEventListener("phone", show);
  list?.querySelector("[data-phone-send] button").addEventListener("click", deliver);
  return show();
};

// Which pages the service worker keeps for this person, and that it keeps none for the next.
const OWNER = "activitylog owner";
const PLAN = "/activities/new?plan=";
const here = location.pathname + location.search;
const planForms = () => [...document.querySelectorAll(`a[href^="${PLAN}"]`)].map((link) => link.getAttribute("href"));
const isKept = "kept" in document.documentElement.dataset;
const asItCame = isKept ? "" : `<!doctype html>${document.documentElement.outerHTML}`;

const workerOf = () => (window.caches ? navigator.serviceWorker : undefined);

const emptied = async () => {
  for (const name of await caches.keys()) await caches.delete(name);
};

const leave = async () => {
  localStorage.removeItem(OWNER);
  for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  await emptied();
};

export const keepPages = async (owner) => {
  if (!workerOf()) return;
  if (localStorage.getItem(OWNER) !== owner) await emptied();
  localStorage.setItem(OWNER, owner);
  // The page first: what it has loaded by then is not loaded again for keeping.
  if (document.readyState !== "complete") await new Promise((done) => { addEventListener("load", done, { once: true }); });
  await pause(1_000);
  const isActivity = /^\/activities\/\d[^/]*$/.test(here); // where one comes out after saving
  const wanted = here === "/" ? ["/phone", "/activities/new", ...planForms()] : isActivity ? ["/phone"] : [];
  const ask = async () => (await navigator.serviceWorker.ready).active.postMessage({ path: here, page: asItCame, wanted });
  await navigator.serviceWorker.register("/sw.js");
  navigator.serviceWorker.addEventListener("controllerchange", ask);
  await ask();
};

export const leaveNothing = () => {
  const form = document.querySelector("form[action='/logout']");
  form?.addEventListener("submit", async (event) => {
    if (!workerOf()) return;
    event.preventDefault();
    await Promise.race([leave(), pause(2_000)]).catch(() => {});
    form.submit();
  });
};

const sayWhatWasSaved = () => {
  const said = sessionStorage.getItem("said");
  sessionStorage.removeItem("said");
  if (!said || location.pathname === "/activities/new") return;
  const notice = element("div", { className: "notice notice-good" }, element("p", { textContent: said }));
  notice.setAttribute("role", "status");
  document.querySelector("[data-phone-line]").after(notice);
};

const sayItIsKept = () => {
  const kept = Number(document.documentElement.dataset.kept);
  if (!kept) return;
  document.querySelector("[data-flashes]")?.remove();
  const at = new Date(kept);
  const time = `${at.getMonth() + 1}月${at.getDate()}日 ${at.toTimeString().slice(0, 5)}`;
  const words = `现在没有网络，这一页是 ${time} 存下的。照常填写，有网络时自动发送。`;
  document.querySelector("[data-phone-line]").after(
    element("div", { className: "notice notice-warn" }, element("p", { textContent: words })));
};

const start = async () => {
  sayWhatWasSaved();
  sayItIsKept();
  leaveNothing();
  await startShowing();
  const form = document.querySelector("[data-entry]");
  const edited = document.querySelector("[data-edit]");
  if (form) await startForm(form);
  if (edited) await startEditing(edited);
  deliver();
  addEventListener("online", deliver);
  document.addEventListener("visibilitychange", () => document.hidden || deliver());
};

// A browser that keeps nothing leaves the plain form as it is, and the person is told so.
const sayNothingIsKept = () => {
  const state = document.querySelector("[data-entry-state]");
  if (state) state.textContent = "这个浏览器不在本机保存草稿（可能开着无痕浏览），请在有网络时提交，提交前不要离开这一页";
};

if (owner && window.indexedDB) {
  start().catch(sayNothingIsKept);
  keepPages(owner).catch(() => {});
} else if (owner) sayNothingIsKept();
