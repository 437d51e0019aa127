/**
 * ebtables rules as a port: azure-vnet writes them, vnet deletes them once its own are in force. Types only.
 */
import type { Result } from '../result.ts';

/**
 * One rule of the nat table.
 * Shape: `spec` are the words after the chain's name, as ebtables lists them; `program` is the ebtables
 * variant that lists it (there are two, each with its own rules).
 */
export type BridgeRule = {
  readonly program: string;
  readonly chain: string;
  readonly spec: readonly string[];
};

/** Reads and removes rules of ebtables' nat table. */
export interface BridgeRules {
  /** Returns the rules in order; `programs` are the ebtables variants queried, none if none is installed. */
  list(): Result<{ readonly programs: readonly string[]; readonly rules: readonly BridgeRule[] }>;
  /** Ensures that there is one rule of this form less. `unchanged` if there is none. */
  remove(rule: BridgeRule): Result<'changed' | 'unchanged'>;
}
