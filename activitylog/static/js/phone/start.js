// On every page of whoever may log: shows and sends what waits here. On a form: keeps its draft.
import { startEditing } from "./editing.js";
import { element } from "./element.js";
import { startForm } from "./form.js";
import { keepPages, leaveNothing } from "./keeping.js";
import { startShowing } from "./list.js";
import { deliver, owner } from "./sending.js";

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

// A browser that keeps nothing leaves the plain form as it is, and the person is told.
const sayNothingIsKept = () => {
  const state = document.querySelector("[data-entry-state]");
  if (state) state.textContent = "这个浏览器不在本机保存草稿（可能开着无痕浏览），请在有网络时提交，提交前不要离开这一页";
};

if (owner && window.indexedDB) {
  start().catch(sayNothingIsKept);
  keepPages(owner).catch(() => {});
} else if (owner) sayNothingIsKept();
