// A constant redirect that reads of a request what the edge reads, and writes the headers that the edge writes.

const READ = ["cf-connecting-ip", "user-agent", "accept-language", "referer", "sec-purpose", "purpose", "x-purpose", "x-moz"];

let bytes = 0;

export default {
  fetch(request) {
    let facts = `${request.method}\n${request.url}\n${request.cf?.country ?? ""}\n${request.cf?.asn ?? ""}`;
    for (const name of READ) facts += `\n${request.headers.get(name) ?? ""}`;
    // Used, so that nothing of it is left out.
    bytes += facts.length;
    return new Response(null, {
      status: bytes < 0 ? 500 : 302,
      headers: {
        location: "https://example.com/landing/page",
        "cache-control": "private, no-store",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-robots-tag": "noindex",
        "x-shortline-cache": "memory",
        "server-timing": "lookup;dur=0;desc=memory",
      },
    });
  },
};
