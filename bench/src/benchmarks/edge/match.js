// Redirects to the URL in a cached document, and stores that document on the first request. With `HEADERS` it also
// reads and writes the same headers as the edge.
import { read, redirect } from "./same-headers.js";

export default {
  async fetch(request, env) {
    if (env.HEADERS) read(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    const key = `https://localhost/records${pathname}`;
    const kept = await caches.default.match(key);
    if (kept) {
      const { url } = (await kept.json()).resolution.record;
      return env.HEADERS ? redirect(url, "colo") : new Response(null, { status: 302, headers: { location: url } });
    }
    await caches.default.put(key, new Response(JSON.stringify(document(pathname.slice(1))), { headers: { "cache-control": "s-maxage=86400", "content-type": "application/json" } }));
    return new Response(null, { status: 201 });
  },
};

/** As large as what the edge keeps. */
function document(code) {
  const record = { id: "0198c0de-0000-7000-8000-000000000001", domain: "localhost", code, revision: 1, url: `https://example.com/landing/${code}`, status: 302 };
  return { resolution: { outcome: "found", record }, asked_at: Date.now(), fresh_until: Date.now() + 3_600_000 };
}
