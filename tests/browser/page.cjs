// Answers by a contributor's link in a real browser: without scripts, on a phone's width, by the keyboard alone.
const { createRequire } = require("node:module");

const [link, steps, packages, browser] = process.argv.slice(2);
const load = createRequire(`${packages}/package.json`);

const PHONE = { width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const MOST_KEYS = 40;

function focused() {
  const here = document.activeElement;
  return { tag: here.tagName, name: here.name ?? "", text: here.textContent.trim(), seen: here.matches(":focus-visible") };
}

async function main() {
  const puppeteer = load("puppeteer-core");
  const { default: chromium } = await import(`file://${load.resolve("@sparticuz/chromium")}`);
  const executablePath = browser || (await chromium.executablePath());
  const running = await puppeteer.launch({ args: chromium.args, executablePath, headless: "shell" });
  try {
    const page = await running.newPage();
    const asked = [], told = [];
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      // What the browser draws its own fields with is asked of nobody.
      if (protocol !== "data:") asked.push(`${request.method()} ${origin}`);
    });
    page.on("console", (message) => told.push(message.text()));
    await page.setJavaScriptEnabled(false);
    await page.setViewport(PHONE);
    await page.goto(link);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    const styled = await page.evaluate(() => getComputedStyle(document.querySelector("button")).minHeight);
    const passed = [];
    for (const { to, press = "", type = "" } of JSON.parse(steps)) {
      let here = await page.evaluate(focused);
      for (let keys = 0; !(here.name === to || here.text === to) && keys < MOST_KEYS; keys += 1) {
        await page.keyboard.press("Tab");
        here = await page.evaluate(focused);
      }
      passed.push(here);
      if (type) await page.keyboard.type(type);
      if (press === "Enter") await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
      else for (const key of press.split(" ").filter(Boolean)) await page.keyboard.press(key);
    }
    const text = await page.evaluate(() => document.body.innerText);
    process.stdout.write(JSON.stringify({ wide, styled, passed, text, asked, told }));
  } finally {
    await running.close();
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
