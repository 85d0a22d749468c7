// The JavaScript of Cloudflare's rate-limit binding, which workerd has none of: a wrapped binding's module. Counting is done
// where all isolates are seen, in `cloudflare.js`.
class Ratelimit {
  #counter;
  #limit;
  constructor({ COUNTER, LIMIT }) {
    this.#counter = COUNTER;
    this.#limit = LIMIT;
  }
  async limit({ key }) {
    const answer = await this.#counter.fetch("http://counter/count", { method: "POST", body: JSON.stringify({ ...this.#limit, key }) });
    return answer.json();
  }
}

export default (env) => new Ratelimit(env);
