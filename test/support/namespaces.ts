/** Whether this run may make network namespaces: test/run.ts says so after it entered a private one. */

/** True when the runner put us into a private network and mount namespace. */
export const hasNamespaces: boolean = process.env['VNET_TEST_NAMESPACES'] === '1';
