import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { ProductServices } from '../push/running-product.ts';
import type { FloorAccount, Template } from './floor-requests.ts';
import type { Wish } from './wishes.ts';

/** What the processes of the floor are told at their start. */
export interface FloorOrder extends ProductServices {
  readonly prefix: string;
  readonly concurrency: number;
}

/** What its worker is told besides. */
export interface FloorScript {
  readonly accounts: readonly FloorAccount[];
  readonly templates: FloorTemplates;
}

export type FloorTemplates = Readonly<
  Record<ProviderId, { readonly book: Template; readonly move: Template }>
>;

export interface FloorJob {
  readonly interviewId: string;
  readonly wish: Wish;
}

/** Where its worker writes down how often it has written an interview: `revision`, by its id. */
export const floorCollection = 'interviews';
