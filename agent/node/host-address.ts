/**
 * The address under which others may reach this computer: a global one of IPv6, if it has any. Read from the kernel each time it is asked
 * for, because a home gets another one when its provider wishes.
 */
import { readFileSync } from 'node:fs';
import { systemErrorCode } from '../errors.ts';

export type HostAddress = { address: string; netmask: string };

/** linux/if_addr.h: of nobody yet, of two, or for calling out only. */
const UNFIT = { temporary: 0x01, duplicate: 0x08, deprecated: 0x20, tentative: 0x40 };
const GLOBAL_SCOPE = '00';
const DEFAULT_ROUTE = /^0{32} 00 /;

/** @param networkFolder what the kernel says of the network (proc_pid_net(5)). */
export function globalAddress(networkFolder = '/proc/self/net'): HostAddress | null {
  const outward = outwardInterfaces(networkFolder);
  const fit = lines(`${networkFolder}/if_inet6`)
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([digits = '', , length = '', scope, flags = '', name = '']) => {
      const isUnfit = Object.values(UNFIT).some((flag) => (Number.parseInt(flags, 16) & flag) !== 0);
      if (scope !== GLOBAL_SCOPE || isUnfit || !isGlobalUnicast(digits)) return [];
      return [{ digits, length: Number.parseInt(length, 16), isOutward: outward.has(name) }];
    })
    // The same one each time, whatever order the kernel has them in.
    .sort(
      (one, other) => Number(other.isOutward) - Number(one.isOutward) || (one.digits < other.digits ? -1 : 1),
    );
  const [first] = fit;
  if (first === undefined) return null;
  return { address: textOf(first.digits), netmask: textOf(maskOf(first.length)) };
}

/** Those that a default route leads out of. */
function outwardInterfaces(networkFolder: string): Set<string> {
  const routes = lines(`${networkFolder}/ipv6_route`).filter((line) => DEFAULT_ROUTE.test(line));
  return new Set(routes.map((line) => line.trim().split(/\s+/).at(-1) ?? ''));
}

/** 2000::/3 (RFC 4291); what is unique in a home only (fc00::/7) has the kernel's global scope, too. */
function isGlobalUnicast(digits: string): boolean {
  return /^[23]/.test(digits);
}

function maskOf(length: number): string {
  const bits = '1'.repeat(length).padEnd(128, '0');
  return (bits.match(/.{4}/g) ?? []).map((four) => Number.parseInt(four, 2).toString(16)).join('');
}

/** As RFC 5952 has it. */
function textOf(digits: string): string {
  const groups = (digits.match(/.{4}/g) ?? []).join(':');
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1);
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    // A kernel without IPv6.
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
