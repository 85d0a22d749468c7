// A constant redirect: the most that a Worker can answer.

export default {
  fetch() {
    return new Response(null, { status: 302, headers: { location: "https://example.com/landing/page" } });
  },
};
