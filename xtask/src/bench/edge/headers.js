// A constant redirect that reads of a request what the edge reads, and writes the headers that the edge writes.
import { read, redirect } from "./same-headers.js";

export default {
  fetch(request) {
    read(request);
    return redirect("https://example.com/landing/page", "memory");
  },
};
