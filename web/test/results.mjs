import { check, checkEqual, responseOf, type } from './browser.mjs';

// What attackers may have written: markup, a link, a change of direction, a line break, a formula.
const hostile = ['<img src=x onerror="document.title=1">', 'javascript:alert(1)', 'abc\u202Etxt.exe', 'a\nb', '=cmd|calc'];

/** Tables and charts of answers: their cells are text, whatever it is, and they work by keyboard. */
export async function checkResults(page, run) {
  await checkText(page, run);
  await checkNested(page, run);
  await checkChart(page, run);
  await checkKeyboard(page);
}

/** Answers the next operations with data that a test makes. */
async function answerWith(page, run, query, text) {
  await page.route('**/graphql', async route => {
    if (route.request().postData().includes('Hostile')) {
      await route.fulfill({ contentType: 'application/graphql-response+json', body: text });
    } else {
      await route.continue();
    }
  });
  await type(page, query);
  const problem = await run(page);
  await page.unroute('**/graphql');
  check('the answer arrives', problem);
}

const cells = page => page.locator('.results td').allTextContents();

async function checkText(page, run) {
  const rows = hostile.map(notes => ({ notes, revision: 1 }));
  const warnings = [{ message: 'no such <b>rule</b>', path: ['campaigns'], input: 'filter.ruleId' }];
  const text = JSON.stringify({ data: { campaigns: { nodes: rows } }, extensions: { warnings } }).replaceAll('"revision":1', '"revision":0.12345678901234567890');
  await answerWith(page, run, 'query Hostile { campaigns { nodes { notes revision } } }', text);
  const shown = await cells(page);
  checkEqual('cells show the text as it is, and what cannot be seen by its number', shown.filter((_, n) => n % 2 === 0), [
    hostile[0], hostile[1], 'abc\\u{202e}txt.exe', 'a⏎b', hostile[4],
  ]);
  checkEqual('warnings stand above the table', await page.locator('.notices li').allTextContents(), [
    'Warning at campaigns, filter.ruleId: no such <b>rule</b>',
  ]);
  checkEqual('markup in a cell makes no element', await page.locator('.results :is(img, a, b, script)').count(), 0);
  checkEqual('a number keeps its digits in the table', shown[1], '0.12345678901234567890');
  check('a number keeps its digits in the JSON', (await responseOf(page)).includes('0.12345678901234567890') ? '' : await responseOf(page));
  await page.getByRole('button', { name: 'Copy for a spreadsheet' }).click();
  await page.locator('.list-table-actions', { hasText: 'Copied.' }).waitFor();
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
  checkEqual('a copied cell is no formula', copied.at(-1).split('\t')[0], "'=cmd|calc");
  checkEqual('a copied table has a line for each row', copied.length, hostile.length + 1);
}

async function checkNested(page, run) {
  await type(page, '{ campaigns(first: 3) { nodes { uuid activity { firstSeen } identities(first: 2) { nodes { uuid confidence } } } } }');
  check('a nested query answers', await run(page));
  const select = page.locator('.results select').first();
  await page.locator('.results option', { hasText: 'campaigns › identities' }).waitFor({ state: 'attached' });
  checkEqual('nested lists are lists of their own', (await select.locator('option').allTextContents()).map(t => t.replace(/ \(.*/, '')), [
    'campaigns', 'campaigns › identities',
  ]);
  await select.selectOption('campaigns.nodes');
  checkEqual('a table has a column for each field', await page.locator('.results th').allTextContents(), ['uuid', 'activity.firstSeen', 'identities']);
  await select.selectOption('campaigns.nodes.identities.nodes');
  checkEqual('nested rows say whose they are', await page.locator('.results th').allTextContents(), ['campaigns › uuid', 'uuid', 'confidence']);
  const { campaigns } = JSON.parse(await responseOf(page)).data;
  const want = campaigns.nodes.flatMap(c => c.identities.nodes.flatMap(i => [c.uuid, i.uuid, String(i.confidence)]));
  checkEqual('nested rows are those of the answer', await cells(page), want);
}

async function checkChart(page, run) {
  await type(page, '{ tagsByDay { day count } campaigns(first: 3) { nodes { uuid tagsByDay { day count } } } }');
  check('a series answers', await run(page));
  const days = JSON.parse(await responseOf(page)).data.tagsByDay;
  const chart = page.locator('.chart svg');
  await chart.waitFor();
  const label = await chart.getAttribute('aria-label');
  const sum = days.reduce((all, day) => all + day.count, 0).toLocaleString('en');
  check('a chart says in words what it shows', label.includes(`${days.length} from ${days[0].day} to ${days.at(-1).day}, ${sum} in all`) ? '' : label);
  checkEqual('a chart has a bar for each day', await chart.locator('rect').count(), days.length);
  await page.locator('.results select').first().selectOption('campaigns.nodes.tagsByDay');
  checkEqual('a nested series is split by its owner', await page.locator('.chart-parts li').count(), 3);
}

async function checkKeyboard(page) {
  await page.getByRole('button', { name: 'JSON', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.results table').waitFor({ state: 'detached' });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.locator('.result-window').waitFor({ state: 'hidden' });
  const pressed = await page.locator('.results button[aria-pressed="true"]').allTextContents();
  checkEqual('the keyboard chooses between JSON and table', pressed, ['Table']);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.locator('.result-window').waitFor({ state: 'visible' });
}
