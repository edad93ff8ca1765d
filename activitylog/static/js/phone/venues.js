// Places below the input: the latest ones at first, those found by two characters while typing. A tap fills the
// district and the kind of place along. Replaces the page's datalist, which phones show badly.
import { element, pause } from "./element.js";
import { ask } from "./server.js";

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
