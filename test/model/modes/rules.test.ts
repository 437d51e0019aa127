import { expect, it } from 'vitest';
import { sourceOf, readSources } from '../../support/sources.ts';

/** nft looks up names of protocols in /etc/protocols, and those of ports in /etc/services, which a small root file system lacks. */
const NAMED = /\b(?:l4proto|ip protocol|nexthdr)\b(?: !=| ==)? \{? ?[a-z]|\b[sd]port(?: !=| ==)? [a-z]/;

it('rules name no protocol and no port', () => {
  const texts = readSources(['reconciler/model'])
    .filter(({ path }) => !path.startsWith('reconciler/model/filter/'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => (/^\s*(\/\/|\/?\*)/.test(line) ? [] : [`${path}: ${line}`])),
    );
  expect(texts.length).toBeGreaterThan(1000);
  expect(texts.filter((line) => NAMED.test(line))).toEqual([]);
  const { text } = sourceOf('x.ts', "'ether type ip6 meta l4proto != ipv6-icmp goto from_pod6'");
  expect(NAMED.test(text)).toBe(true);
});
