// What a receiver in Node does: checks a message with the library of Standard Webhooks. Takes {secret, headers, body} on stdin.

const { Webhook } = require("standardwebhooks");

const { secret, headers, body } = JSON.parse(require("fs").readFileSync(0, "utf8"));
new Webhook(secret).verify(body, headers);
console.log("verified");
