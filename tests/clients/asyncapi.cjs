// Read an AsyncAPI document with the official parser, and print what it finds wrong, and the channels it read.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Parser } = require(join(process.argv[2], "node_modules", "@asyncapi", "parser"));

new Parser().parse(readFileSync(0, "utf-8")).then(({ document, diagnostics }) => {
  const channels = document?.allChannels().all() ?? [];
  const messages = Object.fromEntries(
    channels.flatMap((each) => each.messages().all().map((message) => [message.name(), each.address()])),
  );
  console.log(JSON.stringify({ diagnostics: diagnostics.map(({ code, message, path }) => ({ code, message, path })), messages }));
});
