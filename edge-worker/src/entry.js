// The Worker's entry. A call between JavaScript and wasm costs about as much as answering, so a request crosses as one text and
// an answer comes back as a number; where there is none, wasm-bindgen's own `fetch` takes the request. Decides nothing.
import Worker from "./index.js";

// workers-rs puts Rust's exports here. `entry/fast_path.rs` says what the numbers mean.
const { answer_from_memory, answer_from_colo, colo_millis, header_names, ship, text } = Worker.prototype;
const [NONE, READ_COLO, ONCE, READ_TRACE] = [-1, -2, -3, -4];
const COLO_MILLIS = colo_millis();
let names = header_names().split(" ");
const read = async (name) => (await (await caches.default.match(name))?.text()) ?? "";
const answers = []; // By number; as many as Rust keeps.

export default { fetch: answer };

function answer(request, env, context) {
  const { headers, cf } = request;
  let info = `${request.method}\n${request.url}\n${cf?.country ?? ""}\n${cf?.asn ?? ""}\n${cf?.regionCode ?? ""}\n${cf?.city ?? ""}`;
  for (const name of names) info += `\n${headers.get(name) ?? ""}`;
  const number = guarded(answer_from_memory, info);
  return number === READ_COLO ? readColo(text(), info, request, env, context) : respond(number, request, env, context);
}

async function readColo(name, info, request, env, context) {
  const document = await new Promise((resolve) => {
    const timer = setTimeout(resolve, COLO_MILLIS, ""); // A cache that fails or times out is a miss.
    read(name).catch(() => "").then((text) => (clearTimeout(timer), resolve(text)));
  });
  return respond(guarded(answer_from_colo, info, document), request, env, context);
}

/** After a trap every call fails. workers-rs checks this flag before it creates a Worker, and then restarts wasm. */
function guarded(ask, ...texts) {
  try {
    return ask(...texts);
  } catch (error) {
    console.error("Trapped", error);
    globalThis.__worker_init_state.criticalError = true;
    return NONE;
  }
}

function respond(number, request, env, context) {
  if (number === NONE) return new Worker(context, env).fetch(request);
  if (number === ONCE) return send(JSON.parse(text()), context);
  if (number === READ_TRACE) return (names = header_names().split(" ")), answer(request, env, context);
  if (number % 2 === 1) answers[number >> 1] = reusable(JSON.parse(text()));
  return send(answers[number >> 1], context);
}

function reusable(answer) {
  // A Response without a body can be sent repeatedly.
  return answer.body === null ? { ships: answer.ships, response: new Response(null, answer) } : answer;
}

function send(answer, context) {
  if (answer.ships) context.waitUntil(ship());
  return answer.response ?? new Response(answer.body, answer);
}
