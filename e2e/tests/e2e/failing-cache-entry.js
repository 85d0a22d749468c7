// The Worker with a cache that cannot be read. A request header names the fault; a request without it meets none.
import edge from "./entry.js";

const original = Cache.prototype.match;
const broken = () => new ReadableStream({ pull: (controller) => controller.error(new Error("test fault: the body is cut off")) });
const faults = {
  refuses: async () => Promise.reject(new Error("test fault: the cache refuses")),
  "is cut off": async () => new Response(broken()),
  // Longer than a test waits.
  "hangs": () => new Promise((resolve) => setTimeout(resolve, 300_000)),
};

export default {
  ...edge,
  fetch(request, env, context) {
    Cache.prototype.match = faults[request.headers.get("x-cache-fault")] ?? original;
    return edge.fetch(request, env, context);
  },
};
