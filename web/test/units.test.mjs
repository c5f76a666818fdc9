// Tests of the page's functions without a browser: node --test web/test/

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readAddress, writeAddress } from '../src/address.js';
import { fill, firstValue } from '../src/examples.js';
import { onlyReads, operationNames, selectedFields } from '../src/operations.js';
import { plain } from '../src/results/plain.js';
import { roundUp, seriesOf, stepOf } from '../src/results/series.js';
import { fetcherFor } from '../src/fetcher.js';
import { Session } from '../src/session.js';
import { listsOf, sizeOf, tabSeparated } from '../src/results/tables.js';

test('an address restores any query and variables', () => {
  for (const query of ['{ a }', '# 100 % & = + # ü\n{ a(b: "c\\n") }', '{ a }\u202E']) {
    for (const variables of ['', '{"a": "b&variables=c"}', '{\n  "ü": 1\n}']) {
      assert.deepEqual(readAddress(writeAddress({ query, variables })), { query, variables });
    }
  }
});

test('an address without a query is none', () => {
  for (const fragment of ['', '#', '#section', '#variables=%7B%7D', '#query=']) assert.equal(readAddress(fragment), null);
  assert.equal(writeAddress({ query: '', variables: '{}' }), '');
});

test('only documents of queries alone run by themselves', () => {
  for (const document of ['{ a }', 'query A { a }', 'query A { a } query B { b }']) assert.equal(onlyReads(document), true, document);
  const others = ['mutation { a }', 'query A { a } mutation B { b }', 'subscription { a }', '', '{', 'fragment F on T { a }', undefined];
  for (const document of others) assert.equal(onlyReads(document), false, document);
});

test('operations are known by name', () => {
  assert.deepEqual(operationNames('query A { a } mutation B { b }'), ['A', 'B']);
  assert.deepEqual(operationNames('{ a }'), [null]);
});

test('selected fields are those of the operation, with fragments spread', () => {
  const fields = selectedFields('query A { x: a { b ...F ... on T { d { e } } } } fragment F on T { c ...F }', 'A');
  assert.deepEqual(fields, new Map([['x', new Map([['b', null], ['c', null], ['d', new Map([['e', null]])]])]]));
  assert.equal(selectedFields('{'), null);
  assert.deepEqual(selectedFields('query A { a } query B { b }', 'B'), new Map([['b', null]]));
});

test('an example is filled with the first values that are found', async () => {
  const ask = async ({ query }) => {
    if (query === 'fails') throw new Error('no network');
    return query === 'none' ? { data: { a: [] } } : { data: { a: [{ b: null }, { b: 'found' }] } };
  };
  const example = { query: 'q', variables: '{"x": {"y": [1]}, "z": 2, "f": 3}', find: { 'x.y.0': 'some', z: 'none', f: 'fails' } };
  assert.deepEqual(JSON.parse((await fill(example, ask)).variables), { x: { y: ['found'] }, z: 2, f: 3 });
  assert.deepEqual(await fill({ query: 'q', variables: '', find: {} }, ask), { query: 'q', variables: '' });
});

test('values are found in depth, zero and false included', () => {
  assert.equal(firstValue({ a: [null, { b: [] }, { c: 0 }] }), 0);
  assert.equal(firstValue({ a: [] }), undefined);
  assert.equal(firstValue(null), undefined);
});

test('what cannot be seen in a text is shown by its number', () => {
  assert.equal(plain('a\u0000\u001b[31m\u200b\u2028\u{e000}\n\t'), 'a\\u{0}\\u{1b}[31m\\u{200b}\\u{2028}\\u{e000}⏎⇥');
  assert.equal(plain('ünïcödé 日本 🙂 <b>'), 'ünïcödé 日本 🙂 <b>');
});

const titles = lists => lists.map(l => l.title);

