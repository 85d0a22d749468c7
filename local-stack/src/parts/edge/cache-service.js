// A stand-in for Cloudflare's cache, which workerd expects behind `cacheApiOutbound`: bounded, in memory, one data centre.
// Lifetimes, tags and purging follow Cloudflare's documentation; no ranges, conditional requests or `Vary`.
//
// workerd's protocol:  match  → GET, answered with `CF-Cache-Status: HIT` or 504 and `MISS`
//                      put    → PUT, the whole HTTP response as the body
//                      delete → PURGE, 200 or 404
// A POST is a purge in the format of Cloudflare's API (`purge_cache`): {"tags": […]}, {"files": […]} or {"purge_everything": true}.

const LIMIT_BYTES = 64 * 1024 * 1024;
const UNSTATED_LIFETIME_SECONDS = 7200;

/** key → {status, headers, body, tags, storedAt, expiresAt}; the order is that of use, oldest first. */
const entries = new Map();
let totalBytes = 0;

export default {
  async fetch(request) {
    switch (request.method) {
      case "GET":
      case "HEAD":
        return match(request);
      case "PUT":
        return put(request);
      case "PURGE":
        return new Response(null, { status: remove(keyOf(request)) ? 200 : 404 });
      case "POST":
        return purge(await request.json());
      default:
        return new Response(null, { status: 405 });
    }
  },
};

function keyOf(request) {
  return `${request.headers.get("cf-cache-namespace") ?? ""} ${request.url}`;
}

function match(request) {
  const key = keyOf(request);
  const entry = entries.get(key);
  if (!entry || entry.expiresAt <= Date.now()) {
    if (entry) remove(key);
    return new Response(null, { status: 504, headers: { "CF-Cache-Status": "MISS" } });
  }
  entries.delete(key);
  entries.set(key, entry);
  const headers = new Headers(entry.headers);
  headers.set("CF-Cache-Status", "HIT");
  headers.set("Age", String(Math.floor((Date.now() - entry.storedAt) / 1000)));
  return new Response(entry.body, { status: entry.status, headers });
}

async function put(request) {
  const stored = parse(new Uint8Array(await request.arrayBuffer()));
  const lifetime = lifetimeOf(stored.headers);
  if (lifetime <= 0) return new Response(null, { status: 413 });
  const tags = (stored.headers.get("cache-tag") ?? "").toLowerCase().split(",");
  const now = Date.now();
  const key = keyOf(request);
  remove(key);
  entries.set(key, {
    ...stored,
    headers: [...stored.headers],
    tags: new Set(tags.map((tag) => tag.trim()).filter(Boolean)),
    storedAt: now,
    expiresAt: now + lifetime * 1000,
  });
  totalBytes += weight(key, stored.body);
  for (const oldest of entries.keys()) {
    if (totalBytes <= LIMIT_BYTES) break;
    remove(oldest);
  }
  return new Response(null, { status: 204 });
}

function lifetimeOf(headers) {
  const directives = (headers.get("cache-control") ?? "").toLowerCase();
  if (/\b(no-store|private|no-cache)\b/.test(directives) || headers.has("set-cookie")) return 0;
  const seconds = /\bs-maxage="?(\d+)/.exec(directives) ?? /\bmax-age="?(\d+)/.exec(directives);
  if (seconds) return Number(seconds[1]);
  const expires = Date.parse(headers.get("expires") ?? "");
  return Number.isNaN(expires) ? UNSTATED_LIFETIME_SECONDS : (expires - Date.now()) / 1000;
}

function purge(what) {
  const tags = (what.tags ?? []).map((tag) => tag.toLowerCase());
  const files = new Set(what.files ?? []);
  for (const [key, entry] of [...entries]) {
    const tagged = tags.some((tag) => entry.tags.has(tag));
    if (what.purge_everything || tagged || files.has(key.slice(key.indexOf(" ") + 1))) remove(key);
  }
  return Response.json({ success: true, errors: [], messages: [], result: { id: "local" } });
}

function remove(key) {
  const entry = entries.get(key);
  if (!entry) return false;
  entries.delete(key);
  totalBytes -= weight(key, entry.body);
  return true;
}

function weight(key, body) {
  return body.byteLength + 2 * key.length + 1024;
}

/** Parses an HTTP/1.1 response message. */
function parse(message) {
  let end = 0;
  while (end + 3 < message.length && !isBlankLine(message, end)) end++;
  const [statusLine, ...lines] = new TextDecoder().decode(message.subarray(0, end)).split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    // They describe the outer message only.
    if (!["transfer-encoding", "content-length", "connection"].includes(name)) headers.append(name, line.slice(colon + 1).trim());
  }
  const chunked = lines.some((line) => /^transfer-encoding:.*chunked/i.test(line));
  const rest = message.slice(end + 4);
  return { status: Number(statusLine.split(" ")[1]), headers, body: chunked ? unchunked(rest) : rest };
}

function isBlankLine(bytes, at) {
  return bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10;
}

function unchunked(bytes) {
  const pieces = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf(10, at);
    const size = parseInt(new TextDecoder().decode(bytes.subarray(at, lineEnd)), 16);
    if (!(size > 0)) break;
    pieces.push(bytes.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 1 + size + 2;
  }
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let to = 0;
  for (const piece of pieces) {
    whole.set(piece, to);
    to += piece.length;
  }
  return whole;
}
