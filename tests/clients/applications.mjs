// The documents of the applications whose documents a server trusts in documents.mjs.

export const applications = {
  apollo: 'query Campaigns($first: Int) { campaigns(first: $first) { totalCount nodes { uuid } } }',
  named: 'query Named($first: Int!) {\n  attackers(first: $first) {\n    totalCount\n    nodes {\n      ip\n    }\n  }\n}\n',
};
