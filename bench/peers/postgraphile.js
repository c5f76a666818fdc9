// PostGraphile with the Amber preset over the same database: node postgraphile.js DATABASE PORT
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'

const [, , connectionString, port] = process.argv

// Facts that the database does not declare: keys, which become fields, and columns of views that are never NULL.
const toAttacker = '(attacker_uuid) references public.attackers (uuid)'
const toIdentity = '(identity_id) references public.attacker_identities (uuid)'
const toCampaign = '(campaign_id) references public.campaigns (uuid)'
const toRule = '(rule_id) references peers.rule (rule_id)'
const keys = (...foreignKey) => ({ tags: { foreignKey } })
const rollup = tags => ({ tags, attribute: { technique_id: { tags: { notNull: true } } } })
const smartTags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      'public.attackers': keys(toIdentity),
      'public.campaigns': keys('(merged_into_uuid) references public.campaigns (uuid)'),
      'public.attacker_identities': keys(toCampaign, '(merged_into_uuid) references public.attacker_identities (uuid)'),
      'peers.attacker_technique': rollup({ foreignKey: toAttacker }),
      'peers.identity_technique': rollup({ foreignKey: toIdentity }),
      'peers.campaign_technique': rollup({ foreignKey: toCampaign }),
      'peers.fleet_technique': rollup({}),
      'peers.campaign_tag': keys(toCampaign, '(face) references public.attacker_identities (uuid)'),
      'peers.campaign_identity': keys(toCampaign, toIdentity),
      'peers.member': keys(toCampaign, toIdentity, toAttacker),
      'peers.campaign_activity': { tags: { primaryKey: 'campaign_id', foreignKey: toCampaign } },
      'peers.campaign_country': keys(toCampaign),
      'peers.campaign_network': keys(toCampaign),
      'peers.multi_actor': keys(toIdentity, '(identity_uuid) references public.attacker_identities (uuid)'),
      'peers.behavior_value': keys('(identity_uuid, primitive) references public.attribution_state (identity_uuid, primitive)'),
      'peers.rule': { tags: { primaryKey: 'rule_id', foreignKey: ['(rule_id) references public.ttp_rule (rule_id)', '(rule_id) references public.ttp_rule_state (rule_id)'] } },
      'peers.rule_decky': keys(toRule),
      'peers.rule_technique': keys(toRule),
      'public.ttp_tag': keys(toRule),
      'peers.command': keys(toAttacker),
      'peers.decky': { tags: { primaryKey: 'name' } },
      'peers.decky_technique': keys('(decky) references peers.decky (name)')
    }
  }
})

const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  schema: { connectionFilterRelations: true },
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
