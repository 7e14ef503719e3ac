// Is told by webhooks what `partner.mjs` looks for: in any order, more than once, all of it or a choice. What is signed are
// the id and the body, and neither says a position; so a webhook says how far to read the feed, and which history that is.
// Answering 2xx says that it is kept.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { Kept } from "./partner.mjs";

const kept = new Kept(process.env.PARTNER_DATABASE ?? "partner.sqlite");

// The key (`whsec_…`) that setting up the webhook answered with, read anew: it is exchanged when keys are rotated.
const key = () => readFileSync(process.env.MOIETY_WEBHOOK_KEY_FILE, "utf8").trim();

// One after the other: whoever comes meanwhile finds it taken.
let reading = Promise.resolve();
function readTo(number) {
  reading = reading.catch(() => {}).then(async () => {
    while (kept.end().number < number && (await kept.fill()));
  });
  return reading;
}

async function received(body, headers) {
  const said = new Webhook(key()).verify(body, headers); // throws unless it was signed with the key, just now
  if (said.type === "moiety.webhook.challenge") return { challenge: said.data.challenge };
  if (said.type === "moiety.webhook.ping") return {};
  const [number, digits] = headers["webhook-id"].split("-").slice(-2); // of the chain, its first eight
  await readTo(Number(number));
  if (!kept.chainAt(Number(number)).startsWith(digits)) throw new RangeError(`${number} is another event than the one taken`);
  return {};
}

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    try {
      const answer = await received(Buffer.concat(parts), request.headers);
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    } catch (error) {
      console.error(error.message); // it comes again
      response.writeHead(error instanceof WebhookVerificationError ? 400 : 503).end();
    }
  });
}).listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1");
