// The Worker with a trap. An exception thrown by a JavaScript function that wasm calls aborts wasm as a trap does. A
// request header names the function that throws once.
import edge from "./entry.js";

const places = { now: [Date, "now"], random: [Math, "random"] };

export default {
  ...edge,
  fetch(request, env, context) {
    const place = places[request.headers.get("x-trap")];
    if (place) {
      const [object, name] = place;
      const original = object[name];
      object[name] = () => {
        object[name] = original;
        throw new WebAssembly.RuntimeError("test trap");
      };
    }
    return edge.fetch(request, env, context);
  },
};
