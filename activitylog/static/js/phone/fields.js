// The form's fields: what they hold, what is wrong with them, and what is filled in by itself.
import { element, pause } from "phone/element.js";
import { ask } from "phone/entries.js";

// Today in Shanghai as YYYY-MM-DD, wherever the phone's clock thinks it is; after a flat battery a clock may be
// years behind, but no day is before the one its page was made on.
export const today = () => {
  const byClock = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  const made = document.querySelector("[data-today]")?.dataset.today ?? "";
  return byClock > made ? byClock : made;
};

export const clock = () => new Date().toTimeString().slice(0, 5);

// What a form says as pairs of name and value, and the way back.
const OF_THE_PAGE = new Set(["csrf_token", "nonce", "owner", "then", "version", "base", "plan"]);

export const valuesOf = (form) =>
  [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OF_THE_PAGE.has(name));

// The values the server's page gave, whatever a person or the browser has put in since.
export const givenValuesOf = (form) => {
  const given = form.cloneNode(true);
  given.reset();
  return valuesOf(given);
};

// A map of field name → its values.
export const byName = (values) => {
  const found = new Map();
  for (const [name, value] of values) found.set(name, [...(found.get(name) ?? []), value]);
  return found;
};

// The fields that hold something else than `values` say, by name: a form can be filled in before this script has come.
export const changesOf = (form, values) => {
  const before = byName(values);
  const now = byName(valuesOf(form));
  const names = [...new Set([...before.keys(), ...now.keys()])];
  return new Map(names.filter((name) => !isSame(before.get(name), now.get(name))).map((name) => [name, now.get(name) ?? []]));
};

export const withChanges = (values, changes) => [
  ...values.filter(([name]) => !changes.has(name)),
  ...[...changes].flatMap(([name, changed]) => changed.map((value) => [name, value])),
];

export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Rows of articles beyond those on the page are added with the page's own button.
const makeRoom = (form, names) => {
  for (const set of form.querySelectorAll(".rows")) {
    const numbers = names.map((name) => Number(name.match(`^${set.id}-(\\d+)-`)?.[1] ?? -1));
    const last = Math.max(...numbers);
    const isThere = () => last < 0 || form.querySelector(`[name^="${set.id}-${last}-"]`);
    for (let tries = 0; !isThere() && tries < 20; tries += 1) set.querySelector("[data-add]").click();
  }
};

export const fill = (form, values) => {
  const written = byName(values);
  makeRoom(form, [...written.keys()]);
  for (const input of form.elements) {
    if (!input.name || input.type === "submit" || OF_THE_PAGE.has(input.name)) continue;
    const mine = written.get(input.name) ?? [];
    if (input.type === "checkbox" || input.type === "radio") input.checked = mine.includes(input.value);
    else if (mine.length) input.value = mine[0];
    else if (input.tagName !== "SELECT") input.value = "";
  }
  for (const details of form.querySelectorAll("details")) {
    const isFilled = [...details.querySelectorAll("input, textarea")].some((input) =>
      /checkbox|radio/.test(input.type) ? input.checked : input.value && input.type !== "date");
    if (isFilled) details.open = true;
  }
};

// Says what was wrong beside each input, as the server's own page would.

export const clearErrors = (form) => {
  document.getElementById("errors")?.remove();
  for (const error of form.querySelectorAll(".field-error")) error.remove();
  for (const field of form.querySelectorAll(".field-bad")) field.classList.remove("field-bad");
};

export const showErrors = (form, errors) => {
  clearErrors(form);
  const lines = Object.entries(errors).map(([name, sentence]) => {
    const input = name && form.querySelector(`[name="${name}"], [id="${name}"]`);
    const field = input?.closest?.(".field, .rows");
    if (field) {
      field.classList.add("field-bad");
      field.closest("[hidden]")?.removeAttribute("hidden");
      const place = field.querySelector(".field-entry, .chips") ?? field.lastElementChild;
      place.before(element("p", { className: "field-error" }, sentence));
      for (let details = field.closest("details"); details; details = details.parentElement.closest("details")) details.open = true;
    }
    return element("li", {}, field ? element("a", { href: `#${input.id || field.id}`, textContent: sentence }) : sentence);
  });
  const summary = element("div", { className: "errors", id: "errors", tabIndex: -1, role: "alert" },
    element("h2", { textContent: "还没有保存，请先改好这几处" }), element("ul", {}, ...lines));
  form.before(summary);
  summary.focus();
};

// What the server would miss, said at once: an entry that waits for a network must not come back for a blank.

const checkedKind = (form) => form.querySelector("[name=kinds]:checked");

