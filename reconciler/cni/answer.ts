/** The CNI result of an endpoint, as a port: the protocol is the plugin's. Types only. */
import type { Endpoint, Network } from '../../schemas/generated/vnet.ts';
import type { Result } from '../model/result.ts';

/** Renders what ADD answered of an endpoint: the CNI protocol is the plugin's, which hands this in. */
export type CniAnswer = (id: string, endpoint: Endpoint, network: Network) => Result<object>;
