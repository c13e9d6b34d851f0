/** Conditions: when what is hosted may run, why it does not, and what rules would have meant. */
import { z } from 'zod';

export const conditionNameSchema = z.enum([
  'battery',
  'activity',
  'load',
  'metered',
  'temperature',
  'disk',
  'fullscreen',
  'schedule',
]);

/** What a pause does to what is hosted. Where the kernel cannot freeze, it is stopped. */
export const pauseActionSchema = z.enum(['freeze', 'stop']);

const rule = { enabled: z.boolean(), action: pauseActionSchema };

export const rulesSchema = z.object({
  /** Pauses on battery below so much charge. 100: whatever the charge. */
  battery: z.object({ ...rule, belowPercent: z.number().int().min(1).max(100) }),
  /** Pauses while the person used keyboard or mouse in the last `minutes` and other programs use more than `loadPercent`. */
  activity: z.object({
    ...rule,
    minutes: z.number().int().min(1).max(240),
    loadPercent: z.number().int().min(0).max(100),
  }),
  /** Pauses while other programs use more than so much of all processors. */
  load: z.object({ ...rule, percent: z.number().int().min(1).max(100) }),
  metered: z.object(rule),
  temperature: z.object({ ...rule, celsius: z.number().int().min(30).max(120) }),
  /** Pauses while less than this is free where the data folder is. */
  disk: z.object({ ...rule, freeBytes: z.number().int().positive() }),
  fullscreen: z.object(rule),
  /** Runs only in the hours marked 1: seven days from Monday, 24 hours of local time each. */
  schedule: z.object({ ...rule, hours: z.array(z.string().regex(/^[01]{24}$/)).length(7) }),
  /** Which of these hold a person's own instances back as well. None, unless they say so. */
  own: z.array(conditionNameSchema),
});

/** What is known of the host now, for one condition. */
export const factSchema = z.object({
  condition: conditionNameSchema,
  /** false: this computer does not tell. */
  known: z.boolean(),
  /** “On battery, 62 %”, “unknown here”. */
  sentence: z.string(),
  /** Where it comes from: `UPower`, `/sys/class/power_supply`. Empty when it is not known. */
  source: z.string(),
  /** Whether what is hosted is held back for it now. */
  pauses: z.boolean(),
});

export const reasonSchema = z.object({
  /** `person`: somebody said so. */
  cause: z.union([conditionNameSchema, z.literal('person')]),
  /** “on battery”, “you are busy”: goes on after “Paused: ”. */
  sentence: z.string(),
  /** “ends when plugged in”, “ends after 10 quiet minutes”. */
  ends: z.string(),
  /** When that will be, where it is known (ISO 8601). */
  until: z.string().nullable(),
  action: pauseActionSchema,
});

export const conditionsViewSchema = z.object({
  /** `finishing`: what runs goes on, nothing new is accepted. */
  state: z.enum(['running', 'paused', 'finishing']),
  since: z.string(),
  /** When it goes on by itself, where that is known: the latest end of all reasons. */
  until: z.string().nullable(),
  /** All of them, worst first. Empty unless paused. */
  reasons: z.array(reasonSchema),
  /** What a person said last, until it ends: pause, finish, or run whatever the conditions say. */
  said: z.object({ kind: z.enum(['pause', 'finish', 'run']), until: z.string().nullable() }).nullable(),
  /** Whether a person's own instances are held back. */
  ownPaused: z.boolean(),
  rules: rulesSchema,
  facts: z.array(factSchema),
});

/** Minutes; `tomorrow`: until the next morning at six; `resumed`: until somebody resumes. */
export const pauseInputSchema = z.object({
  for: z.union([
    z
      .number()
      .int()
      .min(1)
      .max(60 * 24 * 31),
    z.enum(['tomorrow', 'resumed']),
  ]),
});

/** @property forMinutes run for so long whatever the conditions say; null: end what a person said. */
export const resumeInputSchema = z.object({
  forMinutes: z
    .number()
    .int()
    .min(1)
    .max(60 * 24)
    .nullable()
    .default(null),
});

export const previewInputSchema = z.object({
  /** Left out: those in force. */
  rules: rulesSchema.optional(),
  /** Whole days of local time before today, and today. */
  days: z.number().int().min(1).max(7).default(7),
});

export const previewSegmentSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** `unknown`: nothing was recorded. */
  state: z.enum(['running', 'paused', 'unknown']),
  reasons: z.array(conditionNameSchema),
});

export const previewSchema = z.object({
  /** When the recorded facts begin; null: none yet. */
  knownFrom: z.string().nullable(),
  /** Oldest first; the segments of a day touch one another and cover it (today: until now). */
  days: z.array(
    z.object({
      /** `2026-11-22`, of local time. */
      date: z.string(),
      segments: z.array(previewSegmentSchema),
      runningSeconds: z.number(),
      pausedSeconds: z.number(),
    }),
  ),
  /** “With these rules it would have run 13 h yesterday.” */
  sentence: z.string(),
  /** Why it would never run whatever the facts; null: it would. */
  never: z.string().nullable(),
});

export type ConditionName = z.infer<typeof conditionNameSchema>;
export type PauseAction = z.infer<typeof pauseActionSchema>;
export type Rules = z.infer<typeof rulesSchema>;
export type Fact = z.infer<typeof factSchema>;
export type Reason = z.infer<typeof reasonSchema>;
export type ConditionsView = z.infer<typeof conditionsViewSchema>;
export type PauseInput = z.infer<typeof pauseInputSchema>;
export type ResumeInput = z.infer<typeof resumeInputSchema>;
export type PreviewInput = z.infer<typeof previewInputSchema>;
export type PreviewSegment = z.infer<typeof previewSegmentSchema>;
export type Preview = z.infer<typeof previewSchema>;

/** What only the desktop can see; absent: it does not know. */
export const desktopFactsSchema = z.object({
  onBattery: z.boolean().optional(),
  idleSeconds: z.number().min(0).optional(),
  fullscreen: z.boolean().optional(),
});
export type DesktopFacts = z.infer<typeof desktopFactsSchema>;

/** The part of the agent's service that is about conditions and pauses. */
export interface ConditionsService {
  /** Holds back what is hosted for others, now. Resolves when it uses no processor any more. */
  pause(input: PauseInput): Promise<void>;
  /** Accepts nothing new and lets what runs end. */
  finish(): Promise<void>;
  resume(input: ResumeInput): Promise<void>;
  /** @throws SlapgridError `rules-invalid`. */
  setRules(rules: Rules): Promise<void>;
  preview(input: PreviewInput): Promise<Preview>;
  /** From the application, which is told what no file of the system says. Forgotten after two minutes. */
  tellDesktop(facts: DesktopFacts): Promise<void>;
}
