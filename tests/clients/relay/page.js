// What a Relay application asks: a query, and a list that loads more of itself. relay-compiler reads this file.

import { graphql } from 'relay-runtime';

export const query = graphql`
  query pageQuery($first: Int!) {
    ...page_campaigns @arguments(first: $first)
  }
`;

export const list = graphql`
  fragment page_campaigns on Query
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "pageMoreQuery") {
    campaigns(first: $first, after: $after) @connection(key: "page_campaigns") {
      edges {
        node {
          id
          uuid
          identities(first: 2) {
            edges {
              node {
                id
                notes
              }
            }
          }
        }
      }
    }
  }
`;

export const node = graphql`
  query pageNodeQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Campaign {
        uuid
      }
    }
  }
`;
