// A constant redirect that reads and writes the same headers as the edge.
import { read, redirect } from "./same-headers.js";

export default {
  fetch(request) {
    read(request);
    return redirect("https://example.com/landing/page", "memory");
  },
};