export const lacking = (form, then) => {
  const blank = (name) => !form[name].value.trim();
  const said = {};
  if (blank("project_id")) said.project_id = "请选择项目。";
  if (blank("title")) said.title = "请填写活动名称。";
  if (then === "plan") {
    if (blank("planned_on") && blank("held_on")) said.planned_on = "请填写计划日期。";
    return said;
  }
  if (blank("held_on")) said.held_on = "请填写举办日期；还没有举办的，请点“保存计划”。";
  else if (form.held_on.value > today()) said.held_on = "举办日期还没有到；请先保存为计划，办完再提交。";
  if (blank("new_kind") && form.dataset.kinds?.split(" ").includes(form.project_id.value) && !checkedKind(form)) said.kinds = "请选择活动类型。";
  if (blank("district")) said.district = "请选择所在区；线上举办的选最后一项。";
  if (blank("audience_onsite") && blank("audience_online")) said.audience_onsite = "请填写现场人数，没有现场观众的填 0。";
  return said;
};

// The way a form goes without any script: the server answers with its page.

export const sendPlainly = (form, then) => {
  form.append(element("input", { type: "hidden", name: "then", value: then }));
  form.submit();
};

// What the form fills in by itself: the name, places that were used before, and keys for counting heads.
// Proposes the name from place, kind or project, and day, until the person writes one.
const proposal = (form) => {
  const kind = checkedKind(form)?.value || form.new_kind.value.trim();
  const project = form.project_id.value && form.project_id.selectedOptions[0].textContent.replace(/^\d{4}年 /, "");
  const [, month, day] = /^\d{4}-(\d\d)-(\d\d)$/.exec(form.held_on.value) ?? [];
  const what = `${form.venue_name.value.trim()}${kind || project || ""}`;
  return what && month ? `${what}（${Number(month)}月${Number(day)}日）` : what;
};

export const proposeTitle = (form) => {
  let last = proposal(form);
  const isOurs = () => !form.title.value.trim() || form.title.value === last;
  const propose = () => {
    const next = proposal(form);
    if (isOurs()) form.title.value = next;
    last = next;
  };
  form.addEventListener("input", (event) => event.target !== form.title && propose());
  form.addEventListener("filled", () => {
    last = proposal(form);
    propose();
  });
  form.title.addEventListener("blur", propose);
  propose();
};

// Two large keys beside the number of heads, for counting at the door; the keypad is for typing.

const STEPS = [["−1", -1], ["＋1", 1], ["＋10", 10]];

export const countHeads = (input) => {
  const key = ([word, step]) => element("button", {
    className: "button button-plain heads-key",
    type: "button",
    textContent: word,
    ariaLabel: `${step < 0 ? "减" : "加"} ${Math.abs(step)} 人`,
    onclick: () => {
      input.value = Math.max(0, (parseInt(input.value.normalize("NFKC"), 10) || 0) + step);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  const [less, more, many] = STEPS.map(key);
  input.before(less);
  input.parentElement.append(more, many);
};

// Places below the input: the latest ones at first, those found by two characters while typing. A tap fills the
// district and the kind of place along. Replaces the page's datalist, which phones show badly.

const FEWEST = 2;
const SHOWN = 6;

const latest = (part) => [...part.querySelectorAll("datalist option")].map((option) => ({
  name: option.value, district: option.dataset.district, kind: option.dataset.kind,
}));

export const offerVenues = (form, part) => {
  const input = form.venue_name;
  const recent = latest(part);
  const heading = element("p", { className: "field-hint" });
  const places = element("div", { className: "chips" });
  const box = element("div", { className: "venue-places" }, heading, places);
  const districts = new Map([...form.district.options].map((option) => [option.value, option.textContent]));
  part.querySelector("datalist").remove();
  input.removeAttribute("list");
  part.append(box);

  const choose = (place) => {
    input.value = place.name;
    if (place.district && districts.has(place.district)) form.district.value = place.district;
    if ([...form.venue_kind.options].some((option) => option.value === place.kind)) form.venue_kind.value = place.kind;
    show("", []);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const chip = (place) => element("button", { className: "chip-button", type: "button", onclick: () => choose(place) },
    place.name, place.district ? element("small", { textContent: districts.get(place.district) ?? "" }) : null);
  const show = (word, found) => {
    box.hidden = !found.length;
    heading.textContent = word;
    places.replaceChildren(...found.slice(0, SHOWN).map(chip));
  };
  const holding = (text) => recent.filter((place) => place.name.includes(text) && place.name !== text);
  const look = async () => {
    const text = input.value.trim();
    if (text.length < FEWEST) return show("最近用过", holding(text));
    show("相符的场所", holding(text));
    await pause(250);
    if (input.value.trim() !== text) return undefined;
    const answer = await ask(`/phone/venues?q=${encodeURIComponent(text)}`);
    if (!answer?.venues || input.value.trim() !== text) return undefined;
    const known = answer.venues.find((place) => place.name === text);
    if (known && answer.venues.filter((place) => place.name === text).length === 1 && !form.district.value) choose(known);
    else show("相符的场所", answer.venues.filter((place) => place.name !== text || answer.venues.length > 1));
    return undefined;
  };
  input.addEventListener("input", (event) => event.isTrusted && look());
  form.addEventListener("filled", () => show("最近用过", input.value ? [] : recent));
  show("最近用过", input.value ? [] : recent);
};
