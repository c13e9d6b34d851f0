/** Lending: how far this computer may be shared, what holds it, and the limits of what is hosted for others. */
import { z } from 'zod';

/** Who may start something here, narrowest first. */
export const sharingSchema = z.enum(['nobody', 'me', 'people', 'everyone']);

/** How something is held: by the kernel, by the agent that looks now and then, or not at all. */
export const heldSchema = z.enum(['kernel', 'watched', 'none']);

export const protectionSchema = z.object({
  name: z.enum([
    'isolation',
    'network',
    'seccomp',
    'identity',
    'memory',
    'cpu',
    'processes',
    'disk',
    'freeze',
    'egress',
  ]),
  title: z.string(),
  held: heldSchema,
  /** How it was found out and what holds it: a sentence. */
  detail: z.string(),
  /** The narrowest sharing that is refused as it is; null: nothing is refused for it. */
  refuses: sharingSchema.nullable(),
  /** What could happen without it: a sentence. Empty when nothing is missing. */
  danger: z.string(),
  /** What a person can do: sentences or commands. */
  fixes: z.array(z.string()),
});

/** null: no limit. */
export const limitsSchema = z.object({
  cpus: z.number().positive().max(4096).nullable(),
  memoryBytes: z.number().int().positive().nullable(),
  diskBytes: z.number().int().positive().nullable(),
  /** Files and folders. */
  files: z.number().int().positive().nullable(),
  processes: z.number().int().positive().nullable(),
  /** Published ports. */
  ports: z.number().int().positive().nullable(),
  networkBytesPerSecond: z.number().int().positive().nullable(),
});

export const limitNameSchema = limitsSchema.keyof();

/** What others may use: all of it together, and each of their partitions. */
export const lendingLimitsSchema = z.object({ together: limitsSchema, each: limitsSchema });

/** The same as somebody asks for it: whether they can be is for the agent to say, in words. */
const askedSchema = z.record(limitNameSchema, z.number().nullable());
export const limitsInputSchema = z.object({ together: askedSchema, each: askedSchema });

/** What is counted rather than metered. `files`: as they were counted last; null: not yet. */
const countedSchema = z.object({ files: z.number().nullable(), ports: z.number() });

/** Where what is hosted may connect to. `internet`: nothing of this home. */
export const egressSchema = z.enum(['none', 'internet', 'everything']);

/** One of this computer's, besides the loopback. */
export const ownAddressSchema = z.object({ address: z.string(), interface: z.string() });

/** Besides the loopback; empty: this computer only. */
export const doorAddressesSchema = z.array(z.ipv4()).max(16);

/** How many partitions may hold instances of others; null: as many as masters were told of. */
export const mostPartitionsSchema = z.number().int().positive().max(100_000).nullable();

export const lendingViewSchema = z.object({
  /** What the person chose. What holds is the narrower of it and `verdict`. */
  sharing: sharingSchema,
  /** The widest that this computer may safely offer. */
  verdict: sharingSchema,
  /** All of them, those that refuse something first. */
  protections: z.array(protectionSchema),
  limits: lendingLimitsSchema,
  /** How each limit is held here, and by what: a sentence. */
  limitsHeld: z.record(limitNameSchema, z.object({ held: heldSchema, detail: z.string() })),
  egress: egressSchema,
  mostPartitions: mostPartitionsSchema,
  /** Where doors of what is hosted listen, as the person chose; one of them may be away. */
  doorAddresses: z.array(z.string()),
  /** Those that can be chosen. */
  ownAddresses: z.array(ownAddressSchema),
  /** What limits partitions here, by name: `cgroup-v1`, `cgroup-v2`, `systemd-user`, `none`. */
  backend: z.string(),
  /** What this computer has: the most that can be lent. */
  room: z.object({ cpus: z.number(), memoryBytes: z.number(), diskBytes: z.number() }),
  /** By all that is hosted for others now. */
  used: z.object({
    cpus: z.number(),
    memoryBytes: z.number(),
    diskBytes: z.number(),
    processes: z.number(),
    partitions: z.number(),
    ...countedSchema.shape,
    /** Of each the most that one partition has. */
    most: countedSchema,
  }),
});

/** One line of what was decided about others, kept for a person to read. */
export const auditEntrySchema = z.object({
  at: z.string(),
  kind: z.enum([
    'accepted',
    'refused',
    'ended',
    'limit',
    'sharing',
    'limits',
    'egress',
    'doors',
    'paused',
    'resumed',
  ]),
  sentence: z.string(),
  /** Id of the master, of the partition; the instance's name. null: it is about none. */
  master: z.string().nullable(),
  partition: z.string().nullable(),
  instance: z.string().nullable(),
});

export type Sharing = z.infer<typeof sharingSchema>;
export type Held = z.infer<typeof heldSchema>;
export type Protection = z.infer<typeof protectionSchema>;
export type Limits = z.infer<typeof limitsSchema>;
export type LimitName = z.infer<typeof limitNameSchema>;
export type LendingLimits = z.infer<typeof lendingLimitsSchema>;
export type Counted = z.infer<typeof countedSchema>;
export type OwnAddress = z.infer<typeof ownAddressSchema>;
export type Egress = z.infer<typeof egressSchema>;
export type LendingView = z.infer<typeof lendingViewSchema>;
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** The part of the agent's service that is about lending. */
export interface LendingService {
  /** @throws SlapgridError `sharing-refused` beyond the verdict, naming what is missing. */
  setSharing(sharing: Sharing): Promise<void>;
  /**
   * Takes effect at once, on what runs too. Nothing is deleted.
   * @throws SlapgridError `limit-invalid` naming the limit: more than there is, less than anything needs, one partition more than all.
   */
  setLimits(limits: LendingLimits): Promise<void>;
  /** @throws SlapgridError `egress-unavailable`. */
  setEgress(egress: Egress): Promise<void>;
  /** Takes effect at once. @throws SlapgridError `door-address-unknown`: this computer does not have it. */
  setDoorAddresses(addresses: readonly string[]): Promise<void>;
  /**
   * Takes effect at once: those beyond it that came last are stopped, and their data is kept.
   * @throws SlapgridError `limit-invalid`: none at all, or no whole number.
   */
  setMostPartitions(most: number | null): Promise<void>;
  /** Newest first. */
  audit(limit: number): Promise<AuditEntry[]>;
}
