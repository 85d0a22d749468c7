// Cloudflare's rate-limit binding, which workerd lacks, as the module of a wrapped binding. `cloudflare.js` counts for
// all isolates.
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
