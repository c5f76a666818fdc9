// Runs the audits of GraphQL over HTTP that npm's graphql-http has for servers:
//
//   node tests/clients/audits.mjs http://127.0.0.1:8080/graphql
//
// The audits are of 2023. Those that are waived ask for what the draft of the specification has changed since.

import { serverAudits } from 'graphql-http';

const waived = {
  // SHOULD use a status code of 400 on variable coercion failure when accepting application/graphql-response+json
  '86EE': 'the draft now asks for 422, because the request is well-formed',
};

/** Adds the header without which the server refuses a GET, because a page of another site could have sent it. */
function fetchWithHeader(url, init = {}) {
  const headers = { ...init.headers };
  if ((init.method ?? 'GET') === 'GET') headers['GraphQL-Require-Preflight'] = '1';
  return fetch(url, { ...init, headers });
}

if (process.argv.length !== 3) {
  console.error('usage: node audits.mjs URL');
  process.exit(2);
}
const tally = { passed: 0, waived: 0, failed: 0 };
for (const audit of serverAudits({ url: process.argv[2], fetchFn: fetchWithHeader })) {
  const result = await audit.fn();
  const expected = audit.id in waived ? 'waived' : 'passed';
  const outcome = result.status === 'ok' ? 'passed' : 'waived';
  if (outcome === expected) {
    tally[outcome]++;
    if (outcome === 'waived') console.log(`waived  ${audit.id} ${audit.name}: ${waived[audit.id]}`);
    continue;
  }
  tally.failed++;
  console.log(`FAILED  ${audit.id} ${audit.name}: ${result.reason ?? 'it passes, so it need not be waived'}`);
}
console.log(`${tally.passed} audits passed, ${tally.waived} waived, ${tally.failed} failed`);
process.exit(tally.failed ? 1 : 0);
