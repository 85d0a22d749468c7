// The API Worker's entry: after a trap in wasm it has the next call restart it. Decides nothing.
import Worker from "./index.js";

const { check_alive } = Worker.prototype;

export default {
  fetch: (request, env, context) => worker(context, env).fetch(request),
  scheduled: (event, env, context) => worker(context, env).scheduled(event),
};

/** After a trap every call fails. workers-rs checks this flag before it creates a Worker, and then restarts wasm. */
function worker(context, env) {
  try {
    check_alive();
  } catch (error) {
    console.error("Trapped", error);
    globalThis.__worker_init_state.criticalError = true;
  }
  return new Worker(context, env);
}
