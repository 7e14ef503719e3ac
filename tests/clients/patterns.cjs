// Reads patterns and texts as JSON, compiles each pattern as JavaScript does with the flag u, and answers which texts match.
const { patterns, texts } = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const matched = patterns.map((pattern) => {
  try {
    const compiled = new RegExp(pattern, "u");
    return texts.map((text) => compiled.test(text));
  } catch (error) {
    return String(error);
  }
});
console.log(JSON.stringify(matched));
