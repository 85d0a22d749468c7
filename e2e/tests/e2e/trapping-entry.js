// The Worker with a trap in it. wasm calls some of JavaScript's functions; what one of them throws leaves wasm as a trap does, in
// the middle of whatever it was doing. A request names the function that is to throw once.
import edge from "./entry.js";

const places = { now: [Date, "now"], random: [Math, "random"] };

export default {
  ...edge,
  fetch(request, env, context) {
    const place = places[request.headers.get("x-trap")];
    if (place) {
      const [object, name] = place;
      const own = object[name];
      object[name] = () => {
        object[name] = own;
        throw new WebAssembly.RuntimeError("a trap, for the test");
      };
    }
    return edge.fetch(request, env, context);
  },
};
