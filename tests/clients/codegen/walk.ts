// What an application in TypeScript asks. graphql-codegen makes the types of the query from the schema.

import { graphql } from './gql/gql.js';
import type { WalkQuery, WalkQueryVariables } from './gql/graphql.js';

export const walk = graphql(`
  query Walk($first: Int!, $filter: CampaignFilter) {
    campaigns(first: $first, filter: $filter) {
      nodes {
        uuid
        createdAt
        identities(first: 5) {
          nodes {
            uuid
            techniques {
              techniqueId
              count
            }
          }
        }
      }
    }
  }
`);

export const variables: WalkQueryVariables = { first: 3, filter: { createdAt: { from: '2020-01-01T00:00:00Z' } } };

export function techniques(answer: WalkQuery): string[] {
  return (answer.campaigns?.nodes ?? []).flatMap(c => c.identities?.nodes ?? []).flatMap(i => i.techniques ?? []).map(t => t.techniqueId);
}