test('every list of objects is a list, once for all parents', () => {
  const data = {
    a: { totalCount: 2, nodes: [{ uuid: 'u1', b: { nodes: [{ n: 1 }, { n: 2 }] }, tags: ['x', 'y'] }, { uuid: 'u2', b: { nodes: [] }, tags: [] }] },
    c: [{ day: '2026-01-01', count: 1 }],
    scalars: ['x'],
  };
  const lists = listsOf(data, null);
  assert.deepEqual(titles(lists), ['a', 'a › b', 'c']);
  assert.deepEqual(lists[1].columns, ['a › uuid', 'n']);
  assert.deepEqual([...lists[1].rows[1].values()], ['u1', 2]);
  assert.deepEqual(lists[0].rows[0].get('tags'), ['x', 'y']);
});

test('JSON that is a field of its own is one cell, and an empty list is a table without rows', () => {
  const document = '{ a { evidence rows { x } } }';
  const lists = listsOf({ a: [{ evidence: { deep: [{ x: 1 }] }, rows: [] }] }, selectedFields(document));
  assert.deepEqual(titles(lists), ['a', 'a › rows']);
  assert.deepEqual(lists[0].rows[0].get('evidence'), { deep: [{ x: 1 }] });
  assert.equal(lists[1].rows.length, 0);
});

test('an object that is null has a cell for each field', () => {
  const lists = listsOf({ a: [{ x: null }, { x: { y: 1, z: 2 } }] }, selectedFields('{ a { x { y z } } }'));
  assert.deepEqual(lists[0].columns, ['x.y', 'x.z']);
});

test('edges are rows of their nodes', () => {
  const [list] = listsOf({ a: { edges: [{ cursor: 'c', node: { uuid: 'u', b: { edges: [] } } }] } }, null);
  assert.deepEqual(list.columns.slice(0, 2), ['cursor', 'uuid']);
});

test('a table of a page says that there are more rows', () => {
  const size = data => sizeOf(listsOf(data, null)[0]);
  assert.equal(size({ a: { totalCount: 1200, nodes: [{ x: 1 }, { x: 2 }] } }), '2 of 1,200 rows');
  assert.equal(size({ a: { totalCount: 1, nodes: [{ x: 1 }] } }), '1 row');
  assert.equal(size({ a: { nodes: [{ x: 1 }], pageInfo: { hasNextPage: true } } }), '1 row, and more on other pages');
  assert.equal(size({ a: [{ x: 1 }, { x: 2 }] }), '2 rows');
  const nested = [3, 4].map(totalCount => ({ b: { nodes: [{ x: 1 }], totalCount } }));
  assert.equal(sizeOf(listsOf({ a: nested }, null)[1]), '2 of 7 rows');
});

test('a table of hostile texts is safe in a spreadsheet', () => {
  const [list] = listsOf({ a: [{ x: '=1+1', y: -1 }, { x: 'a\tb\nc', y: 2 }] }, null);
  assert.equal(tabSeparated(list), "x\ty\n'=1+1\t-1\na⇥b⏎c\t2");
});

const daily = (rows, extra = {}) => listsOf({ a: rows.map(([day, count]) => ({ day, count, ...extra })) }, null)[0];

test('ascending days with numbers are a series', () => {
  const series = seriesOf(daily([['2026-01-01', 1], ['2026-01-03', 5]]));
  assert.deepEqual(series.points.map(p => p.sums), [[1], [5]]);
  assert.equal(series.value, 'count');
  assert.equal(stepOf(series.points), 2 * 86_400_000);
});

test('what is not ascending in time, or has no number, is no series', () => {
  assert.equal(seriesOf(daily([['2026-01-03', 1], ['2026-01-01', 5]])), null);
  assert.equal(seriesOf(daily([['2026-01-01', 'x'], ['2026-01-03', 'y']])), null);
  assert.equal(seriesOf(daily([['2026-01-01', 1]])), null);
  assert.equal(seriesOf(daily([['today', 1], ['tomorrow', 2]])), null);
  assert.equal(seriesOf(daily([['2026-01-01', 1], ['2026-01-01', 2]])), null);
});

