// Today in Shanghai as YYYY-MM-DD, wherever the phone's clock thinks it is; after a flat battery a clock may be
// years behind, but no day is before the one its page was made on.
export const today = () => {
  const byClock = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  const made = document.querySelector("[data-today]")?.dataset.today ?? "";
  return byClock > made ? byClock : made;
};

export const clock = () => new Date().toTimeString().slice(0, 5);
