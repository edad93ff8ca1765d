// Keeps the screen lit while the page is looked at. Browsers without wake locks, and plain http, let it go dark.
behaviours.awake = () => {
  const hold = () => {
    if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", hold);
  hold();
};
