/** Rules of ebtables as a port: what azure-vnet writes, and vnet takes away once its own are in force. Types only. */
import type { Result } from '../result.ts';

/**
 * One rule of the nat table. Shape: `spec` are the words after the chain's name, as ebtables lists them; `program` is
 * the ebtables that lists it (there are two sorts, each with rules of its own).
 */
export type BridgeRule = {
  readonly program: string;
  readonly chain: string;
  readonly spec: readonly string[];
};

/** Reads and removes rules of ebtables' nat table. */
export interface BridgeRules {
  /** Returns the rules in order; `programs` are the ebtables that were asked, none where none is installed. */
  list(): Result<{ readonly programs: readonly string[]; readonly rules: readonly BridgeRule[] }>;
  /** Ensures that one rule of this form less is there. One that is gone already is `unchanged`. */
  remove(rule: BridgeRule): Result<'changed' | 'unchanged'>;
}
