// Copies data-text and says so. Plain http has no clipboard: then an unseen box is selected and copied the old way.
behaviours.copy = (button) => {
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
