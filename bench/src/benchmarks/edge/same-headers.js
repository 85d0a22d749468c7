// Reads and writes the same headers as the edge, for the baseline Workers.

const READ = ["cf-connecting-ip", "user-agent", "accept-language", "referer", "sec-purpose", "purpose", "x-purpose", "x-moz"];

let characters = 0;

/** Counts what was read, so that nothing of it is left out. */
export function read(request) {
  let info = `${request.method}\n${request.url}\n${request.cf?.country ?? ""}\n${request.cf?.asn ?? ""}\n${request.cf?.regionCode ?? ""}\n${request.cf?.city ?? ""}`;
  for (const name of READ) info += `\n${request.headers.get(name) ?? ""}`;
  characters += info.length;
}

export function redirect(location, tier) {
  return new Response(null, {
    status: characters < 0 ? 500 : 302,
    headers: {
      location,
      "cache-control": "private, no-store",
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-robots-tag": "noindex",
      "x-shortline-cache": tier,
      "server-timing": `lookup;dur=0;desc=${tier}`,
    },
  });
}
