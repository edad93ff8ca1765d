// What an element does that names a behaviour in data-behaviour. Pages work without any of this.
import { addPhotos } from "photos.js";

// A double tap sends a form once. Coming back with the back key gives the buttons their life again, as
// does a script that could not send.
const submitOnce = (form) => {
  const mark = (sent) => {
    form.dataset.sent = sent ? "1" : "";
    for (const button of form.querySelectorAll("button[type=submit]")) {
      if (sent) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    else mark(true);
  });
  form.addEventListener("unsent", () => mark(false));
  addEventListener("pageshow", () => mark(false));
};

// Copies data-text and says so. Plain http has no clipboard: then an unseen box is selected and copied the old way.
const copyText = (button) => {
  const words = button.querySelector("span");
  const label = words.textContent;
  const old = (text) => {
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "unseen";
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.dataset.text;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = old(text);
    }
    words.textContent = done ? button.dataset.done : "没有复制成功，请长按链接复制";
    setTimeout(() => { words.textContent = label; }, 2500);
  });
};

// Prints the page.
const printPage = (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
};

// Adds and removes blocks of a repeated sub-form. New numbers only grow, so an entry never takes another's place.
const repeatRows = (set) => {
  const add = set.querySelector("[data-add]");
  const all = () => [...set.querySelectorAll(".rows-row")];
  if (!all().length) return;
  const blank = all().at(-1).cloneNode(true);
  const named = (part) => `${set.id}-${part}`;
  const number = new RegExp(`^${named("(\\d+)")}(?=-|$)`);
  let next = Math.max(...all().map((row) => Number(row.querySelector("[name]").name.match(number)[1]))) + 1;

  const show = () => {
    all().forEach((row, index) => {
      row.querySelector("[data-count]").textContent = index + 1;
      row.querySelector("[data-remove]").hidden = all().length < 2;
    });
    add.hidden = all().length >= (Number(set.dataset.max) || 99);
  };
  const cleaned = () => {
    const row = blank.cloneNode(true);
    for (const error of row.querySelectorAll(".field-error")) error.remove();
    for (const field of row.querySelectorAll(".field-bad")) field.classList.remove("field-bad");
    for (const element of row.querySelectorAll("*")) {
      for (const key of ["name", "id", "for", "aria-describedby"]) {
        const value = element.getAttribute(key);
        if (value) element.setAttribute(key, value.replace(number, named(next)));
      }
      element.removeAttribute("aria-invalid");
      if (element.matches("input:not([type=checkbox], [type=radio]), textarea")) element.value = "";
      if (element.matches("[type=checkbox], [type=radio]")) element.checked = false;
      if (element.matches("select")) element.selectedIndex = 0;
    }
    next += 1;
    return row;
  };
  add.addEventListener("click", () => {
    const row = cleaned();
    add.before(row);
    show();
    row.querySelector("input:not([type=hidden]), select, textarea").focus();
  });
  set.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove]")) return;
    event.target.closest(".rows-row").remove();
    show();
    add.focus();
  });
  show();
};

// Keeps one figure fresh while it is looked at: every data-every seconds its words are read again, from the JSON
// at data-source where one is named (its only value), else from this page itself. Of a picture, the picture there.
const keepFresh = (element) => {
  const { source, every } = element.dataset;
  const read = async () => {
    const answer = await fetch(source || location.href);
    if (source) return Object.values(await answer.json())[0].toLocaleString("en");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.getElementById(element.id)?.textContent;
  };
  const load = async () => {
    const picture = new Image();
    picture.src = `${source}?at=${Date.now()}`;
    await picture.decode();
    element.src = picture.src;
  };
  const refresh = async () => {
    if (document.hidden) return;
    try {
      if (element.matches("img")) await load();
      else element.textContent = (await read()) ?? element.textContent;
    } catch {
      // Offline: what stands there stays; the next round tries again.
    }
  };
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, 1000 * (Number(every) || 10));
};

// Keeps the screen lit while the page is looked at. Browsers without wake locks, and plain http, let it go dark.
const keepAwake = () => {
  const hold = () => {
    if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", hold);
  hold();
};

// Keeps the sum of the points fresh while they are typed, in whole hundredths.
const addUp = (part) => {
  const sum = part.querySelector("[data-sum]");
  const hundredths = (text) => {
    const [, whole, rest = ""] = text.normalize("NFKC").match(/^\s*(\d*)\.?(\d{0,2})\s*$/) ?? [0, "0"];
    return Number(whole) * 100 + Number(rest.padEnd(2, "0"));
  };
  part.addEventListener("input", () => {
    const total = [...part.querySelectorAll("input")].reduce((all, input) => all + hundredths(input.value), 0);
    sum.textContent = `${Math.floor(total / 100)}.${String(total % 100).padStart(2, "0")}`;
    sum.closest("[data-sum-line]").classList.toggle("weights-off", total !== 10000);
  });
};

// Lists the items of a quality check that are still open.
const tellShortfall = (line) => {
  const form = line.closest("form");
  form.addEventListener("change", () => {
    const boxes = [...form.querySelectorAll("input[name=quality]:not(:checked)")];
    const open = boxes.map((box) => box.value).concat(line.dataset.computed.split("、").filter(Boolean));
    line.hidden = open.length === 0;
    line.querySelector("[data-count]").textContent = open.length;
    line.querySelector("[data-items]").textContent = open.join("、");
  });
};

// Asks what the rule as filled in would count, and shows only the filters that its measure takes.
const previewRule = (form) => {
  let asked = 0;
  let timer;
  const ask = async () => {
    const number = (asked += 1);
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const figure = page.getElementById("preview");
      if (number !== asked || !figure) return;
      document.getElementById("preview").replaceChildren(...figure.childNodes);
      for (const part of form.querySelectorAll("[data-filter]")) {
        part.hidden = page.querySelector(`[data-filter=${part.dataset.filter}]`).hidden;
      }
    } catch {
      // Offline: the button asks again.
    }
  };
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  });
};

const behaviours = {
  "submit-once": submitOnce,
  copy: copyText,
  print: printPage,
  rows: repeatRows,
  live: keepFresh,
  awake: keepAwake,
  sum: addUp,
  shortfall: tellShortfall,
  rule: previewRule,
  photos: addPhotos,
};

for (const element of document.querySelectorAll("[data-behaviour]")) {
  for (const name of element.dataset.behaviour.split(" ")) behaviours[name]?.(element);
}
document.getElementById("errors")?.focus();
if (document.querySelector("[data-ticked]") || matchMedia("(min-width: 960px)").matches) import("desk.js");

// A page that comes back with the back key shows nothing to who has signed out meanwhile.
addEventListener("pageshow", async ({ persisted }) => {
  if (!persisted) return;
  const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload();
});
