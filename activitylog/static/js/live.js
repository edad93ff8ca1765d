// Keeps one figure fresh: every data-every seconds the page is read again and this element's words taken over.
behaviours.live = (element) => {
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const page = await (await fetch(location.href)).text();
      const fresh = new DOMParser().parseFromString(page, "text/html").getElementById(element.id);
      if (fresh) element.textContent = fresh.textContent;
    } catch {
      // Offline: the last figure stays; the next round tries again.
    }
  };
  setInterval(refresh, 1000 * (Number(element.dataset.every) || 10));
};
