// Starts the page that reads the API's documents, with a box that finds operations by any of their words.
function says(subject, operation, words) {
  const told = ["summary", "description", "operationId"].map((name) => operation.getIn(["operation", name]));
  const text = [subject, operation.get("method"), operation.get("path"), ...told].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

function search(subjects, phrase) {
  const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
  const found = (operations, subject) => operations.filter((operation) => says(subject, operation, words));
  return subjects
    .map((subject, name) => subject.set("operations", found(subject.get("operations"), name)))
    .filter((subject) => subject.get("operations").size > 0);
}

const page = SwaggerUIBundle({
  url: "../openapi.json", dom_id: "#page", deepLinking: true,
  tryItOutEnabled: true, persistAuthorization: false, validatorUrl: null,
  filter: true, plugins: [{ fn: { opsFilter: search } }],
  // Only in development is there a script that has something to offer.
  onComplete: () => typeof offerTokens === "function" && offerTokens(page),
});
