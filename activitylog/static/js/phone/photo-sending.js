// Sends the photos of a saved entry, each under its own UUID; one that stops half-way goes on there.
import { pause } from "./element.js";
import { changeEntry, photoOf, refusePhoto, removePhoto } from "./store.js";

const STALLED_AFTER = 45_000; // without a further piece

const sendWithin = async (photo, number) => {
  let movedAt = Date.now();
  const meta = { name: photo.name, takenAt: photo.takenAt };
  const sent = photos.upload(number, photo.uuid, photo.bytes, meta, () => { movedAt = Date.now(); });
  const stalled = (async () => {
    while (Date.now() - movedAt < STALLED_AFTER) await pause(1_000);
    throw new Error("no piece in time");
  })();
  stalled.catch(() => {});
  await Promise.race([sent, stalled]);
};

// Whether every photo has found its place; a final refusal is kept with its reason.
export const sendPhotos = async (entry) => {
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
