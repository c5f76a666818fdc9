// Asks a server through urql, as it is set up by default.

import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';

import { check, end, expect, login, url } from './check.mjs';

const query = gql`
  query ($first: Int!, $after: String, $filter: AttackerFilter) {
    attackers(first: $first, after: $after, filter: $filter, orderBy: [{ field: UPDATED_AT }]) {
      totalCount
      nodes { id ip }
      pageInfo { hasNextPage endCursor }
    }
  }`;
// urql asks by GET, with no header that pages of other sites could not send, unless it has a login.
const headers = process.env.TOKEN ? login : { 'GraphQL-Require-Preflight': '1' };
const client = (options) => new Client({ url, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers }, ...options });

await check('urql walks through a list by its cursors', async () => {
  const [urql, seen] = [client(), new Set()];
  let [after, rounds, total] = [undefined, 0, 0];
  do {
    const { data, error } = await urql.query(query, { first: 50, after, filter: { hasIdentity: true } }).toPromise();
    expect(error?.message, !error);
    data.attackers.nodes.forEach(node => seen.add(node.id));
    after = data.attackers.pageInfo.hasNextPage ? data.attackers.pageInfo.endCursor : undefined;
    total = data.attackers.totalCount;
  } while (after && ++rounds < 100);
  expect(`each of ${total} items once, not ${seen.size}`, total > 50 && seen.size === total);
});
await check('urql shows the error of a wrong argument with its code and path', async () => {
  const { error } = await client().query(query, { first: 1000 }).toPromise();
  const [shown] = error.graphQLErrors;
  expect(`BAD_USER_INPUT, not ${JSON.stringify(shown)}`, shown.extensions.code === 'BAD_USER_INPUT' && shown.path[0] === 'attackers');
});
await check('urql asks by POST', async () => {
  const { data, error } = await client({ preferGetMethod: false }).query(query, { first: 1 }).toPromise();
  expect(error?.message, data?.attackers.nodes.length === 1);
});
end();
