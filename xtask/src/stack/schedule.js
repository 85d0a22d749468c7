// Stands in for Cloudflare's clock: any request runs the Worker's schedule once, and is answered when it is done.
export default {
  async fetch(_, env) {
    const { outcome } = await env.EDGE.scheduled({ cron: "* * * * *" });
    return new Response(outcome, { status: outcome === "ok" ? 200 : 500 });
  },
};
