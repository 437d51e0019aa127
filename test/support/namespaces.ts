/** Whether this run may create network namespaces: set by test/run.ts after it has entered a private one. */

/** True if the runner has put this process into a private network and mount namespace. */
export const hasNamespaces: boolean = process.env['VNET_TEST_NAMESPACES'] === '1';
