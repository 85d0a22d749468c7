// Way out of the Worker when its origin is a function URL of the emulator. Such a name (`*.localhost`) resolves on some
// machines and not on others; so these requests go straight to the emulator, their Host header and signature untouched.

export default {
  fetch(request, env) {
    const isFunctionUrl = new URL(request.url).hostname.endsWith(".localhost");
    return (isFunctionUrl ? env.emulator : env.internet).fetch(request);
  },
};
