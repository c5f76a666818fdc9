import { check, checkEqual, checkNone, load, queryOf, run, type } from './browser.mjs';

const good = 'dgt_good';

/** Signing in, on a server that needs it: the test stands between the page and the server, which may need none. */
export async function checkSignIn(browser, url) {
  const page = await browser.newPage();
  const [sent, violations] = [[], []];
  let accepted = good;
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => console.error('CSP violation:', event.violatedDirective));
  });
  page.on('console', message => message.text().startsWith('CSP violation') && violations.push(message.text()));
  page.on('pageerror', error => violations.push(String(error)));
  await page.route('**/graphql', async route => {
    const token = route.request().headers().authorization;
    sent.push(token);
    if (token !== `Bearer ${accepted}`) {
      await route.fulfill({ status: 401, json: { errors: [{ message: 'could not validate credentials', extensions: { code: 'UNAUTHENTICATED' } }] } });
    } else if (route.request().postDataJSON().query.includes('viewer {')) {
      await route.fulfill({ json: { data: { viewer: { name: 'anna', role: 'ADMIN' } } } });
    } else {
      await route.fulfill(await withViewer(route));
    }
  });
  const box = page.getByRole('dialog', { name: 'Sign in' });
  const token = box.getByLabel('Token');

  await page.goto(url);
  await box.waitFor();
  checkEqual('the token is asked for at once', await token.evaluate(input => input === document.activeElement), true);
  checkEqual('nothing is sent as a token before there is one', sent.filter(Boolean), []);
  checkEqual('the token is not shown', await token.getAttribute('type'), 'password');
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const edges = await box.evaluate(element => [element.getBoundingClientRect().left >= 0, element.getBoundingClientRect().right <= innerWidth]);
    checkEqual(`${width} px: the box is whole`, edges, [true, true]);
    if (process.env.PICTURES) await pictures(page, `sign-in-${width}`);
  }
  await page.setViewportSize({ width: 1440, height: 844 });
  await token.fill('dgt_bad');
  await token.press('Enter');
  await box.getByRole('alert').filter({ hasText: 'does not accept this token' }).waitFor();
  await token.fill('two words');
  await box.getByRole('button', { name: 'Sign in' }).click();
  await box.getByRole('alert').filter({ hasText: 'no spaces' }).waitFor();
  if (process.env.PICTURES) await pictures(page, 'sign-in-refused');

  await token.fill(`Bearer ${good}\n`);
  await token.press('Enter');
  await box.waitFor({ state: 'hidden' });
  await page.locator('.result-window').waitFor();
  await page.getByText('anna · ADMIN').waitFor();
  check('after signing in, the schema is there and says who it is', '');
  await type(page, '{ __typename }');
  check('a query answers', await run(page));
  if (process.env.PICTURES) await pictures(page, 'signed-in');
  const stored = await page.evaluate(text => ({
    tab: JSON.stringify(sessionStorage).includes(text), browser: JSON.stringify(localStorage).includes(text), cookies: document.cookie, address: location.href.includes(text),
  }), good);
  checkEqual("the token is in the tab's storage alone", stored, { tab: true, browser: false, cookies: '', address: false });

  accepted = 'dgt_other'; // as when the token expires
  await type(page, '{ a: __typename }');
  await page.locator('.graphiql-execute-button').click();
  await box.getByText('no longer accepted').waitFor();
  await token.fill('dgt_other');
  await token.press('Enter');
  await page.waitForFunction(() => globalThis.__MONACO.editor.getModels().some(m => m.uri.path.endsWith('response.json') && m.getValue().includes('"a"')));
  checkEqual('a query that waited for the new token is answered, and stays', await queryOf(page), '{ a: __typename }');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await box.waitFor();
  checkEqual('signing out forgets the token', await page.evaluate(() => sessionStorage.getItem('decnet-graph:token')), null);
  await page.keyboard.press('Escape');
  await box.waitFor({ state: 'hidden' });
  const late = page.getByRole('button', { name: 'Sign in' });
  await late.waitFor();
  await page.waitForTimeout(300);
  check('the box does not come back by itself', (await box.isVisible()) ? 'it is open' : '');
  await late.click();
  await token.fill('dgt_other');
  await Promise.all([load(page, () => token.press('Enter')), box.waitFor({ state: 'hidden' })]);
  await page.getByText('anna · ADMIN').waitFor();
  check('signing in later loads the schema', '');
  checkNone('no page error or CSP violation while signing in', violations);
  await page.evaluate(() => sessionStorage.clear());
  await page.close();
}

/** Adds the field to a schema that does not have it. */
async function withViewer(route) {
  const response = await route.fetch();
  if (!route.request().postDataJSON().query.includes('__schema')) return { response };
  const body = await response.json();
  const { types, queryType } = body.data.__schema;
  const { fields } = types.find(type => type.name === queryType.name);
  if (fields.some(field => field.name === 'viewer')) return { response };
  const ofType = { kind: 'OBJECT', name: 'TestViewer', ofType: null };
  const field = (name, type) => ({ name, description: null, args: [], type, isDeprecated: false, deprecationReason: null });
  fields.push(field('viewer', ofType));
  const text = { kind: 'SCALAR', name: 'String', ofType: null };
  types.push({ ...ofType, description: null, fields: [field('name', text), field('role', text)], inputFields: null, interfaces: [], enumValues: null, possibleTypes: null });
  return { json: body };
}

/** Pictures of the page in both themes, into the folder that PICTURES names. */
async function pictures(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${process.env.PICTURES}/${name}-${colorScheme}.png` });
  }
}
