// The API's Worker with faults. A request header names the fault; a request without it meets none.
import api from "./entry.js";

const faults = {
  throws: () => {
    throw new Error("test fault: the API's Worker throws");
  },
  // An exception thrown by a JavaScript function that wasm calls aborts wasm as a trap does.
  traps: () => {
    const original = Date.now;
    Date.now = () => {
      Date.now = original;
      throw new WebAssembly.RuntimeError("test trap");
    };
  },
};

export default {
  ...api,
  async fetch(request, env, context) {
    faults[request.headers.get("x-api-fault")]?.();
    return api.fetch(request, env, context);
  },
};
