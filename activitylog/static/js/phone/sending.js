// Sends what waits on the phone, oldest first and one at a time: entries, then their photos. The nonce makes every
// further try the first one, so that whatever got lost on the way is simply sent again.
import { pause } from "./element.js";
import { sendPhotos } from "./photo-sending.js";
import { ask, askWho } from "./server.js";
import { changeEntry, entriesOf, removeEntry } from "./store.js";

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
