// The Worker's outbound service when its origin is a function URL of the emulator. Not every machine resolves such a
// name (`*.localhost`), so these requests go to the emulator directly, with Host header and signature unchanged.

export default {
  fetch(request, env) {
    const isFunctionUrl = new URL(request.url).hostname.endsWith(".localhost");
    return (isFunctionUrl ? env.emulator : env.internet).fetch(request);
  },
};
