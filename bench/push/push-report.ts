import type { CatchUp } from '../quota/quota.ts';
import type { Freshness } from './freshness.ts';
import type { Latencies } from './latencies.ts';
import type { Storm } from './storm.ts';

export function freshnessLines(freshness: Freshness): string[] {
  const { connections, changesPerSecond, changes, syncs, requests, confirmed } = freshness;
  return [
    `freshness: ${number(connections)} connections, ${number(changesPerSecond)} changes a second; from the change at the vendor to its being visible`,
    ...freshness.vendors.flatMap(({ vendor, floor, ours }) => [
      `    ${vendor}, floor: ${latencyText(floor)}`,
      `    ${vendor}, ours:  ${latencyText(ours)}; × ${(ours.p50 / floor.p50).toFixed(2)} of the floor's p50, × ${(ours.p99 / floor.p99).toFixed(2)} of its p99`,
    ]),
    `    ${number(changes)} changes took ${number(syncs)} syncs and ${number(requests.google)} + ${number(requests.microsoft)} requests at Google and Microsoft, the regular ones of that time included; ${number(confirmed)} were looked up in the API`,
  ];
}

export function stormLines(storm: Storm): string[] {
  const { notifications, calendars, seconds, changes, acknowledgements, requests } = storm;
  const { syncsDuring, syncsAfter, comparedEvents } = storm;
  const runs = ({ average, max }: Storm['syncsAfter']): string =>
    `${average.toFixed(1)} on average, ${max} at most`;
  return [
    `storm: ${number(notifications)} notifications over ${number(calendars)} calendars in ${seconds.toFixed(1)} s, ${number(changes)} of them of a change`,
    `    acknowledged: ${latencyText(acknowledgements)}`,
    `    syncs of a calendar during the burst: ${runs(syncsDuring)}; after it: ${runs(syncsAfter)}`,
    `    requests at Google and Microsoft: ${number(requests.google)} + ${number(requests.microsoft)}; ${number(comparedEvents)} events compared, no difference`,
  ];
}

export function catchUpLines(catchUp: CatchUp): string[] {
  const { due, requests, refreshes, refused, seconds, ratio, interactive } = catchUp;
  return [
    `quota: ${number(due)} connections due at once took ${seconds.toFixed(1)} s for ${number(requests)} requests, ${number(refused)} of them refused; × ${ratio.toFixed(2)} of what the quota allows; ${number(refreshes)} access tokens were refreshed`,
    `    a person's sync meanwhile, from the request to its end: ${latencyText(interactive)}`,
  ];
}

function latencyText({ count, p50, p99, max, overOneSecond }: Latencies): string {
  const ms = (value: number): string => `${number(Math.round(value))} ms`;
  return `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}, ${number(overOneSecond)} of ${number(count)} over a second`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
