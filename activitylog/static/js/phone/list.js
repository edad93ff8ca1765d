// Shows every entry of this person on this phone: in full where the page has a list, in one line on every other.
import { element } from "./element.js";
import { deliver, outlook, owner } from "./sending.js";
import { entriesOf, removeEntry, takeBackPhotos } from "./store.js";
import { isUnsaved, standing } from "./words.js";

const JUST_NOW = 120_000;
const isKeptHome = location.pathname === "/" && "kept" in document.documentElement.dataset;
const list = document.querySelector("[data-phone-list]");
const line = document.querySelector("[data-phone-line]");
const signIn = () => element("a", { href: `/login?next=${encodeURIComponent(location.pathname)}`, textContent: "去登录" });

const dayOf = (entry) => {
  const told = new Map(entry.values);
  const [, month, day] = /^\d{4}-(\d\d)-(\d\d)$/.exec(told.get("held_on")) ?? [];
  return month ? `${Number(month)}月${Number(day)}日 ${told.get("start_time") ?? ""}`.trim() : "";
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
