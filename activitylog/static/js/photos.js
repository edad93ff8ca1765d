// Photos shrunk on the phone and sent piece by piece; the protocol stands in activities/upload_routes.py.

// A random UUID, also where plain http has no crypto.randomUUID.
export const uuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};

const LONGEST = 2048;
const PIECE = 256 * 1024;
const SMALL_ENOUGH = 800 * 1024;
const BUSY_FOR = 3_000; // a server drawing others' photos

// A JPEG's EXIF starts with "Exif" in one of its first segments; what follows is a small TIFF.
const exifOf = (view) => {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return at + 10;
  }
  return null;
};
const takenAt = (bytes) => {
  try {
    const view = new DataView(bytes);
    const tiff = exifOf(view);
    const small = tiff !== null && view.getUint16(tiff) === 0x4949;
    const entry = (folder, tag) => {
      for (let at = folder + 2, left = view.getUint16(folder, small); left; left -= 1, at += 12) {
        if (view.getUint16(at, small) === tag) return tiff + view.getUint32(at + 8, small);
      }
      return null;
    };
    const text = (at, length) => String.fromCharCode(...new Uint8Array(bytes, at, length));
    const folder = entry(tiff + view.getUint32(tiff + 4, small), 0x8769);
    const zone = entry(folder, 0x9011);
    return text(entry(folder, 0x9003), 19) + (zone ? text(zone, 6) : "");
  } catch {
    return "";
  }
};

// → {bytes: ArrayBuffer, takenAt: as EXIF writes it, or ""}. What the phone cannot draw is sent as it is.
export const shrink = async (file) => {
  const bytes = await new Response(file).arrayBuffer();
  const result = { bytes, takenAt: takenAt(bytes) };
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    if (scale === 1 && bytes.byteLength <= SMALL_ENOUGH) return result;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const drawn = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
    result.bytes = await new Response(drawn).arrayBuffer();
  } catch {
    // An old browser or a format it does not know: the server draws it anew anyway.
  }
  return result;
};

// An error's isFinal says that sending the same again will not help.
const failure = (status, answered) => Object.assign(
  new Error(answered.error ?? { 0: "没有网络，稍后接着传。", 401: "登录已过期，请重新登录后接着传。" }[status] ?? "没有传上，请稍后再试。"),
  { status, received: answered.received, isFinal: [403, 404, 413, 422].includes(status) || (status === 409 && answered.received == null) },
);
const ask = async (address, options) => {
  let answer;
  try {
    answer = await fetch(address, { cache: "no-store", redirect: "manual", ...options });
  } catch {
    throw failure(0, {});
  }
  if (answer.type === "opaqueredirect") throw failure(401, {});
  const answered = await answer.json().catch(() => ({}));
  if (!answer.ok) throw failure(answer.status, answered);
  return answered;
};

// → {id, large, small}. The same uuid and bytes may be sent again after any failure, also by another page.
export const upload = async (no, uuid, bytes, meta = {}, onProgress = () => {}) => {
  const address = `/activities/${encodeURIComponent(no)}/uploads/${uuid}`;
  let { received, photo, token } = await ask(address);
  const send = (method, body, headers) => ask(address, { method, body, headers: { "X-CSRFToken": token, ...headers } });
  const rest = async () => {
    while (received < bytes.byteLength) {
      onProgress(received / bytes.byteLength);
      const piece = bytes.slice(received, received + PIECE);
      const headers = { "Content-Type": "application/octet-stream", "Upload-Offset": received };
      ({ received } = await send("PATCH", piece, headers));
    }
    onProgress(1);
    const end = { size: bytes.byteLength, name: meta.name ?? "", taken_at: meta.takenAt ?? "" };
    ({ photo } = await send("POST", new URLSearchParams(end)));
  };
  for (let tries = 3; !photo; tries -= 1) {
    try {
      await rest();
    } catch (error) {
      if (!tries || !(error.status === 503 || (error.status === 409 && error.received != null))) throw error;
      if (error.status === 503) await new Promise((done) => { setTimeout(done, BUSY_FOR); });
      else ({ received } = error);
    }
  }
  return photo;
};

// The form that adds photos: each chosen one is shrunk, sent and shown by itself.
export const addPhotos = (form) => {
  const input = form.querySelector("[type=file]");
  const list = form.querySelector("[data-sending]");
  let turn = Promise.resolve();
  form.classList.add("photo-live");
  form.querySelector("label").className = "button button-plain";

  const show = async () => {
    const page = await (await fetch(form.dataset.page, { cache: "no-store" })).text();
    const fresh = new DOMParser().parseFromString(page, "text/html");
    document.getElementById("photo-wall").replaceWith(fresh.getElementById("photo-wall"));
    form.dataset.left = fresh.querySelector("[data-left]").dataset.left;
  };
  const add = (file) => {
    const line = document.createElement("li");
    const word = document.createElement("span");
    const bar = document.createElement("progress");
    const again = document.createElement("button");
    const id = uuid();
    let shrunk;
    word.textContent = file.name;
    again.type = "button";
    again.className = "button button-plain";
    again.textContent = "再试一次";
    const send = async () => {
      word.className = "small";
      word.textContent = file.name;
      line.replaceChildren(word, bar);
      try {
        shrunk ??= await shrink(file);
        const meta = { name: file.name, takenAt: shrunk.takenAt };
        await upload(form.dataset.no, id, shrunk.bytes, meta, (part) => { bar.value = part; });
        await show();
        line.remove();
      } catch (error) {
        word.className = "field-error";
        word.textContent = error.isFinal ? error.message : `${file.name}：${error.message}`;
        line.replaceChildren(word, ...(error.isFinal ? [] : [again]));
      }
    };
    again.addEventListener("click", send);
    line.append(word);
    list.append(line);
    turn = turn.then(send);
  };
  input.addEventListener("change", () => {
    [...input.files].forEach(add);
    input.value = "";
  });
};
