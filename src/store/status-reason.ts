import { Schema } from 'mongoose';
import type { StatusReason } from '../domain/connection.ts';
import { failureHints, type FailureCode } from '../domain/failure.ts';
import { oneOf, partOptions, requiredDate, text } from './schema.ts';

export const failureCodes = Object.keys(failureHints) as FailureCode[];

export const statusReasonSchema = new Schema<StatusReason>(
  {
    code: oneOf(failureCodes),
    message: text,
    at: requiredDate,
  },
  partOptions,
);
