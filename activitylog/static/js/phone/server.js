// Asks the server and trusts only what is ours: a hall's network may answer anything with its own page.
const ANSWERED_WITHIN = 20_000;

// The answer's facts and its status; null without an answer of ours, when nobody knows what became of the request.
export const ask = async (address, { body, headers, method = body ? "POST" : "GET" } = {}) => {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), ANSWERED_WITHIN);
  try {
    const answer = await fetch(address, {
      method,
      body,
      headers: { Accept: "application/json", ...headers },
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      signal: cut.signal,
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return null;
    return { status: answer.status, ...await answer.json() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
};

// Who is signed in and their token; `result` says "sign_in" when nobody is.
export const askWho = () => ask("/phone/token");
