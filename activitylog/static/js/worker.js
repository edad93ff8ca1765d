// Opens the form, also of a plan of the day, and the page of this phone without network; every other page goes its usual way. Pages kept here
// are of one person: a sign-in or sign-out empties them, and none that was asked for before is kept after it.
const AGES = { "/activities/new": 6 * 3600_000, "/phone": 30_000 }; // until a fresh one is fetched unasked
const PATIENCE = 3_000;
const SHELL = `assets ${ASSETS.join(" ")}`;
const PAGES = `pages ${ASSETS.join(" ")}`;
const PLAN = "/activities/new?plan=";
const isKept = (path) => path in AGES || path.startsWith(PLAN);
let epoch = 0;
let emptying = Promise.resolve();

const forget = () => {
  epoch += 1;
  emptying = caches.delete(PAGES);
  return emptying;
};

const keptPage = async (path) => {
  await emptying;
  return caches.match(path, { cacheName: PAGES });
};

// Only a signed-in page of ours: not the sign-in page, not what a hall's network answers in our place.
const keep = async (path, page, began) => {
  if (!page.includes(" data-user=\"") || began !== epoch) return;
  const headers = { ...GUARDS, "Content-Type": "text/html; charset=utf-8", "X-Kept": String(Date.now()) };
  const marked = page.replace("<html ", `<html data-kept="${Date.now()}" `);
  await (await caches.open(PAGES)).put(path, new Response(marked, { headers }));
  if (began !== epoch) await forget();
};

const keepAnswer = async (path, answer, began) => {
  if (answer.ok && !answer.redirected) await keep(path, await answer.text(), began);
};

const keepIfOld = async (path) => {
  const kept = await keptPage(path);
  if (kept && Date.now() - Number(kept.headers.get("X-Kept")) < AGES[path.split("?")[0]]) return;
  const began = epoch;
  await keepAnswer(path, await fetch(path, { credentials: "same-origin" }), began);
};

const open = async (event, path) => {
  const began = epoch;
  const answer = fetch(event.request).then((found) => {
    if (path !== "/") event.waitUntil(keepAnswer(path, found.clone(), began));
    return found;
  });
  event.waitUntil(answer.catch(() => {}));
  const late = new Promise((done) => { setTimeout(done, PATIENCE); });
  const first = await Promise.race([answer.catch(() => null), late]);
  if (first && first.status < 502) return first;
  return await keptPage(path === "/" ? "/phone" : path) ?? answer;
};

// Not by opening the cache, which would make it anew behind somebody who signs out.
const asset = async (request) => await caches.match(request, { cacheName: SHELL }) ?? fetch(request);

addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(ASSETS)));
  skipWaiting();
});

addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => name !== SHELL && name !== PAGES).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old).then(() => clients.claim()));
});

// A page on its first visit tells its own text, which spares a second reading.
addEventListener("message", (event) => {
  const { path, page, wanted } = event.data;
  if (page && isKept(path)) event.waitUntil(keep(path, page, epoch));
  event.waitUntil(Promise.all(wanted.map((each) => keepIfOld(each).catch(() => {}))));
});

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  if (origin !== location.origin) return;
  if (method === "POST" && ["/login", "/logout"].includes(pathname)) event.waitUntil(forget());
  if (method !== "GET") return;
  const path = pathname + search;
  if (mode === "navigate" && (path === "/" || isKept(path))) event.respondWith(open(event, path));
  else if (ASSETS.includes(pathname)) event.respondWith(asset(event.request));
});
