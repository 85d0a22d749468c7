// The API's Worker, whose webhooks for the test's receiver arrive at this machine.
import api from "./entry.js";

const PUBLIC = "https://receiver.example";
const original = globalThis.fetch.bind(globalThis);
globalThis.fetch = (input, init) =>
  typeof input === "string" && input.startsWith(PUBLIC)
    ? original(input.replace(PUBLIC, "http://127.0.0.1:@PORT@"), init)
    : original(input, init);

export default api;
