// The Worker's entry. Every call between JavaScript and wasm costs about as much as deciding does, so this hands what matters
// of a request to the Worker proper as one text, and gets its answer as another. Where none is at hand, wasm-bindgen's own
// way follows. Nothing is decided here.
import Worker from "./index.js";

// workers-rs puts what Rust exports here.
const { answer_at_once, answer_from_colo, header_names, ship } = Worker.prototype;
const HEADERS = header_names().split(" ");
const MAX_ANSWERS = 1000;

/** Answers by their text, taken apart: visitors of one link mostly get the same. */
const answers = new Map();

export default {
  fetch(request, env, context) {
    const { headers, cf } = request;
    let facts = `${request.method}\n${request.url}\n${cf?.country ?? ""}\n${cf?.asn ?? ""}`;
    for (const name of HEADERS) facts += `\n${headers.get(name) ?? ""}`;
    const text = quickly(answer_at_once, facts);
    if (text === undefined) return theLongWay(request, env, context);
    return text.startsWith("look ") ? look(text.slice(5), facts, request, env, context) : respond(text, context);
  },
  scheduled(event, env, context) {
    return new Worker(context, env).scheduled(event);
  },
};

async function look(name, facts, request, env, context) {
  const kept = await caches.default.match(name);
  const text = quickly(answer_from_colo, facts, kept === undefined ? "" : await kept.text());
  return text === undefined ? theLongWay(request, env, context) : respond(text, context);
}

/** After a trap the long way answers, which starts the Worker proper anew where it has to. */
function quickly(answer, ...texts) {
  try {
    return answer(...texts);
  } catch (error) {
    console.error("Trapped", error);
  }
}

function respond(text, context) {
  let answer = answers.get(text);
  if (answer === undefined) {
    if (answers.size >= MAX_ANSWERS) answers.clear();
    answers.set(text, (answer = takenApart(text)));
  }
  if (answer.ships) context.waitUntil(ship());
  return new Response(answer.body, answer);
}

function theLongWay(request, env, context) {
  return new Worker(context, env).fetch(request);
}

function takenApart(text) {
  const end = text.indexOf("\n\n");
  const [status, ...lines] = text.slice(0, end).split("\n");
  const headers = new Headers(lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]));
  return { status: parseInt(status), headers, ships: status.endsWith(" ship"), body: text.slice(end + 2) || null };
}
