// A double tap sends a form once. Coming back with the back key gives the buttons their life again, as
// does a script that could not send.
behaviours["submit-once"] = (form) => {
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
