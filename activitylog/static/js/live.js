// Keeps one figure fresh while it is looked at: every data-every seconds its words are read again, from the JSON
// at data-source where one is named (its only value), else from this page itself. Of a picture, the picture there.
behaviours.live = (element) => {
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
