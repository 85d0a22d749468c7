// A stand-in for what Cloudflare's data centres share: Workers KV, the purge API, and the counters of rate-limit bindings,
// which treat the edges as isolates of one location. A purge goes to the cache of the edge that owns the zone. A test may
// make it refuse, delay and limit.
//
// KV namespace (workerd's protocol): GET, PUT and DELETE of `/{key}`, one file per key.
// Purge API: POST /zones/{zone}/purge_cache, with a token.
// Rate-limit bindings: POST /count {"namespace": "1", "limit": 10, "period": 10, "key": "…"}, answered with {"success": true}.
// For tests: PUT /behaviour {"status": 500, "delay_ms": 300, "per_minute": 5, "kv_delay_ms": 200}; GET /behaviour returns call counts.

/** status: the answer to purges; per_minute: purges per minute before 429; silent: the counters hang;
 * kv_silent: KV hangs. */
let behaviour = {};
let calls = { purges: 0, tags: 0, refused: 0, counted: 0 };
/** namespace → {began, keys: key → how often} */
const windows = new Map();
let minute = { began: 0, purges: 0 };

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/behaviour") return behave(request);
    if (url.pathname === "/count") return count(await request.json());
    const route = /^\/zones\/([^/]+)\/purge_cache$/.exec(url.pathname);
    if (!route || request.method !== "POST") return failed(404, "no such route");
    const cache = env.CACHES[route[1]];
    if (!cache || request.headers.get("authorization") !== `Bearer ${env.TOKEN}`) return failed(403, "forbidden");
    return purge(await request.text(), cache);
  },
};

export const kv = {
  async fetch(request, env) {
    if (behaviour.kv_silent) return new Promise(() => {});
    if (behaviour.kv_delay_ms) await new Promise((resolve) => setTimeout(resolve, behaviour.kv_delay_ms));
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const file = `http://disk/${await fileOf(new TextEncoder().encode(key))}`;
    switch (request.method) {
      case "GET": {
        const found = await env.DISK.fetch(file);
        return new Response(found.ok ? found.body : null, { status: found.ok ? 200 : 404 });
      }
      case "PUT":
        await env.DISK.fetch(file, { method: "PUT", body: await request.arrayBuffer() });
        return new Response(null, { status: 204 });
      default:
        return new Response(null, { status: 405 });
    }
  },
};

/** A file name has at most 255 bytes; a key may have 512, as in Cloudflare's KV. */
async function fileOf(key) {
  if (key.length > 512) throw new Error("a key has at most 512 bytes");
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return key.length <= 120 ? hex(key) : `sha256-${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", key)))}`;
}

async function behave(request) {
  if (request.method === "PUT") {
    behaviour = await request.json();
    calls = { purges: 0, tags: 0, refused: 0, counted: 0 };
    minute = { began: Date.now(), purges: 0 };
  }
  return Response.json(calls);
}

async function count({ namespace, limit, period, key }) {
  calls.counted += 1;
  if (behaviour.silent) return new Promise(() => {});
  let window = windows.get(namespace);
  if (!window || Date.now() - window.began >= period * 1000) windows.set(namespace, (window = { began: Date.now(), keys: new Map() }));
  const counted = (window.keys.get(key) ?? 0) + 1;
  window.keys.set(key, counted);
  return Response.json({ success: counted <= limit });
}

async function purge(body, cache) {
  const { tags } = JSON.parse(body);
  if (behaviour.delay_ms) await new Promise((resolve) => setTimeout(resolve, behaviour.delay_ms));
  if (behaviour.status) return refused(behaviour.status);
  if (tags.length > 100) return refused(400);
  if (Date.now() - minute.began >= 60_000) minute = { began: Date.now(), purges: 0 };
  if (++minute.purges > (behaviour.per_minute ?? Infinity)) return refused(429);
  await fetch(cache, { method: "POST", body }).catch(() => {});
  calls.purges += 1;
  calls.tags += tags.length;
  return Response.json({ success: true, errors: [], messages: [], result: { id: "local" } });
}

function refused(status) {
  calls.refused += 1;
  return failed(status, "refused", status === 429 ? { "retry-after": "3" } : {});
}

function failed(status, message, headers = {}) {
  return Response.json({ success: false, errors: [{ code: status, message }], messages: [], result: null }, { status, headers });
}
