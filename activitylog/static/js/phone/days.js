// Today in Shanghai as YYYY-MM-DD, wherever the phone's clock thinks it is.
export const today = () => new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);

export const clock = () => new Date().toTimeString().slice(0, 5);