test('a series of many parts shows the greatest, and the rest as others', () => {
  const rows = Array.from({ length: 20 }, (_, n) => [0, 1].map(day => ({ day: `2026-01-0${day + 1}`, key: `k${n}`, count: n }))).flat();
  const series = seriesOf(listsOf({ a: rows.sort((x, y) => x.day.localeCompare(y.day)) }, null)[0]);
  assert.equal(series.split, 'key');
  assert.deepEqual(series.parts, ['k19', 'k18', 'k17', 'k16', 'k15', 'k14', '14 others']);
  assert.deepEqual(series.points[0].sums, [19, 18, 17, 16, 15, 14, 91]);
});

test('the top of an axis is round and no less than the largest value', () => {
  assert.deepEqual([0, 1, 3, 7, 101, 0.3].map(roundUp), [1, 1, 5, 10, 200, 0.5]);
});

/** Answers fetch with a server that accepts one token; returns the tokens that were sent to it. */
function serverThatAccepts(token) {
  const sent = [];
  globalThis.fetch = async (url, { headers }) => {
    sent.push(headers.authorization);
    const isAccepted = headers.authorization === `Bearer ${token}`;
    return new Response(isAccepted ? '{"data":{}}' : '{"errors":[{"message":"no"}]}', { status: isAccepted ? 200 : 401 });
  };
  return sent;
}

function storage() {
  const values = new Map();
  return { getItem: key => values.get(key) ?? null, setItem: (key, value) => values.set(key, value), removeItem: key => values.delete(key), values };
}

test('requests wait until somebody has signed in, and are then sent again', async t => {
  const { fetch } = globalThis;
  t.after(() => { globalThis.fetch = fetch; });
  const sent = serverThatAccepts('good');
  const tab = storage();
  const session = new Session('http://x/graphql', tab);
  const ask = fetcherFor('http://x/graphql', session);
  const waiting = [ask({ query: '{ a }' }), ask({ query: '{ b }' })];
  await new Promise(resolve => setTimeout(resolve));
  assert.equal(session.state.isAsking, true);
  assert.match(await session.signIn('bad'), /does not accept/);
  assert.equal(await session.signIn(' Authorization: Bearer good\n'), '');
  assert.deepEqual(await Promise.all(waiting), [{ data: {} }, { data: {} }]);
  assert.deepEqual(sent, [undefined, undefined, 'Bearer bad', 'Bearer good', 'Bearer good', 'Bearer good']);
  assert.equal(new Session('http://x/graphql', tab).token, 'good');
  session.signOut();
  assert.equal(tab.values.size, 0);
});

test('a person who does not sign in gets the refusal, and is not asked again', async t => {
  const { fetch } = globalThis;
  t.after(() => { globalThis.fetch = fetch; });
  serverThatAccepts('good');
  const session = new Session('http://x/graphql', undefined);
  const ask = fetcherFor('http://x/graphql', session);
  const waiting = ask({ query: '{ a }' });
  await new Promise(resolve => setTimeout(resolve));
  session.dismiss();
  assert.deepEqual(await waiting, { errors: [{ message: 'no' }] });
  assert.deepEqual(await ask({ query: '{ a }' }), { errors: [{ message: 'no' }] });
  assert.equal(session.state.isAsking, false);
});

test('a header that was written by hand is sent as it is', async t => {
  const { fetch } = globalThis;
  t.after(() => { globalThis.fetch = fetch; });
  const sent = serverThatAccepts('good');
  const session = new Session('http://x/graphql', undefined);
  await fetcherFor('http://x/graphql', session)({ query: '{ a }' }, { headers: { Authorization: 'Bearer mine' } });
  assert.deepEqual(sent, ['Bearer mine']);
  assert.equal(session.state.isAsking, false);
});

test('texts that are no token are not sent', async t => {
  const { fetch } = globalThis;
  t.after(() => { globalThis.fetch = fetch; });
  const sent = serverThatAccepts('good');
  const session = new Session('http://x/graphql', undefined);
  for (const text of ['', '  ', 'Bearer ', 'two words', 'a\nb', 'ü']) assert.notEqual(await session.signIn(text), '', text);
  assert.deepEqual(sent, []);
});
