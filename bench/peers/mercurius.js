// Mercurius with loaders, JIT and prepared statements over the same database: node mercurius.js DATABASE PORT
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'

const [, , connectionString, port] = process.argv
const pool = new pg.Pool({ connectionString, max: 16 })
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
pg.types.setTypeParser(pg.types.builtins.TIMESTAMP, text => text.replace(' ', 'T') + 'Z')

const schema = `
  type Query {
    campaign(uuid: ID!): Campaign
    campaigns(first: Int = 20): [Campaign!]!
    identity(uuid: ID!): Identity
    techniques: [Technique!]!
  }
  type Campaign {
    uuid: ID!
    confidence: Float
    createdAt: String!
    updatedAt: String!
    notes: String
    identities(first: Int = 20): [Identity!]!
    techniques: [Technique!]!
  }
  type Identity {
    uuid: ID!
    confidence: Float
    createdAt: String!
    updatedAt: String!
    attackers(first: Int = 20): [Attacker!]!
    techniques: [Technique!]!
    attributionStates: [AttributionState!]!
  }
  type Attacker {
    uuid: ID!
    ip: String!
    countryCode: String
    lastSeen: String!
    eventCount: Int!
    tags(first: Int = 20): [Tag!]!
    techniques: [Technique!]!
  }
  type Tag {
    uuid: ID!
    techniqueId: String!
    subTechniqueId: String
    tacticId: String!
    confidence: Float!
    ruleId: String!
    sourceKind: String!
    sessionId: String
    createdAt: String!
  }
  type AttributionState {
    primitive: String!
    state: String!
    confidence: Float!
    observationCount: Int!
    updatedAt: String!
  }
  type Technique {
    techniqueId: String!
    subTechniqueId: String
    tacticId: String!
    count: Int!
    firstSeen: String!
    lastSeen: String!
    confidenceMax: Float!
    identityCount: Int
    attackerCount: Int
  }
`

const campaign = 'uuid, confidence, created_at AS "createdAt", updated_at AS "updatedAt", notes'
const identity = 'uuid, confidence, created_at AS "createdAt", updated_at AS "updatedAt"'
const attacker = 'uuid, ip, country_code AS "countryCode", last_seen AS "lastSeen", event_count AS "eventCount"'
const tag = `uuid, technique_id AS "techniqueId", sub_technique_id AS "subTechniqueId", tactic AS "tacticId", confidence, rule_id AS "ruleId",
  source_kind AS "sourceKind", session_id AS "sessionId", created_at AS "createdAt"`
const state = 'primitive, state, confidence, observation_count AS "observationCount", updated_at AS "updatedAt"'
const technique = `technique_id AS "techniqueId", sub_technique_id AS "subTechniqueId", tactic AS "tacticId", count,
  first_seen AS "firstSeen", last_seen AS "lastSeen", confidence_max AS "confidenceMax"`
const counts = ', identity_count AS "identityCount", attacker_count AS "attackerCount"'

// select runs a statement, which each connection prepares once.
const select = async (name, text, values) => (await pool.query({ name, text, values })).rows

// perOwner returns a loader: one statement reads the rows of all owners, grouped by the owner's position.
const perOwner = (name, text) => async queries => {
  const lists = queries.map(() => [])
  const { first } = queries[0].params
  const values = [queries.map(q => q.obj.uuid)]
  for (const { place, ...row } of await select(name, text, first === undefined ? values : [...values, first])) lists[place - 1].push(row)
  return lists
}

// newest returns the first rows of each owner, in an order that an index provides.
const newest = (columns, table, owner, time) => perOwner(`${table} of ${owner}`, `
  SELECT place::int, ${columns} FROM unnest($1::text[]) WITH ORDINALITY AS o (owner, place)
  CROSS JOIN LATERAL (SELECT * FROM ${table} WHERE ${owner} = o.owner ORDER BY ${time} DESC, uuid DESC LIMIT $2) AS t
  ORDER BY place, ${time} DESC, uuid DESC`)

const rollup = (view, owner, columns = technique) => perOwner(columns === technique ? view : `${view} with counts`, `
  SELECT array_position($1::text[], ${owner}) AS place, ${columns} FROM peers.${view} WHERE ${owner} = ANY ($1::text[])
  ORDER BY count DESC, technique_id, sub_technique_id NULLS FIRST`)

// Counts of distinct rows are costly, so they are read only if the query selects them.
const counted = info => /\b(identityCount|attackerCount)\b/.test(info.operation.loc.source.body)

const [campaignTechniques, campaignCounts] = [technique, technique + counts].map(columns => rollup('campaign_technique', 'campaign_id', columns))

const resolvers = {
  Query: {
    campaign: async (_, { uuid }) => (await select('campaign', `SELECT ${campaign} FROM campaigns WHERE uuid = $1`, [uuid]))[0],
    campaigns: (_, { first }) => select('campaigns', `SELECT ${campaign} FROM campaigns WHERE merged_into_uuid IS NULL
      ORDER BY updated_at DESC, uuid DESC LIMIT $1`, [first]),
    identity: async (_, { uuid }) => (await select('identity', `SELECT ${identity} FROM attacker_identities WHERE uuid = $1`, [uuid]))[0],
    techniques: (_, __, ___, info) => {
      const columns = counted(info) ? technique + counts : technique
      return select(columns === technique ? 'fleet' : 'fleet with counts', `SELECT ${columns} FROM peers.fleet_technique ORDER BY count DESC, technique_id, sub_technique_id NULLS FIRST`, [])
    }
  }
}

const uncached = loader => ({ loader, opts: { cache: false } }) // no row is requested twice
const loaders = {
  Campaign: {
    identities: uncached(newest(identity, 'attacker_identities', 'campaign_id', 'updated_at')),
    techniques: uncached(queries => (counted(queries[0].info) ? campaignCounts : campaignTechniques)(queries))
  },
  Identity: {
    attackers: uncached(newest(attacker, 'attackers', 'identity_id', 'last_seen')),
    techniques: uncached(rollup('identity_technique', 'identity_id')),
    attributionStates: uncached(perOwner('states', `
      SELECT array_position($1::text[], identity_uuid) AS place, ${state} FROM attribution_state WHERE identity_uuid = ANY ($1::text[])
      ORDER BY primitive`))
  },
  Attacker: {
    tags: uncached(newest(tag, 'ttp_tag', 'attacker_uuid', 'created_at')),
    techniques: uncached(rollup('attacker_technique', 'attacker_uuid'))
  }
}

const app = Fastify()
app.register(mercurius, { schema, resolvers, loaders, jit: 1 })
await app.listen({ host: '127.0.0.1', port: Number(port) })
process.once('SIGTERM', () => process.exit())
