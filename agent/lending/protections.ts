/**
 * From what was found out about this machine to what it may be lent for. Pure: the same findings are the same verdict.
 */
import type { Held, Protection, Sharing } from '../api/contract-lending.ts';
import { hasText, text } from '../messages.ts';
import { includes, justBelow, narrower } from './order.ts';

export type ProtectionName = Protection['name'];

/** How one protection is held here. What found it out may say more than the catalogue does. */
export type Finding = { held: Held; detail?: string; fixes?: readonly string[] };

export type Findings = Readonly<Record<ProtectionName, Finding>>;

/** The weakest hold that is enough for a sharing; what is not named here is not asked for. */
type Demand = Readonly<Partial<Record<Sharing, Exclude<Held, 'none'>>>>;

/**
 * `me`: what a person runs for themselves must not be able to leave its partition. `people`: nobody’s program may take the computer
 * from its owner. `everyone`: whoever they are, they cannot fill it, meet each other, or go on when they are told to hold still.
 */
const DEMANDS: Readonly<Record<ProtectionName, Demand>> = {
  isolation: { me: 'kernel' },
  network: { me: 'kernel' },
  seccomp: { me: 'kernel' },
  memory: { people: 'kernel' },
  cpu: { people: 'kernel' },
  processes: { people: 'kernel' },
  disk: { people: 'watched', everyone: 'kernel' },
  identity: { everyone: 'kernel' },
  freeze: { everyone: 'kernel' },
  // Without it what is hosted connects to nothing: safer, not more dangerous.
  egress: {},
};

const STRENGTH: readonly Held[] = ['none', 'watched', 'kernel'];

const NARROWEST_FIRST: readonly Sharing[] = ['me', 'people', 'everyone'];

/** Each protection in words, those that refuse something first, and of these the ones that refuse most. */
export function protectionsOf(findings: Findings): Protection[] {
  const names = Object.keys(DEMANDS).filter((name): name is ProtectionName => name in findings);
  return names
    .map((name) => protectionOf(name, findings[name]))
    .sort((one, other) => rank(one) - rank(other));
}

/** The widest sharing that no protection refuses. */
export function verdictOf(protections: readonly Pick<Protection, 'refuses'>[]): Sharing {
  return protections.reduce<Sharing>(
    (verdict, { refuses }) => (refuses === null ? verdict : narrower(verdict, justBelow(refuses))),
    'everyone',
  );
}

/** What stands between this computer and `sharing`. */
export function missingFor(protections: readonly Protection[], sharing: Sharing): Protection[] {
  return protections.filter(({ refuses }) => refuses !== null && includes(sharing, refuses));
}

function protectionOf(name: ProtectionName, { held, detail, fixes }: Finding): Protection {
  const refuses = refusedBy(name, held);
  const lacks = refuses !== null || held === 'none';
  const key = `lending.protection.${name}`;
  return {
    name,
    title: text(`${key}.title`),
    held,
    detail: detail ?? text(`${key}.${held}`),
    refuses,
    danger: lacks ? text(`${key}.danger`) : '',
    fixes: lacks ? [...(fixes ?? fixesOf(key))] : [],
  };
}

function refusedBy(name: ProtectionName, held: Held): Sharing | null {
  const demand = DEMANDS[name];
  const isEnough = (least: Held): boolean => STRENGTH.indexOf(held) >= STRENGTH.indexOf(least);
  return NARROWEST_FIRST.find((sharing) => !isEnough(demand[sharing] ?? 'none')) ?? null;
}

function fixesOf(key: string): string[] {
  return hasText(`${key}.fix`) ? [text(`${key}.fix`)] : [];
}

function rank({ refuses }: Protection): number {
  return refuses === null ? NARROWEST_FIRST.length : NARROWEST_FIRST.indexOf(refuses);
}
