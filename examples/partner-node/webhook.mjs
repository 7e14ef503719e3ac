// Takes a party's feed as webhooks, in order: what `partner.mjs` pulls is pushed here. Answering 2xx says that it is kept.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { Kept } from "./partner.mjs";

const kept = new Kept(process.env.PARTNER_DATABASE ?? "partner.sqlite");

// The key (`whsec_…`) that setting up the webhook answered with, read anew: it is exchanged when keys are rotated.
const key = () => readFileSync(process.env.MOIETY_WEBHOOK_KEY_FILE, "utf8").trim();

function received(body, headers) {
  const said = new Webhook(key()).verify(body, headers); // throws unless it was signed with the key, just now
  if (said.type === "moiety.webhook.challenge") return { challenge: said.data.challenge };
  if (said.type === "moiety.webhook.ping") return {};
  // What is signed are the bytes that were published, so leaf and chain are worked out of these.
  kept.take(Number(headers["moiety-number"]), Number(headers["moiety-position"]), body);
  return {};
}

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    try {
      const answer = received(Buffer.concat(parts), request.headers);
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    } catch (error) {
      // It comes again: a number before its turn once those before it were here.
      console.error(error.message);
      response.writeHead(error instanceof RangeError ? 503 : 400).end();
    }
  });
}).listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1");
