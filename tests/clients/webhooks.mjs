// A receiver of webhooks as its developer would write it: Node's own server, and the official Standard Webhooks library.
import { createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const { PORT, KEY } = process.env;
const DER = Buffer.from("302a300506032b6570032100", "hex"); // what comes before 32 bytes of Ed25519 in SubjectPublicKeyInfo

// The library knows `v1`; `v1a` is Node's own Ed25519 over the same text.
function verified(body, headers) {
  if (!KEY.startsWith("whpk_")) return new Webhook(KEY).verify(body, headers);
  const key = createPublicKey({ key: Buffer.concat([DER, Buffer.from(KEY.slice(5), "base64")]), format: "der", type: "spki" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  const signatures = headers["webhook-signature"].split(" ").filter((each) => each.startsWith("v1a,"));
  if (!signatures.some((each) => verify(null, signed, key, Buffer.from(each.slice(4), "base64")))) throw new Error("no matching signature");
  if (Math.abs(Date.now() / 1000 - Number(headers["webhook-timestamp"])) > 300) throw new Error("message timestamp too old");
  return JSON.parse(body);
}

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    try {
      const said = verified(Buffer.concat(parts).toString(), request.headers);
      const { challenge } = said.data;
      if (!challenge) console.log(JSON.stringify({ id: request.headers["webhook-id"], type: said.type }));
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ challenge }));
    } catch (error) {
      response.writeHead(400).end(String(error.message));
    }
  });
}).listen(Number(PORT), "127.0.0.1", () => console.log("listening"));
