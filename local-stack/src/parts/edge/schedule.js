// A stand-in for Cloudflare's cron trigger: any request runs the schedule of the API's Worker once and is answered when it has
// ended.
export default {
  async fetch(_, env) {
    const { outcome } = await env.SCHEDULED.scheduled({ cron: "* * * * *" });
    return new Response(outcome, { status: outcome === "ok" ? 200 : 500 });
  },
};
