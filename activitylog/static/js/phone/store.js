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

const told = () => document.dispatchEvent(new Event("phone"));

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
  told();
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
  told();
};

const without = (entry, photo) => ({ ...entry, photos: entry.photos.filter((uuid) => uuid !== photo.uuid) });

export const addPhoto = (photo, change) => changeBoth(photo, change, (photos) => photos.put(photo));

export const removePhoto = (photo) =>
  changeBoth(photo, (entry) => entry && without(entry, photo), (photos) => photos.delete(photo.uuid));

// The bytes stay until the person has read why, who may have what was in the way removed and send them again.
export const refusePhoto = (photo, sentence) => changeBoth(photo, (entry) => {
  const { refusedPhotos = 0, photoSentence = "" } = entry ?? {};
  const told = photoSentence.includes(sentence) ? photoSentence : photoSentence + sentence;
  return entry && { ...without(entry, photo), refusedPhotos: refusedPhotos + 1, photoSentence: told };
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
  told();
};
