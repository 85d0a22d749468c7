// The visitor's Worker without the service binding to the API's Worker, where a request header says so.
import edge from "./entry.js";

export default {
  ...edge,
  fetch(request, env, context) {
    const isUnbound = request.headers.get("x-api-fault") === "is not bound";
    return edge.fetch(request, isUnbound ? { ...env, API: undefined } : env, context);
  },
};
