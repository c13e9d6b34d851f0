/** The way out of a partition, in a made-up home: no packet of these tests leaves namespaces that they made. */
import { describe, expect, it } from 'vitest';
import type { Egress } from '../../../agent/api/contract-lending.ts';
import { wayFor } from '../../../agent/sandbox/egress.ts';
import { inMadeUpHome } from './made-up-home.ts';
import { programs } from './partition.ts';

type Answers = Readonly<Record<string, string>>;

/** What a program in a partition reaches from a computer in the home. */
async function answersWith(egress: Egress): Promise<Answers> {
  return (await inMadeUpHome('egress-scenario.ts', egress)) as Answers;
}

const WAYS = ['tcp', 'udp', 'tcp-device', 'udp-device'] as const;
const HOME = ['192.168.77.1', '192.168.77.5', '192.168.77.2', '10.1.1.1'];
const HOST = ['127.0.0.1', '192.0.0.1', '192.0.0.5'];
const METADATA = '169.254.169.254';
const INTERNET = '203.0.113.10';

/** Whom of `addresses` it reached, and how. */
function heard(answers: Answers, addresses: readonly string[]): string[] {
  return addresses.flatMap((address) =>
    WAYS.flatMap((way) =>
      /\b(?:world|host) \d/.test(answers[`${way} ${address}`] ?? '') ? [`${way} ${address}`] : [],
    ),
  );
}

if (programs.find('pasta') === null || programs.find('ip') === null) {
  it('needs pasta and ip, which are not here: a way out cannot be tried', () => {
    expect(wayFor('none', { networks: [], resolvers: [] })).toBeNull();
  });
} else {
  describe('a partition', () => {
    it('without a way out reaches nothing, the internet neither', async () => {
      const answers = await answersWith('none');
      expect(heard(answers, [INTERNET, METADATA, ...HOME, ...HOST])).toEqual([]);
      expect(answers['resolvers']).toContain('No such file');
    });

    it('with the internet reaches that, and nothing of the home, the host and the cloud, whatever it asks the kernel for', async () => {
      const answers = await answersWith('internet');
      expect(answers[`tcp ${INTERNET}`]).toBe(`world ${INTERNET}`);
      expect(answers[`udp ${INTERNET}`]).toBe(`world ${INTERNET}`);
      expect(heard(answers, [METADATA, ...HOME, ...HOST])).toEqual([]);
      // The interface was really asked for.
      expect(answers[`tcp-device ${HOME[0]}`]).not.toContain('no device');
    });

    it('with the internet asks resolvers outside of the home, and changes no route', async () => {
      const answers = await answersWith('internet');
      expect(answers['resolvers']).not.toContain('192.168.');
      expect(answers['resolvers']).toMatch(/^nameserver \d/);
      expect(answers['routes']).toBe('Iface out out');
      expect(answers['privileges']).toMatch(/^CapEff:\s+0+$/);
      expect(answers['changed']).toContain('Operation not permitted');
    });

    it('with everything reaches the home, but neither this computer’s own loopback nor the cloud’s secrets', async () => {
      const answers = await answersWith('everything');
      expect(answers[`tcp ${INTERNET}`]).toBe(`world ${INTERNET}`);
      expect(answers['tcp 192.168.77.5']).toBe('world 192.168.77.5');
      expect(heard(answers, [METADATA, ...HOST])).toEqual([]);
    });
  });
}
