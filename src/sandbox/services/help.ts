import { Api } from 'telegram'
import type { DcAddress } from '../network/types.js'
import { unixTime, type World } from '../world/world.js'
import { type Method, openMethod } from './method.js'

/** `help.*`: where the data centres are. */
export const helpMethods: readonly Method[] = [
  openMethod(Api.help.GetConfig, (_, call, { world, network }) => config(world, call.dcId, network.dcs)),
  openMethod(Api.help.GetNearestDc, (_, call, { world }) => new Api.NearestDc({ country: 'NL', thisDc: call.dcId, nearestDc: world.homeDc })),
  openMethod(Api.help.GetCdnConfig, () => new Api.CdnConfig({ publicKeys: [] }))
]

/** The addresses of a data centre, in Telegram's inconvenient order: those that do not suit everything come first. */
function dcOptions (dc: DcAddress, ipv6: boolean): Api.DcOption[] {
  const { id, host: ipAddress, port, mediaPort } = dc
  return [
    ...(mediaPort === undefined ? [] : [new Api.DcOption({ id, ipAddress, port: mediaPort, mediaOnly: true })]),
    ...(ipv6 ? [new Api.DcOption({ id, ipAddress: '0000:0000:0000:0000:0000:0000:0000:0001', port, ipv6: true })] : []),
    new Api.DcOption({ id, ipAddress, port, static: true, thisPortOnly: true })
  ]
}

function config (world: World, thisDc: number, dcs: readonly DcAddress[]): Api.Config {
  const date = unixTime(world)
  return new Api.Config({
    date,
    expires: date + 3600,
    testMode: false,
    thisDc,
    dcOptions: dcs.flatMap(dc => dcOptions(dc, world.settings.offerIpv6)),
    dcTxtDomainName: 'localhost',
    meUrlPrefix: 'https://t.me/',
    webfileDcId: world.homeDc,
    captionLengthMax: 1024,
    messageLengthMax: 4096,
    ...LIMITS
  })
}

/** The rest of Telegram's configuration, which bots have no use for; its usual values. */
const LIMITS = {
  chatSizeMax: 200,
  megagroupSizeMax: 200000,
  forwardedCountMax: 100,
  onlineUpdatePeriodMs: 210000,
  offlineBlurTimeoutMs: 5000,
  offlineIdleTimeoutMs: 30000,
  onlineCloudTimeoutMs: 300000,
  notifyCloudDelayMs: 30000,
  notifyDefaultDelayMs: 1500,
  pushChatPeriodMs: 60000,
  pushChatLimit: 2,
  editTimeLimit: 172800,
  revokeTimeLimit: 2147483647,
  revokePmTimeLimit: 2147483647,
  ratingEDecay: 2419200,
  stickersRecentLimit: 200,
  channelsReadMediaPeriod: 604800,
  callReceiveTimeoutMs: 20000,
  callRingTimeoutMs: 90000,
  callConnectTimeoutMs: 30000,
  callPacketTimeoutMs: 10000
}
