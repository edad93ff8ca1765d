// Two large keys beside the number of heads, for counting at the door; the keypad is for typing.
import { element } from "./element.js";

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
