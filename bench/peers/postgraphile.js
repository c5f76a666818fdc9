// PostGraphile with the Amber preset over the same database: node postgraphile.js DATABASE PORT
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'

const [, , connectionString, port] = process.argv

// Facts that the database does not declare: foreign keys, which become fields, and columns of views that are never NULL.
const rollup = tags => ({ tags, attribute: { technique_id: { tags: { notNull: true } } } })
const smartTags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      'public.attackers': { tags: { foreignKey: '(identity_id) references public.attacker_identities (uuid)' } },
      'public.attacker_identities': { tags: { foreignKey: '(campaign_id) references public.campaigns (uuid)' } },
      'peers.attacker_technique': rollup({ foreignKey: '(attacker_uuid) references public.attackers (uuid)' }),
      'peers.identity_technique': rollup({ foreignKey: '(identity_id) references public.attacker_identities (uuid)' }),
      'peers.campaign_technique': rollup({ foreignKey: '(campaign_id) references public.campaigns (uuid)' }),
      'peers.fleet_technique': rollup({})
    }
  }
})

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [smartTags],
  disablePlugins: ['PgIndexBehaviorsPlugin'], // lists may be ordered by any column
  pgServices: [makePgService({ connectionString, schemas: ['public', 'peers'] })],
  grafserv: { graphiql: false, watch: false, websockets: false },
  grafast: { explain: false }
})
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(Number(port), '127.0.0.1')
process.once('SIGTERM', () => process.exit())
