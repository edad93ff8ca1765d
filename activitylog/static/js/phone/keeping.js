// Which pages the service worker keeps for this person, and that it keeps none for the next.
import { pause } from "./element.js";

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
