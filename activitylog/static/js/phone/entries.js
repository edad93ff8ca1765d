// The entries of this phone: stored here, and sent from here to the server.
import { pause } from "phone/element.js";
import { upload } from "photos.js";

// Entries and their photos in this browser's database. An entry: nonce, owner, state, values, photos (uuids), …
// States: draft → waiting → sending → saved | refused | back to waiting; a refused one is mended and waits again.
// Apart from these "editing": changes to a stored activity, `edit`, made from its `version` and not saved yet.
// Photos are kept as ArrayBuffer: Safari loses Files and Blobs that are stored.
export const NOT_KEPT = "这台手机存不下了，刚才的改动没有存在本机；请不要关闭这一页，有网络时尽快提交";
let opening;

const database = () => {
  opening ??= new Promise((done, fail) => {
    const request = indexedDB.open("activitylog", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("entries", { keyPath: "nonce" }).createIndex("owner", "owner");
      request.result.createObjectStore("photos", { keyPath: "uuid" }).createIndex("nonce", "nonce");
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  return opening;
};

const run = async (stores, mode, work) => {
  const transaction = (await database()).transaction(stores, mode, { durability: "strict" });
  const found = {};
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done(found.value);
    transaction.onabort = () => fail(transaction.error);
    work(transaction, found);
  });
};

const read = (store, ask) => run([store], "readonly", (transaction, found) => {
  const request = ask(transaction.objectStore(store));
  request.onsuccess = () => { found.value = request.result; };
});

const announce = () => document.dispatchEvent(new Event("phone"));

export const entriesOf = async (owner) => {
  const all = await read("entries", (store) => store.index("owner").getAll(owner));
  return all.sort((one, other) => one.startedAt - other.startedAt);
};

export const photosOf = (nonce) => read("photos", (store) => store.index("nonce").getAll(nonce));

export const photoOf = (uuid) => read("photos", (store) => store.get(uuid));

// Reads, changes and writes in one transaction; `change` returns nothing to leave the entry as it is.
export const changeEntry = async (nonce, change) => {
  const entry = await run(["entries"], "readwrite", (transaction, found) => {
    const store = transaction.objectStore("entries");
    const request = store.get(nonce);
    request.onsuccess = () => {
      found.value = change(request.result);
      if (found.value) store.put(found.value);
    };
  });
  announce();
  return entry;
};

// Photo and entry change together or not at all; `change` returns nothing to leave both as they are.
const changeBoth = async (photo, change, changePhotos) => {
  await run(["entries", "photos"], "readwrite", (transaction) => {
    const store = transaction.objectStore("entries");
    const request = store.get(photo.nonce);
    request.onsuccess = () => {
      const entry = change(request.result);
      if (!entry) return;
      store.put(entry);
      changePhotos(transaction.objectStore("photos"));
    };
  });
  announce();
};

const without = (entry, photo) => ({ ...entry, photos: entry.photos.filter((uuid) => uuid !== photo.uuid) });

export const addPhoto = (photo, change) => changeBoth(photo, change, (photos) => photos.put(photo));

export const removePhoto = (photo) =>
  changeBoth(photo, (entry) => entry && without(entry, photo), (photos) => photos.delete(photo.uuid));

// The bytes stay until the person has read why, who may have what was in the way removed and send them again.
export const refusePhoto = (photo, sentence) => changeBoth(photo, (entry) => {
  const { refusedPhotos = 0, photoSentence = "" } = entry ?? {};
  const sentences = photoSentence.includes(sentence) ? photoSentence : photoSentence + sentence;
  return entry && { ...without(entry, photo), refusedPhotos: refusedPhotos + 1, photoSentence: sentences };
}, () => {});

export const takeBackPhotos = async (nonce) => {
  const photos = (await photosOf(nonce)).map((photo) => photo.uuid);
  return changeEntry(nonce, (found) => found && { ...found, photos, refusedPhotos: 0, photoSentence: "" });
};

export const removeEntry = async (nonce) => {
  await run(["entries", "photos"], "readwrite", (transaction) => {
    transaction.objectStore("entries").delete(nonce);
    const photos = transaction.objectStore("photos");
    const request = photos.index("nonce").getAllKeys(nonce);
    request.onsuccess = () => request.result.forEach((uuid) => photos.delete(uuid));
  });
  announce();
};

// Asks the server and trusts only what is ours: a hall's network may answer anything with its own page.
const ANSWERED_WITHIN = 20_000;

// The answer's facts and its status; null without an answer of ours, when nobody knows what became of the request.
export const ask = async (address, { body, headers, method = body ? "POST" : "GET" } = {}) => {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), ANSWERED_WITHIN);
  try {
    const answer = await fetch(address, {
      method,
      body,
      headers: { Accept: "application/json", ...headers },
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      signal: cut.signal,
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return null;
    return { status: answer.status, ...await answer.json() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
};

// Who is signed in and their token; `result` says "sign_in" when nobody is.
export const askWho = () => ask("/phone/token");

// Sends what waits on the phone, oldest first and one at a time: entries, then their photos. The nonce makes every
// further try the first one, so that whatever got lost on the way is simply sent again.
const SOON = 5_000;
const LATEST = 60_000;
const KEPT_FOR = 24 * 3600_000; // that a saved entry is still shown
export const owner = document.documentElement.dataset.user;
export const outlook = { isSending: false, needsSignIn: false };

const isToSend = (entry) => entry.state === "waiting" || entry.state === "sending";
const hasPhotosToSend = (entry) => entry.state === "saved" && entry.photos.length > 0;
const isLeft = (entry) => isToSend(entry) || hasPhotosToSend(entry);

const bodyOf = (entry, token) => {
  const body = new FormData();
  for (const [name, value] of entry.values) body.append(name, value);
  const { nonce, then, plan, version } = entry;
  const ofThePage = { nonce, owner, then, csrf_token: token, ...(plan ? { plan, version } : {}) };
  for (const [name, value] of Object.entries(ofThePage)) body.append(name, value);
  return body;
};

// What an answer makes of an entry; nothing known leaves it waiting, marked as tried.
const after = (entry, answer) => {
  if (answer?.result === "saved") {
    const { number, address, sentence, same } = answer;
    return { ...entry, state: "saved", number, address, sentence, same, errors: null, savedAt: Date.now() };
  }
  if (answer?.result === "refused" && answer.status < 500 && answer.status !== 429) {
    return { ...entry, state: "refused", isTried: false, sentence: answer.sentence, errors: answer.errors ?? {} };
  }
  return { ...entry, state: "waiting", trouble: answer?.sentence ?? "" };
};

const sendEntry = async (nonce, token) => {
  const entry = await changeEntry(nonce, (found) =>
    found && isToSend(found) && { ...found, state: "sending", isTried: true });
  if (!entry) return true;
  const answer = await ask("/activities/new", { body: bodyOf(entry, token) });
  await changeEntry(nonce, (found) => found?.state === "sending" && after(found, answer));
  return answer !== null && answer.status < 500;
};

// Sends the photos of a saved entry, each under its own UUID; one that stops half-way goes on there.

const STALLED_AFTER = 45_000; // without a further piece

const sendWithin = async (photo, number) => {
  let movedAt = Date.now();
  const meta = { name: photo.name, takenAt: photo.takenAt };
  const sent = upload(number, photo.uuid, photo.bytes, meta, () => { movedAt = Date.now(); });
  const stalled = (async () => {
    while (Date.now() - movedAt < STALLED_AFTER) await pause(1_000);
    throw new Error("no piece in time");
  })();
  stalled.catch(() => {});
  await Promise.race([sent, stalled]);
};

// Whether every photo has found its place; a final refusal is kept with its reason.
const sendPhotos = async (entry) => {
  for (const uuid of entry.photos) {
    const photo = await photoOf(uuid);
    if (!photo) {
      await changeEntry(entry.nonce, (found) => found && { ...found, photos: found.photos.filter((each) => each !== uuid) });
      continue;
    }
    try {
      await sendWithin(photo, entry.number);
      await removePhoto(photo);
    } catch (error) {
      if (!error.isFinal) return false;
      await refusePhoto(photo, error.message);
    }
  }
  return true;
};

const forgetOld = async (entries) => {
  for (const entry of entries) {
    const isDone = entry.state === "saved" && entry.same !== false && !entry.photos.length && !entry.refusedPhotos;
    if (isDone && Date.now() - entry.savedAt > KEPT_FOR) await removeEntry(entry.nonce);
  }
};

// What the server cannot take just now holds up nothing behind it, as long as the server answers at all.
const isStillThere = async () => (await askWho())?.user === owner;

// One round; whether nothing is left that another round could bring further.
const round = async () => {
  const mine = await entriesOf(owner);
  await forgetOld(mine);
  if (!mine.some(isLeft)) return true;
  const who = await askWho();
  outlook.needsSignIn = who?.result === "sign_in" || Boolean(who?.user && who.user !== owner);
  if (who?.user !== owner) return outlook.needsSignIn;
  for (const entry of mine.filter(isToSend)) {
    if (!await sendEntry(entry.nonce, who.csrf_token) && !await isStillThere()) return false;
  }
  for (const entry of (await entriesOf(owner)).filter(hasPhotosToSend)) {
    if (!await sendPhotos(entry) && !await isStillThere()) return false;
  }
  return !(await entriesOf(owner)).some(isLeft);
};

const alone = (work) =>
  navigator.locks ? navigator.locks.request("activitylog sending", { ifAvailable: true }, (lock) => lock && work()) : work();

const tell = (isSending) => {
  outlook.isSending = isSending;
  document.dispatchEvent(new Event("phone"));
};

let running = null;
let isAskedAgain = false;
let wakeUp = () => {};

const rounds = async () => {
  for (let wait = SOON; ; wait = Math.min(2 * wait, LATEST)) {
    isAskedAgain = false;
    tell(true);
    const isDone = await alone(round).catch(() => false);
    tell(false);
    if (isDone && !isAskedAgain) return;
    if (!isAskedAgain) await Promise.race([pause(wait), new Promise((wake) => { wakeUp = wake; })]);
  }
};

// Starts sending, or wakes what waits for its next try.
export const deliver = () => {
  isAskedAgain = true;
  wakeUp();
  running ??= rounds().finally(() => { running = null; });
};
