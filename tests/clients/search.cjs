// Runs the search of the documents' page on a document: reads {start, document, phrases}, answers what each phrase finds.
const vm = require("vm");

// As much of the page's collections as it gives to whoever filters its operations.
class Members {
  constructor(entries) { this.entries = entries; }
  get size() { return this.entries.length; }
  get(name) { return this.entries.find(([each]) => each === name)?.[1]; }
  getIn([first, ...rest]) { const found = this.get(first); return rest.length ? found?.getIn(rest) : found; }
  set(name, value) { return new Members([...this.entries.filter(([each]) => each !== name), [name, value]]); }
  map(change) { return new Members(this.entries.map(([name, value]) => [name, change(value, name)])); }
  filter(keep) { return new Members(this.entries.filter(([name, value]) => keep(value, name))); }
}
class Items {
  constructor(items) { this.items = items; }
  get size() { return this.items.length; }
  filter(keep) { return new Items(this.items.filter(keep)); }
}
const members = (object) => new Members(Object.entries(object));

const { start, document, phrases } = JSON.parse(require("fs").readFileSync(0, "utf-8"));
let search;
vm.runInNewContext(start, { SwaggerUIBundle: (page) => { search = page.plugins[0].fn.opsFilter; } });
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
const subjects = new Members(document.tags.map(({ name }) => [name, members({
  operations: new Items(operations
    .filter((each) => each.operation.tags.includes(name))
    .map((each) => members({ ...each, operation: members(each.operation) }))),
})]));
const found = (phrase) => search(subjects, phrase).entries.flatMap(([, subject]) =>
  subject.get("operations").items.map((each) => each.getIn(["operation", "operationId"])));
console.log(JSON.stringify(phrases.map(found)));
