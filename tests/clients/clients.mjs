// Asks a server through clients of others, as they are set up by default:
//
//   node tests/clients/clients.mjs http://127.0.0.1:8080/graphql

import { createHash } from 'node:crypto';

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core/index.js';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries/index.js';
import { buildClientSchema, buildSchema, findBreakingChanges, getIntrospectionQuery, validateSchema } from 'graphql';

import { check, end, expect, login, url } from './check.mjs';

const query = gql`{ campaigns { totalCount } }`;

/** Asks through Apollo Client and returns what it sent. */
async function askApollo(makeLink, options) {
  const sent = [];
  const record = (uri, init) => {
    sent.push({ uri, ...init });
    return fetch(uri, init);
  };
  const client = new ApolloClient({ link: makeLink(new HttpLink({ uri: url, fetch: record, ...options, headers: { ...login, ...options?.headers } })), cache: new InMemoryCache() });
  for (const times of [1, 2]) {
    const { data } = await client.query({ query, fetchPolicy: 'no-cache' });
    expect(`answer ${times} has data`, data.campaigns.totalCount > 0);
  }
  client.stop();
  return sent;
}

const sha256 = text => createHash('sha256').update(text).digest('hex');

await check('Apollo Client is answered', () => askApollo(link => link));
await check('Apollo Client that sends hashes by POST sends the text instead, and no hash again', async () => {
  const sent = await askApollo(link => createPersistedQueryLink({ sha256 }).concat(link));
  expect(`three requests, not ${sent.length}`, sent.length === 3);
  expect('the first has no text', !JSON.parse(sent[0].body).query);
  expect('the last has no hash', !JSON.parse(sent[2].body).extensions?.persistedQuery);
});
await check('Apollo Client that sends hashes by GET sends the text by POST instead', async () => {
  const sent = await askApollo(link => createPersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(link));
  expect(`three requests, not ${sent.length}`, sent.length === 3);
  expect('the first is a GET', sent[0].method === 'GET');
});
await check('Apollo Client that sends queries by GET is answered with the header that GET needs', () =>
  askApollo(link => link, { useGETForQueries: true, headers: { 'GraphQL-Require-Preflight': '1' } }));
await check('fetch reads a large answer, whatever codings it names', async () => {
  for (const coding of [undefined, 'gzip, deflate, br, zstd', 'br, gzip, deflate, zstd', '*', 'identity']) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...login, 'Content-Type': 'application/json', ...(coding && { 'Accept-Encoding': coding }) },
      body: JSON.stringify({ query: '{ attackers(first: 200) { nodes { uuid ip firstSeen lastSeen eventCount } } }' }),
    });
    const { data } = await response.json();
    expect(`${coding}: data`, data.attackers.nodes.length > 100);
  }
});
await check('graphql-js reads the text of the schema, and finds in it what introspection says', async () => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...login, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, schemaDescription: true }) }),
  });
  const introspected = buildClientSchema((await response.json()).data);
  const read = async (parameters) => buildSchema(await (await fetch(new URL(`/schema.graphql${parameters}`, url), { headers: login })).text());
  const [plain, semantic] = [await read(''), await read('?semanticNonNull=true')];
  for (const schema of [plain, semantic]) {
    expect('it is valid', validateSchema(schema).length === 0);
    const changes = [...findBreakingChanges(introspected, schema), ...findBreakingChanges(schema, introspected)];
    expect(changes.map(change => change.description).join(' '), changes.every(change => change.description.includes('semanticNonNull')));
  }
  const [was, is] = [plain, semantic].map(schema => schema.getQueryType().getFields().campaigns.astNode.directives.map(d => d.name.value));
  expect('the directive is there if it is requested', !was.includes('semanticNonNull') && is.includes('semanticNonNull'));
});
end();
