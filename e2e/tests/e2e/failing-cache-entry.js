// The Worker in a data centre whose cache cannot be read. A request names the fault that it is to meet; the next one meets none
// unless it names one too.
import edge from "./entry.js";

const sound = Cache.prototype.match;
const broken = () => new ReadableStream({ pull: (controller) => controller.error(new Error("it breaks off, for the test")) });
const faults = {
  refuses: async () => Promise.reject(new Error("it refuses, for the test")),
  "breaks off": async () => new Response(broken()),
  // Longer than a test waits.
  "is silent": () => new Promise((resolve) => setTimeout(resolve, 300_000)),
};

export default {
  ...edge,
  fetch(request, env, context) {
    Cache.prototype.match = faults[request.headers.get("x-cache-fault")] ?? sound;
    return edge.fetch(request, env, context);
  },
};
