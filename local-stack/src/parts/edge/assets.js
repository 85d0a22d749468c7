// Stands in for Workers static assets in front of the visitors' Worker: files with the headers of `_headers`, addresses of
// folders as `html_handling = "auto-trailing-slash"` serves them, the nearest `404.html` for others as `not_found_handling =
// "404-page"` does, and the paths of `run_worker_first` to the Worker.
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
};

export default {
  async fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    if (runsWorkerFirst(env.WORKER_FIRST, pathname)) return env.WORKER.fetch(request);
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405 });
    const isFolder = pathname.endsWith("/");
    const file = await env.FILES.fetch(`http://files${isFolder ? `${pathname}index.html` : pathname}`);
    if (file.ok && file.headers.get("content-type") !== "application/json") return answer(request, pathname, file, env);
    const index = isFolder ? undefined : await env.FILES.fetch(`http://files${pathname}/index.html`);
    if (index?.ok) return new Response(null, { status: 307, headers: { location: `${pathname}/${search}` } });
    return notFound(request, pathname, env);
  },
};

async function notFound(request, path, env) {
  for (let folder = path; folder; ) {
    folder = folder.slice(0, folder.lastIndexOf("/"));
    const page = await env.FILES.fetch(`http://files${folder}/404.html`);
    if (page.ok) return answer(request, path, page, env, 404);
  }
  return new Response(null, { status: 404 });
}

function answer(request, path, file, env, status = 200) {
  const headers = new Headers({ "content-type": status === 404 ? TYPES.html : type(path) });
  for (const [name, value] of rules(env.HEADERS, path)) {
    if (value === undefined) headers.delete(name);
    else headers.append(name, value);
  }
  return new Response(request.method === "HEAD" ? null : file.body, { status, headers });
}

function type(path) {
  const name = path.endsWith("/") ? "index.html" : path;
  return TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

function runsWorkerFirst(patterns, path) {
  const matches = (pattern) => (pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern);
  if (patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1)))) return false;
  return patterns.some(matches);
}

// A rule is a path, with `*` at its end, and indented lines: `Name: value`, or `! Name`, which takes back what an earlier rule set.
function rules(text, path) {
  let matches = false;
  const found = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("/")) {
      matches = line.endsWith("*") ? path.startsWith(line.slice(0, -1)) : path === line;
    } else if (matches && line.trim().startsWith("!")) {
      found.push([line.trim().slice(1).trim(), undefined]);
    } else if (matches && line.includes(":")) {
      const at = line.indexOf(":");
      found.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
    }
  }
  return found;
}
