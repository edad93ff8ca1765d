// Keeps the sum of the points fresh while they are typed, in whole hundredths.
behaviours.sum = (part) => {
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
