// What a desk has and a phone need not load: the key that searches, and the count of ticks.
// Says how many boxes of the form are ticked.
const countTicks = (form) => {
  const say = () => {
    const count = form.querySelectorAll("input[type=checkbox]:checked").length;
    form.querySelector("[data-ticked]").textContent = `已选 ${count} 条`;
  };
  form.addEventListener("change", say);
  say();
};

// The key "/" goes to the box that searches everything, unless something is being typed.
const goOnSlash = (box) => {
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey || !box.offsetParent) return;
    event.preventDefault();
    box.focus();
  });
};

for (const form of document.querySelectorAll("[data-behaviour~=ticks]")) countTicks(form);
for (const box of document.querySelectorAll("[data-behaviour~=slash]")) goOnSlash(box);
