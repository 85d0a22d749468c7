// The Worker's entry. A call between JavaScript and wasm costs about as much as deciding does, so a request goes over as one
// text and an answer comes back as a number; where there is none, wasm-bindgen's own way follows. Nothing is decided here.
import Worker from "./index.js";

// workers-rs puts what Rust exports here; what the numbers mean, `entry/at_once.rs` says.
const { answer_at_once, answer_from_colo, colo_millis, header_names, ship, text } = Worker.prototype;
const [NONE, LOOK, ONCE] = [-1, -2, -3];
const [HEADERS, COLO_MILLIS] = [header_names().split(" "), colo_millis()];
const read = async (name) => (await (await caches.default.match(name))?.text()) ?? "";
const answers = []; // By their numbers; as many as Rust keeps.

export default {
  fetch(request, env, context) {
    const { headers, cf } = request;
    let facts = `${request.method}\n${request.url}\n${cf?.country ?? ""}\n${cf?.asn ?? ""}`;
    for (const name of HEADERS) facts += `\n${headers.get(name) ?? ""}`;
    const number = quickly(answer_at_once, facts);
    return number === LOOK ? look(text(), facts, request, env, context) : respond(number, request, env, context);
  },
  scheduled(event, env, context) {
    quickly(header_names);
    return new Worker(context, env).scheduled(event);
  },
};

async function look(name, facts, request, env, context) {
  const kept = await new Promise((resolve) => {
    const timer = setTimeout(resolve, COLO_MILLIS, ""); // A cache that fails, or does not answer, is one that has nothing.
    read(name).catch(() => "").then((text) => (clearTimeout(timer), resolve(text)));
  });
  return respond(quickly(answer_from_colo, facts, kept), request, env, context);
}

/** After a trap every call fails. workers-rs looks at its mark before it makes a Worker, and then starts wasm anew. */
function quickly(answer, ...texts) {
  try {
    return answer(...texts);
  } catch (error) {
    console.error("Trapped", error);
    globalThis.__worker_init_state.criticalError = true;
    return NONE;
  }
}

function respond(number, request, env, context) {
  if (number === NONE) return new Worker(context, env).fetch(request);
  if (number === ONCE) return send(JSON.parse(text()), context);
  if (number % 2 === 1) answers[number >> 1] = kept(JSON.parse(text()));
  return send(answers[number >> 1], context);
}

function kept(answer) {
  // Without a body it can go out again and again.
  return answer.body === null ? { ships: answer.ships, response: new Response(null, answer) } : answer;
}

function send(answer, context) {
  if (answer.ships) context.waitUntil(ship());
  return answer.response ?? new Response(answer.body, answer);
}
