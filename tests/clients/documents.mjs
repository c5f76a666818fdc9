// Asks a server that runs trusted documents only, through clients that send ids:
//
//   node tests/clients/documents.mjs URL FOLDER OTHER
//
// The folder has the manifests that the server trusts. OTHER is the URL of a server that trusts none, and lets no client
// register documents.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core/index.js';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries/index.js';
import { Client, cacheExchange, fetchExchange, gql as urqlGql } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import relay from 'relay-runtime';

import { applications } from './applications.mjs';
import { check, end, expect, login, url } from './check.mjs';

process.env.NODE_ENV = 'production'; // a check of urql for developers does not know documents without a text
const manifest = name => JSON.parse(readFileSync(join(process.argv[3], name), 'utf8'));

/** A fetch that records what it sends. */
function recorder() {
  const sent = [];
  return { sent, fetch: (uri, init) => { sent.push({ uri: String(uri), ...init }); return fetch(uri, init); } };
}

/** Whether a request has the text of a document. */
const hasText = ({ uri, body }) => new URL(uri).searchParams.has('query') || (body !== undefined && 'query' in JSON.parse(body));

/** Asks through Apollo Client with ids of its manifest. */
async function askApollo(query, linkOptions) {
  const { sent, fetch } = recorder();
  const ids = new Map(manifest('apollo.json').operations.map(({ name, id }) => [name, id]));
  const name = query.definitions[0].name.value;
  const link = createPersistedQueryLink({ generateHash: () => Promise.resolve(ids.get(name) ?? 'none'), ...linkOptions });
  const client = new ApolloClient({ link: link.concat(new HttpLink({ uri: url, fetch, headers: login })), cache: new InMemoryCache() });
  try {
    return { sent, ...await client.query({ query, variables: { first: 2 } }) };
  } finally {
    client.stop();
  }
}

for (const useGETForHashedQueries of [false, true]) {
  await check(`Apollo Client sends ids of its manifest by ${useGETForHashedQueries ? 'GET' : 'POST'} and no texts`, async () => {
    const { sent, data } = await askApollo(gql(applications.apollo), { useGETForHashedQueries });
    expect(JSON.stringify(data), data.campaigns.nodes.length === 2);
    expect(`one request without a text: ${JSON.stringify(sent)}`, sent.length === 1 && !hasText(sent[0]));
  });
}
await check('Apollo Client is refused a document that is not trusted', async () => {
  const error = await askApollo(gql`query Other { campaigns { totalCount } }`).then(() => undefined, error => error);
  expect(`FORBIDDEN, not ${JSON.stringify(error)}`, error?.networkError?.statusCode === 403 &&
    error.networkError.result.errors[0].extensions.code === 'FORBIDDEN');
});

/** A client of urql that records what it sends. */
function urql(exchanges, options) {
  const { sent, fetch } = recorder();
  const headers = { ...login, 'GraphQL-Require-Preflight': '1' };
  return { sent, client: new Client({ url, fetch, exchanges: [cacheExchange, ...exchanges, fetchExchange], fetchOptions: { headers }, ...options }) };
}

for (const preferGetMethod of [false, 'force']) {
  await check(`urql sends a documentId by ${preferGetMethod ? 'GET' : 'POST'} in place of the text`, async () => {
    const { sent, client } = urql([], { preferGetMethod });
    const { data, error } = await client.query({ kind: 'Document', definitions: [], documentId: 'Named' }, { first: 3 }).toPromise();
    expect(error?.message, data?.attackers.nodes.length === 3);
    expect(`one request without a text: ${JSON.stringify(sent)}`, sent.length === 1 && !hasText(sent[0]));
  });
}
await check("urql's persistedExchange sends ids of graphql-codegen's manifest", async () => {
  const [[id, text]] = Object.entries(manifest('codegen.json'));
  const { sent, client } = urql([persistedExchange({ enforcePersistedQueries: true, generateHash: () => Promise.resolve(id) })], { preferGetMethod: false });
  const { error } = await client.query(urqlGql(text), {}).toPromise();
  // The variables are missing, so the server has found the document and says so.
  expect(`an error of a variable, not ${error?.message}`, error?.graphQLErrors[0].extensions.code === 'BAD_USER_INPUT' && /variable/i.test(error.message));
  expect(`one request without a text: ${JSON.stringify(sent)}`, sent.length === 1 && !hasText(sent[0]));
});
await check("Relay's network sends the ids of its compiler as doc_id", async () => {
  const network = relay.Network.create(async ({ id, text }, variables) => {
    expect('no text', text === null);
    const headers = { ...login, 'Content-Type': 'application/json' };
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ doc_id: id, variables }) })).json();
  });
  const [id] = Object.entries(manifest('relay.json')).find(([, text]) => /^query pageQuery\b/.test(text));
  const request = { id, text: null, name: 'pageQuery', operationKind: 'query', cacheID: id, metadata: {} };
  const answer = await network.execute(request, { first: 3 }, {}).toPromise();
  expect(JSON.stringify(answer.errors), !answer.errors && answer.data);
});
await check('Apollo Client sends texts and no more hashes to a server that registers none', async () => {
  const { sent, fetch } = recorder();
  const link = createPersistedQueryLink({ sha256: text => createHash('sha256').update(text).digest('hex') });
  const http = new HttpLink({ uri: process.argv[4], fetch, headers: login });
  const client = new ApolloClient({ link: link.concat(http), cache: new InMemoryCache() });
  for (const times of [1, 2]) {
    const { data } = await client.query({ query: gql(applications.apollo), variables: { first: 2 }, fetchPolicy: 'no-cache' });
    expect(`answer ${times} has data`, data.campaigns.nodes.length === 2);
  }
  client.stop();
  expect(`three requests, the last two with a text: ${sent.length}`, String(sent.map(hasText)) === 'false,true,true');
  expect('the last has no hash', !JSON.parse(sent[2].body).extensions?.persistedQuery);
});
end();
