/** An attachment of a container to a network, and its result. Types only. */

/**
 * One attachment of a container to the network.
 * Shape: `args` become CNI_ARGS (IgnoreUnknown is added), `capabilities` the runtimeConfig of the plugins
 * that declare them (`portMappings`).
 */
export type Attachment = {
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly capabilities?: Readonly<Record<string, unknown>>;
};

/** The key of an attachment, without its target. */
export type AttachmentKey = Pick<Attachment, 'containerId' | 'ifName'>;

/** The result of ADD. Shape: fields of later versions are kept. Source: CNI SPEC, section 5. */
export type PluginResult = {
  readonly cniVersion: string;
  readonly interfaces?: readonly {
    readonly name: string;
    readonly mac?: string;
    readonly sandbox?: string;
    readonly mtu?: number;
  }[];
  readonly ips?: readonly {
    readonly address: string;
    readonly gateway?: string;
    readonly interface?: number;
    readonly version?: string;
  }[];
  readonly routes?: readonly { readonly dst: string; readonly gw?: string }[];
  readonly dns?: Readonly<Record<string, unknown>>;
};
