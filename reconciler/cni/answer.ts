/** The CNI result of an endpoint, as a port implemented by the plugin. Types only. */
import type { Endpoint, Network } from '../../schemas/generated/vnet.ts';
import type { Result } from '../model/result.ts';

/** Returns the result that ADD returned for an endpoint. */
export type CniAnswer = (id: string, endpoint: Endpoint, network: Network) => Result<object>;
