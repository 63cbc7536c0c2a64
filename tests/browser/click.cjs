// Clicks through a report in Chromium: node click.cjs CHROMIUM REPORT.html [FOLDER]
// Pictures go into the folder, if one is named. It prints what is wrong, a line each,
// and ends with 1 if anything is.
"use strict";

const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [executablePath, file, pictures] = process.argv.slice(2);
const address = pathToFileURL(path.resolve(file)).href;
const problems = [];

function expect(what, got, wanted) {
  if (got !== wanted) problems.push(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(wanted)}`);
}

// visible counts the elements that a person sees.
const visible = (page, selector) => page.locator(selector).filter({ visible: true }).count();

// opened waits until a component is open: a link changes the address, and the page hears of
// that a moment later. One that stays closed is found by what is expected next.
const opened = (page) => page.locator("details.component[open]").first().waitFor({ timeout: 5000 }).catch(() => {});

async function picture(page, name) {
  if (pictures) await page.screenshot({ path: path.join(pictures, name + ".png"), fullPage: true });
}

// open loads the report without a network, and counts everything that the browser complains of.
async function open(browser, name, options) {
  const context = await browser.newContext({ offline: true, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`${name}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address && !request.url().startsWith("data:")) problems.push(`${name}: asks for ${request.url()}`);
  });
  await page.goto(address);
  expect(`${name}: wider than the window by`, await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  return page;
}

async function desk(browser) {
  const page = await open(browser, "desk", { viewport: { width: 1200, height: 900 }, colorScheme: "light" });
  const target = page.locator(".target").first();
  const form = target.locator(".filters");
  await picture(page, "desk");

  // What is wrong is open from the start.
  expect("open from the start", await target.locator("details.component[open] .name").allTextContents().then(String), "function.front");
  await form.locator("[name=shut]").click();

  // A component opens and closes by a click.
  const component = target.locator("details.component", { hasText: "storage.files" }).first();
  await component.locator("summary").click();
  expect("a component opens", await component.evaluate((e) => e.open), true);
  await component.locator("summary").click();
  expect("a component closes", await component.evaluate((e) => e.open), false);

  // A step of the time line shows what was made in it.
  const step = target.locator(".step details").first();
  await step.locator("summary").click();
  expect("resources of the first step", await step.locator(".rows li").filter({ visible: true }).count(), 2);

  // A link in the graph leads to its component, also a second time.
  const box = target.locator(".graph a", { hasText: "function.front" });
  for (const time of ["once", "again"]) {
    await box.click();
    await opened(page);
    const found = target.locator("details.component[open]");
    expect(`${time}: components opened by the graph`, await found.count(), 1);
    expect(`${time}: opened by the graph`, await found.locator("summary .name").textContent(), "function.front");
    expect(`${time}: the focus follows`, await page.evaluate(() => document.activeElement.closest("details")?.id), "t1-function.front");
    await found.locator("summary").click();
  }

  // Filters: words, a step, what is wrong.
  await form.locator("[name=open]").click();
  const rows = ".target:first-of-type .component .checks tbody tr";
  expect("values of all steps", await visible(page, rows), 6);
  await form.locator("[name=text]").fill("BUCKET versioning");
  expect("values by words", await visible(page, rows), 1);
  expect("components by words", await visible(page, ".target:first-of-type details.component"), 1);
  expect("the count", await form.locator("output").textContent(), "1 of 6 values");
  await form.locator("[name=text]").fill("");
  await form.locator("[name=step]").selectOption({ label: "2 lock down" });
  expect("values of a step", await visible(page, rows), 1);
  await form.locator("[name=step]").selectOption("");
  await form.locator("[name=wrong]").check();
  expect("values that are wrong", await visible(page, rows), 3);
  await picture(page, "desk-wrong");

  // A link to a component that the filter hides shows it.
  await target.locator(".graph a", { hasText: "storage.files" }).click();
  expect("a hidden component is shown", await component.isVisible(), true);
  await form.locator("[name=wrong]").uncheck();
  await form.locator("[name=shut]").click();
  expect("all are closed", await target.locator("details.component[open]").count(), 0);

  // The second target has filters of its own.
  expect("values of the second target", await page.locator(".filters output").nth(1).textContent(), "6 values");
  await page.context().close();
}

async function keyboard(browser) {
  const page = await open(browser, "keyboard", { viewport: { width: 1200, height: 900 } });
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = false; }));
  await page.keyboard.press("Tab");
  expect("the first stop", await page.evaluate(() => document.activeElement.textContent), "Skip to the results");
  // Every stop has a name, and the graph is reached.
  const stops = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => {
      const e = document.activeElement;
      return `${e.localName} ${(e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent).trim()}`;
    }));
    if (stops.at(-1) === "a identity.front") break;
  }
  expect("a stop without a name", stops.find((stop) => !stop.includes(" ") || stop.endsWith(" ")), undefined);
  await page.keyboard.press("Enter");
  await opened(page);
  expect("Enter in the graph opens", await page.evaluate(() => document.querySelector("details.component[open] .name")?.textContent), "identity.front");
  await page.keyboard.press("Enter");
  expect("Enter on a component closes it", await page.locator("details.component[open]").count(), 0);
  await page.context().close();
}

async function phone(browser) {
  const page = await open(browser, "phone", { viewport: { width: 360, height: 740 }, colorScheme: "dark", isMobile: true, hasTouch: true });
  await page.locator("[name=open]").first().tap();
  expect("phone, all open: wider than the window by", await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  await picture(page, "phone");
  await page.context().close();
}

// readable asks for the contrast of text, which is at least 4.5 to 1 (WCAG 2.2, 1.4.3).
async function readable(browser, colorScheme) {
  const page = await open(browser, colorScheme, { viewport: { width: 1200, height: 900 }, colorScheme });
  await page.locator("[name=open]").first().click();
  const poor = await page.evaluate(() => {
    const rgb = (text) => text.match(/[\d.]+/g).map(Number);
    const light = (c) => {
      const [r, g, b] = c.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (e) => {
      for (; e; e = e.parentElement) {
        const colour = rgb(getComputedStyle(e).backgroundColor);
        if (colour.length === 3 || colour[3] > 0) return colour;
      }
      return [255, 255, 255];
    };
    const found = new Set();
    for (const e of document.querySelectorAll("body :not(script, svg, svg *)")) {
      const own = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim() !== "");
      if (!own || !e.checkVisibility()) continue;
      const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
      if ((a + 0.05) / (b + 0.05) < 4.5) found.add(`${e.localName}.${e.className} ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
    }
    return [...found];
  });
  for (const text of poor) problems.push(`${colorScheme}: contrast of ${text}`);
  await page.context().close();
}

(async () => {
  const browser = await chromium.launch({ executablePath });
  try {
    await desk(browser);
    await keyboard(browser);
    await phone(browser);
    await readable(browser, "light");
    await readable(browser, "dark");
  } finally {
    await browser.close();
  }
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
})().catch((error) => {
  console.log(error.message);
  process.exitCode = 1;
});
