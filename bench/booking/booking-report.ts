import { providerIds, type ProviderId } from '../../src/domain/provider-id.ts';
import type { Latencies } from '../push/latencies.ts';
import type { Booking } from './booking.ts';
import { wishKinds, type Phase, type PhaseLine, type WishKind } from './phase.ts';

export function bookingLines({ organizers, phases, confirmed, single }: Booking): string[] {
  return [
    `booking: ${number(organizers)} organizers; from the PUT`,
    ...phases.flatMap(phaseLines),
    `    ${number(confirmed)} were looked up in the API; ${number(single)} interviews have exactly one event each`,
  ];
}

function phaseLines(phase: Phase): string[] {
  return [
    `  ${phase.pace}:`,
    ...phase.lines.flatMap(lineTexts),
    ...wishKinds.map((kind) => costText(phase, kind)),
  ];
}

function costText({ lines, costs }: Phase, kind: WishKind): string {
  const { requests, transactions } = costs[kind];
  const wishesAt = (vendor: ProviderId): number =>
    lines.find((line) => line.kind === kind && line.vendor === vendor)?.ours.count ?? 0;
  const each = providerIds.map(
    (vendor) => `${(requests[vendor] / wishesAt(vendor)).toFixed(1)} at ${vendor}`,
  );
  const all = providerIds.reduce((sum, vendor) => sum + wishesAt(vendor), 0);
  const again = (transactions.aborted / all).toFixed(2);
  return `    each ${kind === 'book' ? 'booking' : 'move'}, with what is notified of it: ${each.join(' and ')} requests, ${again} transactions that had to start again`;
}

const told = {
  book: { atProvider: 'the event is at the provider', shown: 'it is shown as booked' },
  move: { atProvider: 'the new time is at the provider', shown: 'it is shown as booked there' },
} as const;

function lineTexts({ kind, milestone, vendor, floor, ours }: PhaseLine): string[] {
  const ratio = (name: 'p50' | 'p99' | 'max'): string => `× ${(ours[name] / floor[name]).toFixed(2)}`;
  return [
    `    ${vendor}, ${told[kind][milestone]}, of ${number(ours.count)}`,
    `        floor: ${latencyText(floor)}`,
    `        ours:  ${latencyText(ours)}; ${ratio('p50')}, ${ratio('p99')}, ${ratio('max')}`,
  ];
}

function latencyText({ p50, p99, max }: Latencies): string {
  const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : number(Math.round(value))} ms`;
  return `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
