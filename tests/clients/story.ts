// A short story, told by a client that is generated from the three documents: `node built/story.js`, with the services'
// addresses and a token as JSON in the environment. Compiling it is half of the test.
import createClient from "openapi-fetch";

import type { components, paths as AgreementsPaths } from "./agreements.js";
import type { paths as LedgerPaths } from "./ledger.js";
import type { paths as NotificationsPaths } from "./notifications.js";

declare const process: { env: Record<string, string | undefined> };

type Agreement = components["schemas"]["AgreementView"];
type Problem = components["schemas"]["Problem"];

const told = JSON.parse(process.env["STORY"] ?? "{}") as Record<string, string>;
const headers = { Authorization: `Bearer ${told["token"]}` };
const agreements = createClient<AgreementsPaths>({ baseUrl: told["agreements"], headers });
const ledger = createClient<LedgerPaths>({ baseUrl: told["ledger"], headers });
const notifications = createClient<NotificationsPaths>({ baseUrl: told["notifications"], headers });

function given<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(`refused: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const body: components["schemas"]["DraftAgreementBody"] = {
  kind: "MOU",
  title: "A memorandum drafted by a generated client",
  parties: ["HUT", "ATRC"],
  binding: false,
  ip_terms_binding: false,
  terms: {
    ownership: { method: "ELEMENTS" },
    consent: { NON_EXCLUSIVE: { rule: "NOTICE", days: 30 } },
  },
  period: { from: "2030-01-01" },
  document_hash: `sha256:${"0".repeat(64)}`,
};
const drafted: Agreement = given(await agreements.POST("/v1/agreements", { body }));
const agreement = { path: { agreement: drafted.agreement } };
const shown = await agreements.GET("/v1/agreements/{agreement}", { params: agreement });
const version = shown.response.headers.get("ETag") ?? "";
const proposed: Agreement = given(
  await agreements.POST("/v1/agreements/{agreement}/propose", { params: { ...agreement, header: { "If-Match": version } } }),
);
const stale = await agreements.POST("/v1/agreements/{agreement}/withdraw", {
  params: { ...agreement, header: { "If-Match": version } },
  body: { reason: "The story is told." },
});
const refused: Problem | undefined = stale.error;
const withdrawn: Agreement = given(
  await agreements.POST("/v1/agreements/{agreement}/withdraw", {
    params: { ...agreement, header: { "If-Match": `"${proposed.version}"` } },
    body: { reason: "The story is told." },
  }),
);
const transfers = given(await agreements.GET("/v1/transfers", { params: { query: { agreement: "MOU-5G" } } }));
const owned = given(
  await ledger.GET("/v1/assets/{asset}/ownership", {
    params: { path: { asset: "INV-5G-1" }, query: { effective: "2024-08-30", known: "2024-09-01" } },
  }),
);
const inbox = given(await notifications.GET("/v1/inbox", { params: { query: { limit: 1 } } }));

console.log(
  JSON.stringify({
    statuses: [drafted.status, proposed.status, withdrawn.status],
    refused: refused?.code,
    transfers: transfers.items.map((transfer) => transfer.from),
    holders: owned.holders,
    alerts: inbox.items.map((alert) => typeof alert.needs_acknowledgement),
  }),
);
